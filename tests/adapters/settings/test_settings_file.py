"""The settings file: what it gives, what it refuses, and how it says so."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ivr.core.model import TrunkName
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import PROJECT, load_settings, trunk_secret
from ivr.settings.home import HomeLock
from ivr.settings.people import load_centres, load_geography, load_telecallers
from ivr.settings.secret import secret

ORGANISATION = '[organisation]\nname_hi = "संवाद"\nname_en = "Samvad"\n'
TRUNK = '[[trunk]]\nname = "op"\nhost = "192.0.2.1"\n'


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SAMVAD_"):
            monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    file = folder / "samvad.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("name", ["samvad.toml", "demo.toml"])
def test_the_shipped_files_can_be_read(name: str) -> None:
    settings = load_settings(PROJECT / "config" / name)
    assert settings.home.is_absolute()


def test_the_shipped_trunk_is_off_until_it_is_filled_in() -> None:
    assert load_settings(PROJECT / "config/samvad.toml").trunks == ()


def test_demo_and_real_settings_share_no_port() -> None:
    real = load_settings(PROJECT / "config/samvad.toml")
    demo = load_settings(PROJECT / "config/demo.toml")

    def ports(settings: object) -> set[int]:
        a, web = settings.asterisk, settings.web  # type: ignore[attr-defined]
        rtp = range(a.rtp_start, a.rtp_end + 1)
        sip = (a.sip_port, a.sips_port, a.wss_port)
        return {a.ami_port, a.agi_port, *sip, web.port, web.https_port, *rtp}

    assert not ports(real) & ports(demo)


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("[asterisk]\nsip_prot = 5060\n", "asterisk, sip_prot", "sip_port"),
        ("hmoe = 'x'\n", "hmoe", "home"),
        ("[web]\nport = 99999\n", "web, port", ""),
        ("[asterisk]\nbind = 'pbx.example.org'\n", "asterisk, bind", ""),
        ("timezone = 'Asia/Bhopal'\n", "timezone", "Asia/Kolkata"),
        ("[asterisk]\nrtp_start = 10\nrtp_end = 20\n", "rtp_start", "100"),
        ("[asterisk]\nsip_port = 5061\n", "asterisk", "its own"),
        ("[asterisk]\nhost = '192.0.2.9'\n", "asterisk, host", "tunnel"),
        ("[asterisk]\nhost = 'pbx'\n", "asterisk, host", "127.0.0.1"),
        (TRUNK + "spend_per_day_inr = 500\n", "trunk op", "paise_per_pulse"),
        ("[asterisk]\nsoftphones_from = ['office']\n", "softphones_from", ""),
        (TRUNK + "chanels = 3\n", "trunk 1, chanels", "channels"),
        (TRUNK + "caller_ids = ['98271']\n", "trunk 1, caller_ids 1", ""),
        (TRUNK + "secret = 'x'\n", "trunk op", "SAMVAD_TRUNK_OP_SECRET"),
    ],
)
def test_a_mistake_is_refused_with_file_key_and_remedy(
    tmp_path: Path, text: str, where: str, remedy: str
) -> None:
    # Keys of the whole file must come before the first table.
    is_table = text.startswith("[")
    file = written(tmp_path, ORGANISATION + text if is_table else text + ORGANISATION)
    with pytest.raises(BadInput) as refused:
        load_settings(file)
    assert str(file) in str(refused.value)
    assert where in str(refused.value.where)
    assert remedy in (refused.value.remedy or "")


def test_softphones_are_encrypted_and_of_private_networks_unless_said_otherwise(
    tmp_path: Path,
) -> None:
    asterisk = load_settings(written(tmp_path, ORGANISATION)).asterisk
    assert not asterisk.allow_plain_sip
    assert "10.0.0.0/8" in asterisk.softphones_from
    assert "0.0.0.0/0" not in asterisk.softphones_from


def test_a_file_that_is_no_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="TOML"):
        load_settings(written(tmp_path, "= nonsense"))
    with pytest.raises(BadInput, match="cannot be read"):
        load_settings(tmp_path / "missing.toml")


def test_a_registering_trunk_takes_its_password_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ORGANISATION + TRUNK + "username = 'me'\n"
    trunk = load_settings(written(tmp_path, text)).trunk("op")
    with pytest.raises(BadInput, match="SAMVAD_TRUNK_OP_SECRET"):
        trunk_secret(trunk)
    monkeypatch.setenv("SAMVAD_TRUNK_OP_SECRET", "word")
    assert trunk_secret(trunk) == "word"


def test_a_disabled_trunk_cannot_be_used(tmp_path: Path) -> None:
    text = ORGANISATION + TRUNK + "enabled = false\n"
    settings = load_settings(written(tmp_path, text))
    assert TrunkName("op") not in settings.trunk_sources
    with pytest.raises(BadInput, match="no enabled trunk"):
        settings.trunk("op")
    closed = settings.trunk_or_closed(TrunkName("op"))
    assert (closed.name, closed.caller_ids, closed.channels) == ("op", (), 0)


def test_another_home_takes_the_database_along(tmp_path: Path) -> None:
    settings = load_settings(PROJECT / "config/samvad.toml")
    moved = settings.replace(home=tmp_path)
    assert moved.database_url == f"sqlite:///{tmp_path / 'samvad.db'}"
    assert settings.replace() == settings


def test_a_secret_is_made_once_and_only_its_owner_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = secret(tmp_path, "ami")
    file = tmp_path / "secrets" / "ami"
    assert len(first) == 32
    assert secret(tmp_path, "ami") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    monkeypatch.setenv("SAMVAD_AMI_SECRET", "given")
    assert secret(tmp_path, "ami") == "given"


def test_a_second_controller_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with HomeLock(tmp_path):
        with pytest.raises(SetupFailed, match=f"process {os.getpid()}"):
            HomeLock(tmp_path).__enter__()
    with HomeLock(tmp_path):
        assert (tmp_path / "lock").exists()


def test_the_shipped_people_fit_together() -> None:
    centres = load_centres(PROJECT / "config/centres.yaml")
    codes = {c.code for c in centres}
    assert len(centres) == 1 + 10 + 55
    assert all(c.parent is None or c.parent in codes for c in centres)
    assert {
        t.centre for t in load_telecallers(PROJECT / "config/telecallers.yaml")
    } <= (codes)


def test_each_assembly_seat_lies_in_one_district() -> None:
    geography = load_geography(PROJECT / "config/geography.yaml")
    seats = [n for d in geography.districts for n in d.constituencies]
    assert sorted(seats) == list(range(1, 231))
    assert len(geography.districts) == 55
    assert len(geography.scheme_tags) == 22


def test_a_telecaller_may_have_skills(tmp_path: Path) -> None:
    file = tmp_path / "telecallers.yaml"
    row = "{id: a, name: अ, centre: MP, address: a, skills: [pension, women]}"
    file.write_text(f"telecallers:\n  - {row}\n", "utf-8")
    [telecaller] = load_telecallers(file)
    assert telecaller.skills == ("pension", "women")


def test_two_telecallers_on_one_softphone_are_refused(tmp_path: Path) -> None:
    row = "{id: %s, name: अ, centre: MP, address: tc-1}"
    file = tmp_path / "telecallers.yaml"
    rows = f"telecallers:\n  - {row % 'a'}\n  - {row % 'b'}\n"
    file.write_text(rows, "utf-8")
    with pytest.raises(BadInput, match="address tc-1 is there twice"):
        load_telecallers(file)


def test_a_district_with_a_crooked_list_of_seats_is_refused(tmp_path: Path) -> None:
    text = (PROJECT / "config/geography.yaml").read_text("utf-8")
    file = tmp_path / "geography.yaml"
    file.write_text(text.replace('"149-155"', '"149 to 155"'), "utf-8")
    with pytest.raises(BadInput, match="district BHO"):
        load_geography(file)


def test_a_databases_password_has_no_place_in_the_file(tmp_path: Path) -> None:
    text = 'name_en = "S"\n[database]\nurl = "postgresql://samvad:hidden@db/samvad"\n'
    file = tmp_path / "samvad.toml"
    file.write_text('[organisation]\nname_hi = "स"\n' + text, "utf-8")
    with pytest.raises(BadInput, match="SAMVAD_DATABASE_URL") as refused:
        load_settings(file)
    assert "hidden" not in str(refused.value)
    file.write_text(file.read_text("utf-8").replace(":hidden@", "@"), "utf-8")
    assert load_settings(file).database_url == "postgresql://samvad@db/samvad"
