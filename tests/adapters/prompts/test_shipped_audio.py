"""The audio that ships is whole, in form, and all that the shipped flows need."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ivr.cli.prompt_texts import Audio, fixed_clips, texts_of_language
from ivr.core.digits import all_block_texts
from ivr.core.flow_model import Clip
from ivr.prompts import check, levels, manifest, music, sources
from ivr.prompts.build import Wanted
from ivr.prompts.lookup import AudioLibrary
from ivr.prompts.providers import tidy
from ivr.settings.config import load_settings

PROJECT = Path(__file__).parents[3]
AUDIO = Audio(PROJECT)
FOLDERS = AUDIO.folders()
MAX_MB = 25


@pytest.fixture(scope="module")
def library() -> AudioLibrary:
    return AudioLibrary(AUDIO.folder)


def test_hindi_english_and_the_simulation_ship() -> None:
    assert {folder.name for folder in FOLDERS} >= {"hi", "en", "simulation"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_clip_is_as_its_manifest_says(folder: Path) -> None:
    assert check.faults(folder) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_sound_lies_about_that_no_manifest_lists(folder: Path) -> None:
    listed = {r.file for r in manifest.load(folder / manifest.FILE).values()}
    found = {p.relative_to(AUDIO.folder).as_posix() for p in folder.rglob("*.wav")}
    assert found == listed


@pytest.mark.parametrize("language", ["hi", "en"])
def test_everything_the_flows_say_is_there(
    library: AudioLibrary, language: str
) -> None:
    assert library.missing(fixed_clips(AUDIO, language)) == []


@pytest.mark.parametrize("language", ["hi", "en"])
def test_every_number_word_and_month_is_there(
    library: AudioLibrary, language: str
) -> None:
    blocks = [Clip(language, text, "block") for text in all_block_texts(language)]
    assert library.missing(blocks) == []


def test_names_of_people_places_schemes_and_organisations_are_there(
    library: AudioLibrary,
) -> None:
    names = [Clip("hi", name) for name in sources.organisations(AUDIO.config)]
    assert library.missing([*sources.field_texts(AUDIO.config), *names]) == []


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_shipped_texts_are_the_ones_that_were_spoken(language: str) -> None:
    organisation = load_settings(PROJECT / "config/samvad.toml").organisation.name_hi
    records = manifest.load(AUDIO.folder / language / manifest.FILE)
    stale = [
        wanted.clip.text
        for wanted in texts_of_language(AUDIO, organisation, language)
        if wanted.key not in records or records[wanted.key].text_sha256 != _hash(wanted)
    ]
    assert stale == []


def test_the_shipped_voice_is_natural() -> None:
    voices = {
        record.voice
        for folder in FOLDERS
        for record in manifest.load(folder / manifest.FILE).values()
    }
    assert {voice.split(":")[0] for voice in voices} == {"kokoro"}


def test_computer_voices_are_marked_as_such(library: AudioLibrary) -> None:
    assert all(record.synthetic for record in library.records())


def test_nobody_speaks_too_fast_or_too_slowly(library: AudioLibrary) -> None:
    # Letters without vowel signs and dots: about one a syllable in Hindi.
    for record in library.records():
        letters = sum("\u0904" <= c <= "\u0939" for c in record.text)
        if letters > 25:
            rate = letters / record.duration_s
            assert 3.5 < rate < 10, f"{record.text}: {rate:.1f} letters/s"


def test_the_music_on_hold_is_ours_and_playable() -> None:
    path = AUDIO.folder / "music" / "samvad.wav"
    sound = levels.read_wav(path)
    assert sound.rate == levels.PHONE_RATE
    assert levels.loudness(sound.samples) == pytest.approx(music.MUSIC_LUFS, abs=1.0)


def test_all_of_it_stays_small_enough_to_ship() -> None:
    size = sum(p.stat().st_size for p in AUDIO.folder.rglob("*") if p.is_file())
    assert size < MAX_MB * 1_000_000


@pytest.mark.skipif(shutil.which("soxi") is None, reason="sox is not installed")
def test_another_program_reads_the_files_the_same_way(library: AudioLibrary) -> None:
    record = next(r for r in library.records() if r.kind == "prompt")
    path = AUDIO.folder / record.file
    told = subprocess.run(
        ["soxi", str(path)], capture_output=True, text=True, check=True, timeout=10
    ).stdout
    assert "Sample Rate    : 8000" in told
    assert "Channels       : 1" in told
    assert "Precision      : 16-bit" in told


def _hash(wanted: Wanted) -> str:
    return manifest.sha256(tidy(wanted.clip.text))
