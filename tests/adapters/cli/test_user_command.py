"""dialer.py user: the first admin, and everybody after."""

from __future__ import annotations

import io
import json

import pytest

from tests.adapters.cli.conftest import Office, Said

PASSWORD = "नर्मदा के किनारे 42"


def add(office: Office, *more: str, user: str = "meera") -> Said:
    office.patch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    return office.dialer("user", "add", user, "--password-stdin", *more)


def users(office: Office) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(
        office.dialer("user", "list", "--json").out
    )
    return found


def test_the_first_admin_is_made_before_anything_runs(office: Office) -> None:
    said = add(office, "--name", "मीरा शर्मा", "--role", "admin")
    assert said.code == 0 and "मीरा शर्मा" in said.out
    (meera,) = users(office)
    assert (meera["user_id"], meera["role"], meera["centre"]) == (
        "meera",
        "admin",
        "MP",
    )


def test_a_telecaller_is_of_the_centre_of_their_desk(office: Office) -> None:
    said = add(
        office, "--name", "सुनीता", "--role", "telecaller", "--telecaller", "tc-101"
    )
    assert said.code == 0, said.err
    (made,) = users(office)
    assert (made["centre"], made["telecaller_id"]) == ("MP.BPL.SEH", "tc-101")


@pytest.mark.parametrize(
    ("more", "user", "remedy"),
    [
        (["--centre", "MP.XXX"], "meera", "config/centres.yaml"),
        (["--telecaller", "tc-999"], "meera", "config/telecallers.yaml"),
        ([], "मीरा", "a-z"),
        ([], "x" * 41, "a-z"),
    ],
)
def test_a_mistake_is_told_and_makes_nobody(
    office: Office, more: list[str], user: str, remedy: str
) -> None:
    said = add(office, "--name", "मीरा", "--role", "admin", *more, user=user)
    assert said.code == 1 and remedy in said.err
    assert users(office) == []


def test_a_name_is_given_once(office: Office) -> None:
    add(office, "--name", "मीरा", "--role", "admin")
    said = add(office, "--name", "और कोई", "--role", "auditor")
    assert said.code == 1 and "already" in said.err
    assert len(users(office)) == 1


def test_a_user_is_switched_off_and_on_and_gets_a_new_password(office: Office) -> None:
    add(office, "--name", "मीरा", "--role", "admin")
    assert office.dialer("user", "off", "meera").code == 0
    assert users(office)[0]["is_active"] is False
    assert office.dialer("user", "on", "meera").code == 0
    assert users(office)[0]["is_active"] is True
    office.patch.setattr("sys.stdin", io.StringIO("short\n"))
    said = office.dialer("user", "password", "meera", "--password-stdin")
    assert said.code == 1 and "10 letters" in said.err
    said = office.dialer("user", "password", "nobody", "--password-stdin")
    assert said.code == 1
