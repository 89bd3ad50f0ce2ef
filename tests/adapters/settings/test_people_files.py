"""Telecallers, in-charges and the numbers that voters may be handed to, from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import BadInput
from ivr.settings.config import PROJECT
from ivr.settings.people import (
    load_in_charges,
    load_telecallers,
    load_transfer_numbers,
)

PEOPLE = """
in_charges:
  - {id: ic-seh, name: अनुराधा, centre: MP.BPL.SEH, address: ic-seh}
telecallers:
  - {id: tc-1, name: सुनीता, centre: MP.BPL.SEH, address: tc-1, mobile: "98270 55501"}
  - {id: tc-2, name: राकेश, centre: MP.BPL.SEH, address: tc-2}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "people.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_shipped_files_are_right() -> None:
    config = PROJECT / "config"
    assert load_telecallers(config / "telecallers.yaml")
    assert load_in_charges(config / "telecallers.yaml")
    assert load_transfer_numbers(config / "transfer_numbers.yaml")


def test_a_mobile_is_read_as_people_write_it(tmp_path: Path) -> None:
    first, second = load_telecallers(written(tmp_path, PEOPLE))
    assert (first.mobile, second.mobile) == ("+919827055501", None)


@pytest.mark.parametrize("mobile", ["112", "1800 123 456", "+1 415 555 0100", "x"])
def test_what_is_no_subscriber_is_no_telecallers_mobile(
    tmp_path: Path, mobile: str
) -> None:
    with pytest.raises(BadInput, match="tc-1"):
        load_telecallers(written(tmp_path, PEOPLE.replace("98270 55501", mobile)))


def test_an_in_charge_has_a_softphone_of_their_own(tmp_path: Path) -> None:
    [one] = load_in_charges(written(tmp_path, PEOPLE))
    assert (one.address, one.centre) == ("ic-seh", "MP.BPL.SEH")
    assert one.mobile is None
    own = PEOPLE.replace("address: ic-seh", 'address: ic-seh, mobile: "98270 55502"')
    assert load_in_charges(written(tmp_path, own))[0].mobile == "+919827055502"
    shared = PEOPLE.replace("address: ic-seh", "address: tc-1")
    with pytest.raises(BadInput, match="tc-1 is there twice"):
        load_in_charges(written(tmp_path, shared))


def test_no_file_means_that_no_number_can_be_dialled(tmp_path: Path) -> None:
    assert load_transfer_numbers(tmp_path / "none.yaml") == []


@pytest.mark.parametrize("number", ["112", "1930", "1800123456"])
def test_a_service_number_cannot_be_listed(tmp_path: Path, number: str) -> None:
    text = f'numbers: [{{id: help, name: सहायता, number: "{number}"}}]'
    with pytest.raises(BadInput, match="help"):
        load_transfer_numbers(written(tmp_path, text))
