"""`dialer.py prompts` in a small project of its own, with a voice made of sums."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.cli import prompts
from ivr.core.flow_model import Clip
from ivr.core.model import Contact, ContactId, ListName, PhoneNumber
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import levels
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import load_settings
from ivr.store.engine import open_store
from ivr.store.spoken import names_of_list
from tests.fakes.voice import FakeVoice

REPOSITORY = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
RUN = CliRunner()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings file of a project with the shipped texts and no audio."""
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    monkeypatch.setattr(prompts, "voices_for", lambda audio, **kw: [FakeVoice()])
    monkeypatch.setattr(
        prompts, "simulation_voices", lambda audio, speaker: [FakeVoice(speaker)]
    )
    file = tmp_path / "config" / "samvad.toml"
    mine = dataclasses.replace(
        load_settings(file), project=tmp_path, home=tmp_path / "home"
    )
    # The project folder is fixed to the repository; the shipped audio is not for us.
    monkeypatch.setattr(prompts, "settings_of", lambda config, home: mine)
    return file


def call(config: Path, command: str, *options: str) -> tuple[int, str]:
    result = RUN.invoke(
        prompts.app,
        [command, *options, "--config", str(config)],
        env={"COLUMNS": "200"},
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_one_flow_is_built_and_then_found_complete(config: Path) -> None:
    code, output = call(config, "build", "--flow", "information", "-l", "hi")
    assert code == 0
    assert "fake:hi" in output
    code, output = call(config, "build", "--flow", "information", "-l", "hi")
    assert "0 made" in output


def test_the_check_names_what_flows_need_and_is_missing(config: Path) -> None:
    code, output = call(config, "check")
    assert code == 1
    assert "missing: hi prompt" in output


def test_an_unknown_flow_or_voice_is_refused_with_the_known_ones(config: Path) -> None:
    with pytest.raises(BadInput, match="information"):
        call(config, "build", "--flow", "informatoin")


def test_pruning_by_one_flow_is_refused(config: Path) -> None:
    with pytest.raises(BadInput, match="other flows"):
        call(config, "build", "--flow", "information", "--prune")


def test_one_text_can_be_tried(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "said.wav"
    code, output = call(config, "say", "नमस्ते", str(file))
    assert code == 0
    assert "fake:hi" in output
    assert levels.read_wav(file).rate == 8000


def test_when_nobody_can_speak_every_reason_is_given(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = FakeVoice(absent_because="it has a cold")
    monkeypatch.setattr(prompts, "voices_for", lambda audio, **kw: [mute])
    with pytest.raises(SetupFailed, match="it has a cold"):
        call(config, "say", "नमस्ते", str(tmp_path / "said.wav"))


async def fill(config: Path, *names: str) -> None:
    settings = prompts.settings_of(config, None)
    settings.home.mkdir(parents=True, exist_ok=True)
    people = [
        Contact(
            ContactId(0), ListName("l"), PhoneNumber(f"+9198271123{n:02}"), name=name
        )
        for n, name in enumerate(names)
    ]
    async with await open_store(settings.database_url) as store:
        await store.add_contacts(ListName("l"), "a test", NOW, people)


async def test_a_list_knows_its_names_once_each(config: Path) -> None:
    await fill(config, "सुनीता पटेल", "झलक", "झलक", "")
    async with await open_store(
        prompts.settings_of(config, None).database_url
    ) as store:
        assert await store.read(names_of_list, ListName("l")) == ["झलक", "सुनीता पटेल"]
        assert await store.read(names_of_list, ListName("none")) == []


def test_names_of_a_list_are_made_in_the_home_folder(config: Path) -> None:
    asyncio.run(fill(config, "झलक बंसल", "झलक"))
    code, _ = call(config, "build", "--list", "l")
    assert code == 0
    home = prompts.settings_of(config, None).home
    assert not list((config.parents[1] / "audio").glob("**/*.wav"))
    library = AudioLibrary(home / "audio")
    assert len(library.paths(Clip("hi", "झलक बंसल", "field"))) == 2


def test_a_list_that_is_not_there_is_refused(config: Path) -> None:
    prompts.settings_of(config, None).home.mkdir(parents=True)
    with pytest.raises(BadInput, match="import it first"):
        call(config, "build", "--list", "nobody")


@pytest.mark.long
def test_everything_is_built_and_the_check_agrees(config: Path) -> None:
    shutil.copytree(REPOSITORY / "audio" / "music", config.parents[1] / "audio/music")
    code, output = call(config, "build")
    assert code == 0
    assert "0 failed" in output
    code, output = call(config, "check")
    assert code == 0
    assert "all are there" in output
    code, output = call(config, "list", "--kind", "system", "-l", "hi")
    assert "hi/sorry.wav" in output
