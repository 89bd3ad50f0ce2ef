"""Kokoro-82M: natural Hindi and English speech on this machine, without network.

Knows the model, its phonemes and their faults; knows nothing of levels or files
of finished audio. `scripts/get_kokoro.sh` brings the model and the packages,
which are needed only to build prompts anew.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import SetupFailed
from ivr.prompts.levels import Samples, Speech
from ivr.prompts.providers import tidy

MODEL_FILE = "kokoro-82m-int8.onnx"
VOICES_FILE = "voices.npz"
ESPEAK_LANGUAGE = {"hi": "hi", "en": "en-us"}

# What the phonemizer would get wrong, put right in the text before it.
_PUNCTUATION = (
    ("।", "."),  # the danda is dropped otherwise, and two sentences run together
    ("॥", "."),
    ("(", ", "),
    (")", ","),
    ("–", ", "),
    ("—", ", "),
    ("‘", ""),
    ("’", ""),
    ("“", ""),
    ("”", ""),
    ('"', ""),
)
_DEVANAGARI_HYPHEN = re.compile(r"(?<=[\u0900-\u097f])-(?=[\u0900-\u097f])")
_COMMAS = re.compile(r"\s*,(?:\s*,)+|\s+,")
# A final "एँ" is read as "य" (दबाएँ: "dabaay"); with the dot it is right.
_NASAL_VOWEL = re.compile(r"(?<=[एऊईओआ])ँ")
# "-ाओं" loses its nasal (योजनाओं: "yojnaaw"); with a glide it is as people say it.
_NASAL_PLURAL = re.compile(r"ाओं")
# Python counts vowel signs as no part of a word, so its own \b splits words.
_LETTER = r"[\w\u0900-\u0963]"


@dataclass(slots=True)
class KokoroEngine:
    """The model, loaded once, on one thread: others work on this machine too."""

    folder: Path
    _loaded: Any = field(default=None, init=False, repr=False)

    def why_not(self) -> str | None:
        for name in (MODEL_FILE, VOICES_FILE):
            if not (self.folder / name).is_file():
                return f"{self.folder / name} is missing: run scripts/get_kokoro.sh"
        if importlib.util.find_spec("kokoro_onnx") is None:
            return "kokoro-onnx is not installed here: run make voice"
        return None

    def say(self, phonemes: str, *, speaker: str, speed: float) -> Speech:
        """Return the sound of `phonemes`, with the model's own silence around it."""
        samples, rate = self._model().create(
            phonemes, speaker, speed=speed, is_phonemes=True, trim=False
        )
        return Speech(np.asarray(samples, np.float32), int(rate))

    def phonemes(self, text: str, language: str) -> str:
        """Return the model's spelling of the sounds of `text`."""
        self._model()  # it tells the phonemizer where its library is
        spoken = importlib.import_module("phonemizer").phonemize(
            text,
            ESPEAK_LANGUAGE[language],
            preserve_punctuation=True,
            with_stress=True,
            language_switch="remove-flags",
        )
        known = self._model().tokenizer.known(" ".join(str(spoken).split()))
        return str(known).strip()

    def _model(self) -> Any:
        if self._loaded is None:
            if (reason := self.why_not()) is not None:
                raise SetupFailed(reason)
            onnxruntime = importlib.import_module("onnxruntime")
            kokoro = importlib.import_module("kokoro_onnx").Kokoro
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(
                str(self.folder / MODEL_FILE),
                options,
                providers=["CPUExecutionProvider"],
            )
            self._loaded = kokoro.from_session(session, str(self.folder / VOICES_FILE))
        return self._loaded


@dataclass(frozen=True, slots=True)
class KokoroVoice:
    """One speaker of the model. `respell` puts right what it would mispronounce."""

    engine: KokoroEngine
    speakers: Mapping[str, str]  # language -> speaker
    speed: float = 0.95
    respell: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_online: bool = False

    def name(self, language: str) -> str:
        return f"kokoro:{self.speakers.get(language, '-')}"

    def settings(self, text: str, language: str) -> str:
        return (
            f"speed={self.speed} text={prepared(text, self.respell.get(language, {}))}"
        )

    def why_not(self, text: str, language: str) -> str | None:
        if language not in ESPEAK_LANGUAGE or language not in self.speakers:
            return f"no Kokoro speaker is chosen for {language}"
        return self.engine.why_not()

    def speak(self, text: str, language: str) -> Speech:
        words = prepared(text, self.respell.get(language, {}))
        phonemes = self.engine.phonemes(words, language)
        return self.engine.say(
            closed(phonemes), speaker=self.speakers[language], speed=self.speed
        )


def prepared(text: str, respell: Mapping[str, str]) -> str:
    """Return `text` as the phonemizer reads it rightly. Pure."""
    text = tidy(text)
    for word, spelling in respell.items():
        word = tidy(word)
        text = re.sub(rf"(?<!{_LETTER}){re.escape(word)}(?!{_LETTER})", spelling, text)
    for mark, plain in _PUNCTUATION:
        text = text.replace(mark, plain)
    text = _DEVANAGARI_HYPHEN.sub(" ", text)
    text = _NASAL_PLURAL.sub("ावों", _NASAL_VOWEL.sub("ं", text))
    return _COMMAS.sub(",", " ".join(text.split())).strip(" ,")


def closed(phonemes: str) -> str:
    """End with a stop: without one the last sound is cut or smeared."""
    return phonemes if phonemes.endswith((".", "?", "!")) else f"{phonemes}."


def pack_voices(source: Path, target: Path, speakers: list[str]) -> None:
    """Pack raw speaker files (float32) into the one file the model reads."""
    styles: dict[str, Samples] = {}
    for speaker in speakers:
        raw = np.fromfile(source / f"{speaker}.bin", dtype="<f4")
        styles[speaker] = raw.reshape(-1, 1, 256)
    np.savez(target, allow_pickle=False, **styles)


if __name__ == "__main__":
    pack_voices(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
