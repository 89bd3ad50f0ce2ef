"""dialer.py erase: asked for, shown, opened by two, run."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator

import pytest

from tests.adapters.cli.conftest import Office
from tests.adapters.cli.test_user_command import PASSWORD, add

NUMBER = "98270 12340"


@pytest.fixture
def erased(office: Office) -> Office:
    office.with_list()
    said = office.dialer("erase", "request", NUMBER, "--reason", "पत्र से")
    assert said.code == 0, said.err
    assert "erasure 1: 98•••••340" in said.out and "out of all tables" in said.out
    return office


def test_what_is_held_of_a_number_is_shown_and_noted(office: Office) -> None:
    office.with_list()
    said = office.dialer("erase", "show", NUMBER)
    assert "राम पटेल" in said.out and "invented people" in said.out
    told = json.loads(office.dialer("erase", "show", NUMBER, "--json").out)
    assert (told["contacts"][0]["name"], told["calls"]) == ("राम पटेल", [])
    assert "Nothing is held" in office.dialer("erase", "show", "98270 99999").out


def test_an_erased_person_is_listed_and_no_list_brings_them_back(
    erased: Office,
) -> None:
    (row,) = json.loads(erased.dialer("erase", "list", "--json").out)
    assert (row["state"], row["reason"], row["days_left"]) == ("masked", "पत्र से", 6)
    assert "98•••••340" in erased.dialer("erase", "list").out
    assert "Nothing is held" in erased.dialer("erase", "show", NUMBER).out
    file = erased.folder / "people.csv"
    words = ["import", str(file), "--list", "again", "--origin", "invented people"]
    rejects = erased.folder / "rejects2.csv"
    said = erased.dialer(*words, "--rejects", str(rejects))
    assert said.code == 0, said.err
    text = rejects.read_text("utf-8-sig")
    assert "erased" in text and "9827012340" not in text
    assert "on do-not-call" in erased.dialer("do-not-call", "check", NUMBER).out
    assert "0 masked" in erased.dialer("erase", "run").out


@pytest.fixture
def two(erased: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    for user in ("meera", "vimla"):
        role = "auditor" if user == "vimla" else "admin"
        add(erased, "--name", user, "--role", role, user=user)
    file = erased.settings.file
    text = file.read_text() + '[privacy]\ngrievance_officer = "meera"\n'
    file.write_text(text.replace("[[trunk]]", "[[trunk]]"), "utf-8")
    typed = [PASSWORD, PASSWORD]
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: typed.pop(0))
    yield typed


def test_two_officers_open_what_was_sealed(erased: Office, two: list[str]) -> None:
    words = ("erase", "open", "1", "--second-officer", "vimla")
    said = erased.dialer(*words, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["number"], told["contacts"][0]["name"]) == (
        "+919827012340",
        "राम पटेल",
    )


@pytest.mark.parametrize(
    ("second", "typed", "why"),
    [
        ("meera", [], "somebody else"),
        ("vimla", [PASSWORD, "wrong"], "vimla is not let in"),
        ("vimla", ["wrong"], "meera is not let in"),
        ("nobody", [PASSWORD, PASSWORD], "nobody is not let in"),
    ],
)
def test_one_alone_opens_nothing(
    erased: Office, two: list[str], second: str, typed: list[str], why: str
) -> None:
    two[:] = typed
    said = erased.dialer("erase", "open", "1", "--second-officer", second)
    assert (said.code, said.out) == (1, "")
    assert why in said.err


def test_without_an_officer_nothing_is_opened(erased: Office) -> None:
    said = erased.dialer("erase", "open", "1", "--second-officer", "vimla")
    assert said.code == 1 and "[privacy]" in said.err
