"""The credential by which a browser's phone uses the TURN server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.cli.phones import ice_servers
from ivr.errors import BadInput
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.turn import credential

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def settings(home: Path, turn: str) -> Settings:
    demo = load_settings(PROJECT / "config/demo.toml").replace(home=home)
    return replace(demo, web=replace(demo.web, turn=turn))


def test_it_is_what_openssl_says_by_hand() -> None:
    # printf '1767268800:tc-1' | openssl dgst -sha1 -hmac 'north' -binary | base64
    assert credential("north", "tc-1", until=NOON) == (
        "1767268800:tc-1",
        "P0XRoYfsk9lPujAOrtsplKEqM54=",
    )


def test_it_ends_with_the_shift_and_comes_by_the_secret_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVAD_TURN_SECRET", "north")
    midnight = datetime(2026, 1, 1, 0, tzinfo=UTC)
    (given,) = ice_servers(settings(tmp_path, "turn:h:3478"), "tc-1", midnight)
    assert given.urls == "turn:h:3478"
    assert (given.username, given.credential) == credential("north", "tc-1", until=NOON)
    assert given.credential not in repr(given)


def test_without_a_server_there_is_none_and_no_secret_is_made(tmp_path: Path) -> None:
    assert ice_servers(settings(tmp_path, ""), "tc-1", NOON) == ()
    assert not (tmp_path / "secrets" / "turn").exists()


@pytest.mark.parametrize("turn", ["h:3478", "turn:h", "turn:a b:1", "http://h:3478"])
def test_what_is_no_turn_server_is_refused(tmp_path: Path, turn: str) -> None:
    text = (PROJECT / "config/demo.toml").read_text("utf-8")
    file = tmp_path / "samvad.toml"
    file.write_text(text.replace("[web]", f'[web]\nturn = "{turn}"'), "utf-8")
    with pytest.raises(BadInput, match="turn"):
        load_settings(file)
