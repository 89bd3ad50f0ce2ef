"""Every voice keeps the same promises: the fake, recordings, eSpeak NG, Kokoro."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import SetupFailed
from ivr.prompts import levels
from ivr.prompts.kokoro import KokoroEngine, KokoroVoice
from ivr.prompts.providers import (
    EspeakVoice,
    GoogleVoice,
    RecordedVoice,
    Voice,
    tidy,
)
from tests.fakes.voice import FakeVoice, hum

PROJECT = Path(__file__).parents[3]
LONG = "नमस्ते, यह जन संवाद केंद्र की ओर से स्वचालित कॉल है।"


def recorded(folder: Path) -> RecordedVoice:
    files = {}
    for name, text in {"short.wav": "पाँच", "long.wav": LONG}.items():
        seconds = 0.4 if text == "पाँच" else 4.0
        sound = hum(seconds)
        (folder / name).write_bytes(levels.wav_bytes(sound.samples, sound.rate))
        files["hi", tidy(text)] = name
    return RecordedVoice(folder, files)


@pytest.fixture(params=["fake", "recorded", "espeak", "kokoro"])
def voice(request: pytest.FixtureRequest, tmp_path: Path) -> Voice:
    voices: dict[str, Voice] = {
        "fake": FakeVoice(),
        "recorded": recorded(tmp_path),
        "espeak": EspeakVoice(),
        "kokoro": KokoroVoice(
            KokoroEngine(PROJECT / ".cache" / "kokoro"), {"hi": "hf_alpha"}
        ),
    }
    chosen = voices[request.param]
    if (reason := chosen.why_not("पाँच", "hi")) is not None:
        pytest.skip(reason)
    return chosen


def test_it_speaks_samples_between_minus_one_and_one(voice: Voice) -> None:
    speech = voice.speak("पाँच", "hi")
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert 8000 <= speech.rate <= 48000
    assert 0.01 < np.abs(speech.samples).max() < 2.0


def test_a_longer_text_takes_longer(voice: Voice) -> None:
    short = levels.for_phone(voice.speak("पाँच", "hi"))
    long = levels.for_phone(voice.speak(LONG, "hi"))
    assert 0.2 < len(short) / levels.PHONE_RATE < 1.5
    assert 2.5 < len(long) / levels.PHONE_RATE < 8.0


def test_what_it_says_comes_out_fit_for_the_phone(voice: Voice) -> None:
    sound = levels.for_phone(voice.speak(LONG, "hi"))
    assert levels.loudness(sound) == pytest.approx(levels.TARGET_LUFS, abs=1.0)


def test_it_has_a_name_and_settings_that_stay_the_same(voice: Voice) -> None:
    assert voice.name("hi")
    assert voice.settings("पाँच", "hi") == voice.settings("पाँच", "hi")


def test_it_says_why_it_cannot_speak_a_language(voice: Voice) -> None:
    assert voice.why_not("bonjour", "fr")


needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


@needs_espeak
@pytest.mark.parametrize(
    "text", ["-v en", "--help", "<speak>एक</speak>", "एक; दो & तीन"]
)
def test_espeak_takes_any_text_as_text_and_no_option(text: str) -> None:
    assert len(EspeakVoice().speak(text, "hi").samples) > 4000


def test_a_voice_without_its_program_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt-get install" in str(EspeakVoice().why_not("एक", "hi"))
    with pytest.raises(SetupFailed, match="could not speak"):
        EspeakVoice().speak("एक", "hi")


def test_google_is_not_asked_unless_allowed() -> None:
    assert "--online" in str(GoogleVoice().why_not("एक", "hi"))


def test_a_recording_that_is_listed_but_not_there_is_named(tmp_path: Path) -> None:
    voice = RecordedVoice(tmp_path, {("hi", "एक"): "one.wav"})
    assert "one.wav" in str(voice.why_not("एक", "hi"))
    assert "nobody has recorded" in str(voice.why_not("दो", "hi"))


def test_a_new_take_of_a_recording_is_noticed(tmp_path: Path) -> None:
    voice = recorded(tmp_path)
    before = voice.settings("पाँच", "hi")
    sound = hum(0.7)
    (tmp_path / "short.wav").write_bytes(levels.wav_bytes(sound.samples, sound.rate))
    assert voice.settings("पाँच", "hi") != before
