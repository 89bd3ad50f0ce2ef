"""What the commands say when the database's password is in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.cli.conftest import Office

PASSWORD = "a-word-that-nobody-may-see"
# Nothing answers there.
URL = f"postgresql://samvad:{PASSWORD}@127.0.0.1:9/samvad"


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--json"),
        ("campaign", "list"),
        ("do-not-call", "add", "9827012341"),
        ("backup", "a.backup"),
        ("user", "list"),
    ],
    ids=" ".join,
)
def test_a_password_is_in_no_message(
    office: Office, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SAMVAD_DATABASE_URL", URL)
    monkeypatch.chdir(office.folder)
    said = office.dialer(*words)
    assert said.code == 1
    assert "Traceback" not in said.err
    assert PASSWORD not in said.out + said.err


def test_what_is_refused_of_the_settings_is_not_repeated(
    office: Office, tmp_path: Path
) -> None:
    file = office.write("samvad.toml", f'[database]\nurl = "{URL}"\n')
    said = office.dialer("check", "--config", str(file))
    assert said.code == 1
    assert "SAMVAD_DATABASE_URL" in said.out
    assert PASSWORD not in said.out + said.err
