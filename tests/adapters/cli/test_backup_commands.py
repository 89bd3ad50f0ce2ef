"""dialer.py backup and restore, as people use them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.pwhash import argon2id

from ivr.backup.making import overdue_h
from ivr.cli.check_host import check_backup
from ivr.core.findings import Verdict
from ivr.settings.config import PROJECT, Backup
from ivr.settings.private import open_to_others
from ivr.settings.secret import secret
from tests.adapters.cli.conftest import Office


def test_a_backup_is_made_verified_and_restored(office: Office) -> None:
    office.with_campaign()
    file = str(office.folder / "a.backup")
    said = office.dialer("backup", file)
    assert said.code == 0, said.err
    assert "3 contacts" in said.out
    assert "Not in it, keep apart:" in said.out

    said = office.dialer("backup", "verify", file)
    assert said.code == 0, said.err
    assert "is whole" in said.out

    # Lists and opt-outs that came later:
    assert office.dialer("do-not-call", "add", "9827012341").code == 0
    said = office.dialer("restore", file)
    assert said.code == 1
    assert "--yes" in said.err
    said = office.dialer("restore", file, "--yes")
    assert said.code == 0, said.err
    assert "0 calls after" in said.out
    assert "1 opt-outs that the backup did not have were put in" in said.out
    said = office.dialer("do-not-call", "check", "9827012341", "--json")
    assert json.loads(said.out)[0]["do_not_call"]


def test_opt_outs_go_from_one_place_to_another(office: Office) -> None:
    office.with_list()
    for number in ("9827012341", "9827012342"):
        assert office.dialer("do-not-call", "add", number).code == 0
    exported = office.folder / "never.csv"
    assert office.dialer("do-not-call", "export", str(exported)).code == 0
    assert exported.stat().st_mode & 0o777 == 0o600
    assert office.dialer("backup", str(office.folder / "a.backup")).code == 0

    home = str(office.folder / "another")
    words = ["restore", str(office.folder / "a.backup"), "--home", home]
    said = office.dialer(*words, "--opt-outs", str(exported))
    assert said.code == 0, said.err
    assert "new ones are made at the start" in said.out
    said = office.dialer("do-not-call", "list", "--json", "--home", home)
    assert len(json.loads(said.out)) == 2


def test_a_timer_keeps_the_newest_only(office: Office) -> None:
    office.with_list()
    folder = office.folder / "backups"
    folder.mkdir()
    for day in ("2026-01-01-000000", "2026-01-02-000000"):
        (folder / f"samvad-{day}.backup").touch()
    said = office.dialer("backup", "--to", str(folder), "--keep", "2", "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["deleted"] == [str(folder / "samvad-2026-01-01-000000.backup")]
    assert len(list(folder.iterdir())) == 2


def test_check_tells_how_old_the_last_backup_is(office: Office) -> None:
    office.with_list()
    settings = replace(office.settings, backup=Backup(warn_after_h=26))
    now = datetime.now(UTC)
    found = check_backup(settings, now)
    assert found.verdict is Verdict.NOTE
    assert "there has been none" in found.said
    assert office.dialer("backup", str(office.folder / "a.backup")).code == 0
    found = check_backup(settings, now + timedelta(hours=20))
    assert (found.verdict, found.said) == (Verdict.OK, "the last one is 20 hours old")
    assert check_backup(settings, now + timedelta(hours=30)).verdict is Verdict.NOTE
    assert overdue_h(settings, now + timedelta(hours=20)) == 0
    assert overdue_h(settings, now + timedelta(hours=30)) > 29


def test_a_mistake_is_told_in_one_line(office: Office, tmp_path: Path) -> None:
    office.with_list()
    said = office.dialer("backup", "verify", str(PROJECT / "README.md"))
    assert said.code == 1
    assert "is no backup of Samvad" in said.err
    said = office.dialer("backup", str(tmp_path / "no/folder/a.backup"))
    assert said.code == 1
    assert "make it first" in said.err


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses may cost little here."""
    monkeypatch.setattr("ivr.vault.passphrase.WORK", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr("ivr.vault.passphrase.MEMORY", argon2id.MEMLIMIT_MIN)


@pytest.mark.usefixtures("cheap")
def test_secrets_and_keys_go_into_a_file_of_their_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.with_list()
    home = office.settings.home
    made = secret(home, "ami")
    (home / "keys/data").mkdir(parents=True, mode=0o700)
    (home / "keys/data/call-1.key").write_bytes(b"wrapped")
    backup, keys = office.folder / "a.backup", office.folder / "keys.samvad"
    said = office.dialer("backup", str(backup), "--keys", str(keys))
    assert said.code == 1
    assert "SAMVAD_BACKUP_PASSPHRASE" in said.err
    monkeypatch.setenv("SAMVAD_BACKUP_PASSPHRASE", "twelve mangoes ripen")
    said = office.dialer("backup", str(backup), "--keys", str(keys))
    assert said.code == 0, said.err
    assert "secrets and keys, encrypted" in said.out
    assert keys.stat().st_mode & 0o777 == 0o600
    assert made.encode() not in keys.read_bytes()

    new = office.folder / "another"
    words = ["restore", str(backup), "--keys", str(keys), "--home", str(new)]
    monkeypatch.setenv("SAMVAD_BACKUP_PASSPHRASE", "eleven mangoes ripen")
    said = office.dialer(*words)
    assert said.code == 1
    assert "another passphrase" in said.err
    assert not new.exists()
    monkeypatch.setenv("SAMVAD_BACKUP_PASSPHRASE", "twelve mangoes ripen")
    said = office.dialer(*words)
    assert said.code == 0, said.err
    assert "Secrets and keys are there: secrets, keys" in said.out
    assert secret(new, "ami") == made
    assert (new / "keys/data/call-1.key").read_bytes() == b"wrapped"
    assert open_to_others(new) == []
    # A machine that has keys keeps them: an erasure may have destroyed some.
    said = office.dialer(*words, "--yes")
    assert said.code == 1
    assert "without --keys" in said.err


def test_a_file_of_keys_replaces_no_other_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.with_list()
    other = office.write("mine.txt", "my notes")
    monkeypatch.setenv("SAMVAD_BACKUP_PASSPHRASE", "twelve mangoes ripen")
    said = office.dialer(
        "backup", str(office.folder / "a.backup"), "--keys", str(other)
    )
    assert said.code == 1
    assert "is no file of keys" in said.err
    assert other.read_text() == "my notes"
