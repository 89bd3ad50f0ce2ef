"""dialer.py token: made for a user, shown once, ended."""

from __future__ import annotations

import json

import pytest

from tests.adapters.cli.conftest import Office
from tests.adapters.cli.test_user_command import add


def tokens(office: Office) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        office.dialer("token", "list", "--json").out
    )
    return found


def test_a_token_is_made_listed_and_ended(office: Office) -> None:
    add(office, "--name", "मीरा", "--role", "admin")
    said = office.dialer("token", "new", "CRM", "--user", "meera", "--may", "floor")
    assert said.code == 0, said.err
    secret = said.out.strip().splitlines()[-1]
    assert secret.startswith("samvad_")
    (token,) = tokens(office)
    assert (token["name"], token["centre"], token["may"]) == ("CRM", "MP", "floor")
    assert secret not in office.dialer("token", "list").out
    assert office.dialer("token", "end", token["token_id"]).code == 0
    assert tokens(office)[0]["ended_at"]


@pytest.mark.parametrize(
    ("more", "remedy"),
    [
        (["--user", "nobody", "--may", "floor"], "user list"),
        (["--user", "meera", "--may", "floor", "--centre", "MP.XXX"], "centre"),
        (["--user", "meera", "--may", "desk"], "not theirs to give"),
    ],
)
def test_a_mistake_is_told_and_makes_none(
    office: Office, more: list[str], remedy: str
) -> None:
    add(office, "--name", "मीरा", "--role", "admin")
    said = office.dialer("token", "new", "CRM", *more)
    assert said.code == 1 and remedy in said.err
    assert tokens(office) == []


def test_what_is_not_there_cannot_be_ended(office: Office) -> None:
    said = office.dialer("token", "end", "none")
    assert said.code == 1 and "token list" in said.err
