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

from ivr.errors import BadInput, SetupFailed
from ivr.prompts.levels import Samples, Speech
from ivr.prompts.providers import tidy

MODEL_FILE = "kokoro-82m-int8.onnx"
VOICES_FILE = "voices.npz"
RATE = 24000
MAX_PHONEMES = 510  # what the model was made for
ESPEAK_LANGUAGE = {"hi": "hi", "en": "en-us"}
CARRIERS_VERSION = 1  # raise it when a piece is spoken or cut in another way

_DURATIONS = "/encoder/Clip_output_0"  # frames of each phoneme, inside the model
_FRAME = RATE // 40  # 25 ms

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


@dataclass(frozen=True, slots=True)
class Carrier:
    """A sentence that a piece of one is spoken in, and then cut out of.

    Alone, a short text gets a murmur before it and a vowel after it, and the fall
    of a sentence's end. `before` ends in a stop, so there is silence to cut in;
    after a vowel a breath follows, after a consonant another stop.
    """

    before: str
    after_vowel: str
    after_consonant: str


CARRIERS = {
    "hi": Carrier("अब देखिए ठीक,", ", हाँ ठीक है.", ", फिर देखिए."),
    "en": Carrier("And then we put,", ", have a look.", ", please."),
}
_STOPS = (".", "?", "!")
_VOWELS = frozenset("aeiouɑɐɒæəɚɛɜɪɔʊʌᵻyøœAIOQWYhː\u0303")
_MARKS = "ˈˌ ,;:"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound, and where in it each phoneme begins; one place more than phonemes."""

    samples: Samples
    begins: list[int]


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

    def say(self, phonemes: str, *, speaker: str, speed: float) -> Spoken:
        """Return the sound of `phonemes`, with the model's own silence around it."""
        session, tokenizer, styles = self._model()
        tokens = tokenizer.tokenize(phonemes, limit=None)
        if not 0 < len(tokens) <= MAX_PHONEMES:
            raise BadInput(
                f"{len(tokens)} sounds in one clip",
                remedy=f"between 1 and {MAX_PHONEMES} can be said: split the text",
            )
        samples, frames = session.run(
            ["audio", _DURATIONS],
            {
                "tokens": np.array([[0, *tokens, 0]]),
                "style": styles[speaker][len(tokens) - 1],
                "speed": np.array([speed], np.float32),
            },
        )
        # The first frame count is of the silence before the first phoneme.
        begins = np.cumsum(np.ravel(frames)).astype(int) * _FRAME
        return Spoken(np.ravel(samples).astype(np.float32), begins.tolist())

    def phonemes(self, text: str, language: str) -> str:
        """Return the model's spelling of the sounds of `text`."""
        _, tokenizer, _ = self._model()  # it tells the phonemizer its library
        spoken = importlib.import_module("phonemizer").phonemize(
            text,
            ESPEAK_LANGUAGE[language],
            preserve_punctuation=True,
            with_stress=True,
            language_switch="remove-flags",
        )
        return str(tokenizer.known(" ".join(str(spoken).split()))).strip()

    def _model(self) -> Any:
        if self._loaded is None:
            if (reason := self.why_not()) is not None:
                raise SetupFailed(reason)
            onnxruntime = importlib.import_module("onnxruntime")
            tokenizer = importlib.import_module("kokoro_onnx.tokenizer").Tokenizer()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(
                with_durations((self.folder / MODEL_FILE).read_bytes()),
                options,
                providers=["CPUExecutionProvider"],
            )
            styles = dict(np.load(self.folder / VOICES_FILE))
            self._loaded = session, tokenizer, styles
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
        words = prepared(text, self.respell.get(language, {}))
        cut = "" if words.endswith(_STOPS) else f"cut={CARRIERS_VERSION} "
        return f"{cut}speed={self.speed} text={words}"

    def why_not(self, text: str, language: str) -> str | None:
        if language not in CARRIERS or language not in self.speakers:
            return f"no Kokoro speaker is chosen for {language}"
        return self.engine.why_not()

    def speak(self, text: str, language: str) -> Speech:
        words = prepared(text, self.respell.get(language, {}))
        phonemes = self.engine.phonemes(words, language)
        speaker = self.speakers[language]
        if phonemes.endswith(_STOPS):
            spoken = self.engine.say(phonemes, speaker=speaker, speed=self.speed)
            return Speech(spoken.samples, RATE)
        return self._speak_piece(phonemes.rstrip(_MARKS), CARRIERS[language], language)

    def _speak_piece(self, piece: str, carrier: Carrier, language: str) -> Speech:
        before = self.engine.phonemes(carrier.before, language)
        is_open = piece[-1:] in _VOWELS
        after = carrier.after_vowel if is_open else carrier.after_consonant
        # Phonemizing takes punctuation at the beginning away: put it back.
        follows = after[:2] + self.engine.phonemes(after[2:], language)
        spoken = self.engine.say(
            f"{before} {piece}{follows}",
            speaker=self.speakers[language],
            speed=self.speed,
        )
        start = len(before) + 1
        return Speech(cut_out(spoken, start, start + len(piece)), RATE)


def cut_out(spoken: Spoken, start: int, end: int) -> Samples:
    """Return phonemes `start` to `end` of a sentence, cut where it is most quiet."""
    begins, samples = spoken.begins, spoken.samples
    head = _most_quiet(samples, begins[start - 2], begins[start] + RATE // 66)
    tail = _most_quiet(samples, begins[end] - RATE // 66, begins[end + 2])
    piece = samples[head:tail].copy()
    fade = min(RATE // 25, len(piece))
    piece[len(piece) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return piece


def _most_quiet(samples: Samples, start: int, end: int) -> int:
    """Return the middle of the quietest 10 ms between two places."""
    span, step = RATE // 100, RATE // 200
    places = range(max(start, 0), max(end - span, start + 1), step)
    energy = [float(np.sum(samples[p : p + span] ** 2)) for p in places]
    return places[int(np.argmin(energy))] + step


def with_durations(model: bytes) -> bytes:
    """Return the model file with how long each phoneme is as one more output.

    The model computes it and keeps it to itself. In a protobuf file, a message
    that appears again is merged with the first: adding an output to the graph is
    adding a graph with one output.
    """

    def message(field_number: int, content: bytes) -> bytes:
        return bytes([field_number << 3 | 2, len(content)]) + content

    tensor_of_floats = message(1, bytes([1 << 3, 1]))
    output = message(1, _DURATIONS.encode()) + message(2, tensor_of_floats)
    return model + message(7, message(12, output))


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


def pack_voices(source: Path, target: Path, speakers: list[str]) -> None:
    """Pack raw speaker files (float32) into the one file the model reads."""
    styles: dict[str, Samples] = {}
    for speaker in speakers:
        raw = np.fromfile(source / f"{speaker}.bin", dtype="<f4")
        styles[speaker] = raw.reshape(-1, 1, 256)
    np.savez(target, allow_pickle=False, **styles)


if __name__ == "__main__":
    pack_voices(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
