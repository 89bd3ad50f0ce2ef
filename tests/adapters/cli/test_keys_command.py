"""dialer.py keys: shown by name, rotated while recordings stay as they are."""

from __future__ import annotations

import json

from tests.adapters.cli.conftest import Office
from tests.fakes.spoken_files import put_sealed, recordings_in


def test_keys_are_shown_and_rotated(office: Office) -> None:
    assert "No key yet" in office.dialer("keys", "show").out
    recordings = recordings_in(office.settings.home)
    whole = put_sealed(recordings, "c1-1.wav")
    (old,) = json.loads(office.dialer("keys", "show", "--json").out)
    assert (old["wraps"], old["state"]) == (1, "newest")
    said = office.dialer("keys", "rotate")
    assert said.code == 0 and "1 wrapped anew" in said.out
    (new,) = json.loads(office.dialer("keys", "show", "--json").out)
    assert (new["wraps"], new["key"] != old["key"]) == (1, True)
    assert recordings.read("c1-1.wav") == whole
    shown = office.dialer("keys", "show").out
    folder = office.settings.home / "secrets" / "vault"
    key = (folder / f"{new['key']}.key").read_text().strip()
    assert new["key"] in shown and key not in shown


def test_a_lost_master_key_and_an_open_one_are_told(office: Office) -> None:
    put_sealed(recordings_in(office.settings.home), "c1-1.wav")
    folder = office.settings.home / "secrets" / "vault"
    (file,) = folder.glob("*.key")
    file.chmod(0o644)
    said = office.dialer("keys", "show")
    assert f"key {file.stem} can be read by others" in said.err
    for each in folder.iterdir():
        each.unlink()
    assert "MISSING" in office.dialer("keys", "show").out
