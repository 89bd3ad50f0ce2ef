"""What other users of the machine may not read: found, and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import SetupFailed
from ivr.settings.private import close_to_others, open_to_others
from ivr.settings.secret import secret


@pytest.fixture
def home(tmp_path: Path) -> Path:
    secret(tmp_path, "ami")
    (tmp_path / "keys").mkdir(mode=0o700)
    for name in ("server.key", "server.crt"):
        (tmp_path / "keys" / name).touch(0o600)
    (tmp_path / "samvad.db").touch(0o600)
    return tmp_path


def test_what_is_made_is_readable_by_its_owner_only(home: Path) -> None:
    assert open_to_others(home) == []
    assert close_to_others(home) == []


def test_what_others_can_read_is_found_and_closed(home: Path) -> None:
    opened = [home / "secrets", home / "secrets/ami", home / "keys/server.key"]
    for one in opened:
        one.chmod(one.stat().st_mode | 0o044)
    (home / "samvad.db").chmod(0o644)
    (home / "keys/server.crt").chmod(0o644)  # everybody may
    assert close_to_others(home) == [*opened, home / "samvad.db"]
    assert open_to_others(home) == []
    assert (home / "secrets").stat().st_mode & 0o777 == 0o700
    assert (home / "keys/server.crt").stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_closed_is_no_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "secrets/ami").chmod(0o644)

    def refuse(file: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("ivr.settings.private.os.chmod", refuse)
    with pytest.raises(SetupFailed, match="can be read by other users"):
        close_to_others(home)


def test_before_the_first_start_there_is_nothing_to_find(tmp_path: Path) -> None:
    assert open_to_others(tmp_path / "not/there") == []
