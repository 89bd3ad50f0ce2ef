"""Listening to texts: what ships, what is made now, and what is kept of it."""

from __future__ import annotations

import io
import shutil
import threading
import wave
from pathlib import Path

import pytest

from ivr.core.flow_model import Clip
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import listening
from ivr.prompts.listening import MOST_LETTERS, Listening
from ivr.prompts.lookup import AudioLibrary
from ivr.prompts.providers import EspeakVoice
from tests.fakes.voice import FakeVoice

NEW = Clip("hi", "आज पानी आया?")
SHIPPED = Clip("hi", "यह बटन सही नहीं है।")


@pytest.fixture
def voice() -> FakeVoice:
    return FakeVoice()


def made(tmp_path: Path, *voices: object) -> Listening:
    library = AudioLibrary(Path("audio"), tmp_path / "audio")
    return Listening(
        library,
        tmp_path / "audio",
        tmp_path / "previews",
        lambda: voices,  # type: ignore[return-value, arg-type]
        making=threading.Lock(),
    )


def seconds(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        return sound.getnframes() / sound.getframerate()


def test_a_shipped_text_is_heard_as_it_will_be(tmp_path: Path, voice: FakeVoice):
    path = AudioLibrary(Path("audio")).path(SHIPPED)
    heard = made(tmp_path, voice)
    assert heard.is_ready(SHIPPED)
    assert heard.wav(SHIPPED) == Path(f"{path}.wav").read_bytes()
    assert voice.said == []


def test_a_new_text_is_spoken_once_and_kept(tmp_path: Path, voice: FakeVoice):
    heard = made(tmp_path, voice)
    assert not heard.is_ready(NEW)
    assert seconds(heard.wav(NEW)) > 0.5
    assert heard.wav(Clip("hi", "  आज पानी   आया? ")) == heard.wav(NEW)
    assert voice.said == [NEW.text]
    assert heard.is_ready(NEW)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not here")
def test_espeak_speaks_hindi(tmp_path: Path):
    assert seconds(made(tmp_path, EspeakVoice()).wav(NEW)) > 0.5


def test_the_next_voice_speaks_where_the_first_cannot(tmp_path: Path):
    first, second = FakeVoice(fails_because="no model"), FakeVoice("second")
    made(tmp_path, first, second).wav(NEW)
    assert second.said == [NEW.text]


def test_without_a_voice_the_reasons_are_told(tmp_path: Path):
    with pytest.raises(SetupFailed, match="fake:hi: no model"):
        made(tmp_path, FakeVoice(fails_because="no model")).wav(NEW)


def test_a_preview_is_never_sent_to_another_company(tmp_path: Path):
    online = FakeVoice(is_online=True)
    with pytest.raises(SetupFailed):
        made(tmp_path, online).wav(NEW)
    assert online.said == []


@pytest.mark.parametrize(
    "clip",
    [
        Clip("hi", "क" * (MOST_LETTERS + 1)),
        Clip("hi", " …। "),
        Clip("../../etc", "नमस्ते"),
    ],
)
def test_what_cannot_be_said_is_refused(tmp_path: Path, clip: Clip, voice: FakeVoice):
    with pytest.raises(BadInput):
        made(tmp_path, voice).wav(clip)


def test_the_oldest_previews_make_room(
    tmp_path: Path, voice: FakeVoice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listening, "MOST_KEPT", 2)
    heard = made(tmp_path, voice)
    for word in ("एक", "दो", "तीन", "चार"):
        heard.wav(Clip("hi", f"{word} नया वाक्य"))
    assert len(list((tmp_path / "previews").iterdir())) == 2


def test_what_a_published_flow_needs_is_made_for_its_calls(
    tmp_path: Path, voice: FakeVoice
):
    library = AudioLibrary(Path("audio"), tmp_path / "audio")
    heard = Listening(
        library,
        tmp_path / "audio",
        tmp_path / "previews",
        lambda: [voice],
        making=threading.Lock(),
    )
    assert heard.prepare([NEW, SHIPPED]) == []
    assert voice.said == [NEW.text]
    path = library.path(NEW)
    assert path is not None and path.startswith(str(tmp_path.resolve()))
    assert heard.prepare([NEW]) == []
    assert voice.said == [NEW.text]


def test_what_no_voice_can_say_is_told(tmp_path: Path):
    failed = made(tmp_path, FakeVoice(fails_because="no model")).prepare([NEW])
    assert failed == ["आज पानी आया?: fake:hi: no model"]
