"""`dialer.py check`: each line says ok, or what is wrong and what to do."""

from __future__ import annotations

import dataclasses
import json
import socket
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ivr.asterisk.checks import check_certificate, check_ports, check_trunk
from ivr.cli.check import check
from ivr.cli.check_host import (
    check_clock,
    check_database,
    check_disk,
    check_sounds,
    check_spool,
)
from ivr.core.findings import Verdict
from ivr.settings.certificate import certificate
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.store.spool_file import SpoolFile


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(PROJECT / "config/demo.toml").replace(home=tmp_path / "home")


def test_settings_that_cannot_be_read_are_one_line_and_exit_code_1(
    tmp_path: Path,
) -> None:
    app = typer.Typer()
    app.command()(check)
    file = tmp_path / "samvad.toml"
    file.write_text("hom = 'x'\n")
    done = CliRunner().invoke(app, ["--config", str(file), "--json"])
    [finding] = json.loads(done.stdout)
    assert done.exit_code == 1
    assert finding["what"] == "settings"
    assert 'did you mean "home"?' in finding["said"]


def test_a_port_that_another_program_has_is_named_with_its_setting(
    settings: Settings,
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        asterisk = dataclasses.replace(settings.asterisk, ami_port=port)
        taken = dataclasses.replace(settings, asterisk=asterisk)
        said = [f.said for f in check_ports(taken, is_ours=False)]
        assert any(f"ami_port {port}" in line and "in use" in line for line in said)
        [ours] = check_ports(taken, is_ours=True)
        assert ours.verdict is Verdict.OK


async def test_a_trunk_nobody_answers_on_and_without_papers_says_all_of_it(
    settings: Settings,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        trunk = dataclasses.replace(
            settings.trunk("carrier"),
            port=silent.getsockname()[1],
            caller_ids=(),
            a2p_declared_on=None,
        )
        reach, caller_id, declared = await check_trunk(settings, trunk)
    assert "does not answer" in reach.said
    assert caller_id.verdict is Verdict.WRONG
    assert declared.verdict is Verdict.NOTE


def test_a_certificate_is_looked_at_and_never_made_by_a_look(
    settings: Settings,
) -> None:
    now = datetime.now(UTC)
    assert "at the first start" in check_certificate(settings, now).said
    assert not (settings.home / "keys").exists()
    made = certificate(settings)
    finding = check_certificate(settings, now)
    assert finding.verdict is Verdict.OK
    assert str(made.authority) in finding.said


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(700, Verdict.OK), (810, Verdict.NOTE), (900, Verdict.WRONG)],
)
def test_an_own_certificate_that_ends_is_told_in_time(
    settings: Settings, days: int, verdict: Verdict
) -> None:
    made = certificate(settings)
    made.chain.rename(made.chain.with_name("own.crt"))
    made.key.rename(made.key.with_name("own.key"))
    then = datetime.now(UTC) + timedelta(days=days)
    assert check_certificate(settings, then).verdict is verdict


def test_what_is_no_certificate_is_said(settings: Settings) -> None:
    made = certificate(settings)
    made.chain.with_name("own.crt").write_text("nothing")
    made.key.rename(made.key.with_name("own.key"))
    finding = check_certificate(settings, datetime.now(UTC))
    assert finding.verdict is Verdict.WRONG
    assert "is none" in finding.said


def clip(folder: Path, name: str, rate: int) -> None:
    with wave.open(str(folder / name), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(b"\0\0" * 80)


def test_sound_in_a_format_that_asterisk_would_have_to_convert_is_found(
    tmp_path: Path,
) -> None:
    assert check_sounds(tmp_path)[0].verdict is Verdict.WRONG
    folder = tmp_path / "audio" / "hi"
    folder.mkdir(parents=True)
    row = dict.fromkeys(("text", "text_sha256", "audio_sha256", "voice"), "a")
    row |= {"language": "hi", "kind": "prompt", "settings": "", "file": "hi/good.wav"}
    numbers = {"level_lufs": -23.0, "peak_db": -3.0, "duration_s": 0.01}
    clips = [{**row, **numbers, "synthetic": True}]
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "clips": clips}))
    assert "is not there" in check_sounds(tmp_path)[0].said
    clip(folder, "good.wav", 8000)
    assert check_sounds(tmp_path)[0].verdict is Verdict.OK
    clip(folder, "loud.wav", 44100)
    [finding] = check_sounds(tmp_path)
    assert "1 of 2" in finding.said
    assert "44100 Hz" in finding.said


async def test_database_disk_and_clock_of_this_machine_are_fit(
    settings: Settings,
) -> None:
    assert (await check_database(settings)).verdict is Verdict.OK
    assert not settings.home.exists()
    assert check_disk(settings).verdict is not Verdict.WRONG
    assert [f.what for f in check_clock(settings)] == ["clock"]


async def test_a_database_that_cannot_be_reached_is_wrong(settings: Settings) -> None:
    database = dataclasses.replace(
        settings.database, url="postgresql://nobody@127.0.0.1:1/none"
    )
    away = dataclasses.replace(settings, database=database)
    assert (await check_database(away)).verdict is Verdict.WRONG


def test_what_waits_in_the_spool_or_was_refused_is_said(settings: Settings) -> None:
    assert check_spool(settings).verdict is Verdict.OK
    assert not settings.spool.exists()
    spool = SpoolFile(settings.spool)
    spool.append([b"one", b"two", b"three"])
    spool.drained(spool.read(1))
    finding = check_spool(settings)
    assert finding.verdict is Verdict.NOTE
    assert finding.said.startswith("2 writes wait for the database")
    spool.refused(["answer 1 {}"])
    finding = check_spool(settings)
    assert finding.verdict is Verdict.WRONG and "1 writes" in finding.said
    spool.close()
