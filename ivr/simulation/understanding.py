"""How a simulated person understands what is said: by knowing each sentence's sound.

Every fixed sentence of the flows is known by its first second, and with it which
question it is and which keys it offers. What was heard is compared as sound, so
the truth log's word for a question owes nothing to what Samvad believes it played.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ivr.core.flow import TELECALLER_KEY, scale
from ivr.core.flow_model import Clip, Flow, Node, NodeKind
from ivr.core.say import READ_BACK_SAY, parse, with_parts
from ivr.settings.flows import load_flows
from ivr.simulation.sounds import read_wav
from ivr.simulation.tones import RATE, Samples

SLOWER = 4  # 2,000 samples a second are enough to know a voice again
KNOWN_S = 1.2  # of a sentence's beginning
LATE_S = 0.4  # so much later than expected it may begin
WINDOW_S = KNOWN_S + LATE_S
ALIKE = 0.6  # correlation: the same sound is near 1, another sentence under 0.4
SHORTEST_S = 0.5
OFFER = "offer"  # the kind of a sentence that offers a telecaller
FFT = 4096  # holds WINDOW_S at the slower rate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a flow: what it is, and what it asks for."""

    text: str
    node: str = ""  # "" for a sentence that many questions share
    kind: str = ""  # the node's; "read_back" of digits; OFFER of a telecaller
    keys: str = ""  # that are offered
    digits: int = 0  # so many are asked for


@dataclass(frozen=True, slots=True)
class Recognised:
    sentence: Sentence
    began_s: float  # in what was heard
    lasts_s: float  # the whole sentence


class Understanding:
    """All sentences, by sound. Holds no state of a call."""

    def __init__(self, known: Sequence[tuple[Sentence, Samples]]) -> None:
        self._sentences = [sentence for sentence, _ in known]
        self._lasts_s = [len(samples) / RATE for _, samples in known]
        self._starts = [_start_of(samples) for _, samples in known]
        size = (len(known), FFT // 2 + 1)
        self._spectra = np.zeros(size, np.complex64)
        for row, start in enumerate(self._starts):
            self._spectra[row] = np.conj(np.fft.rfft(start, FFT))

    def __len__(self) -> int:
        return len(self._sentences)

    def recognise(self, heard: Samples) -> Recognised | None:
        """Say which sentence begins in the first LATE_S of `heard` (WINDOW_S long)."""
        if not self._sentences or len(heard) < SHORTEST_S * RATE:
            return None
        slow = _slower(heard[: round(WINDOW_S * RATE)])
        spectrum = np.fft.rfft(slow, FFT).astype(np.complex64)
        alike = np.fft.irfft(self._spectra * spectrum, FFT, axis=1)
        lags = min(round(LATE_S * RATE / SLOWER), len(slow))
        alike = alike[:, :lags] / self._energies(slow, lags)
        row, lag = np.unravel_index(int(alike.argmax()), alike.shape)
        if alike[row, lag] < ALIKE:
            return None
        began_s = float(lag) * SLOWER / RATE
        return Recognised(self._sentences[row], began_s, self._lasts_s[row])

    def _energies(self, slow: Floats, lags: int) -> Floats:
        """Return, for each sentence and lag, how loud what it is compared with is."""
        sums = np.concatenate([[0.0], np.cumsum(slow * slow)])
        rows = []
        for start in self._starts:
            ends = np.minimum(np.arange(lags) + len(start), len(slow))
            rows.append(np.sqrt(np.maximum(sums[ends] - sums[:lags], 1.0)))
        return np.array(rows)


def _start_of(samples: Samples) -> Floats:
    start = _slower(samples[: round(KNOWN_S * RATE)])
    length = float(np.sqrt((start * start).sum()))
    return start / length if length else start


def _slower(samples: Samples) -> Floats:
    """Return every fourth sample, after a low-pass at 850 Hz."""
    smooth = np.convolve(samples.astype(np.float64), _LOW_PASS, mode="same")
    return np.asarray(smooth[::SLOWER], dtype=np.float64)


def _low_pass(taps: int = 41, cut_hz: float = 850.0) -> Floats:
    n = np.arange(taps) - (taps - 1) / 2
    ideal = 2 * cut_hz / RATE * np.sinc(2 * cut_hz / RATE * n)
    shaped = ideal * np.hamming(taps)
    return np.asarray(shaped / shaped.sum(), dtype=np.float64)


_LOW_PASS = _low_pass()


def load_understanding(
    flows: Sequence[Path], audio: Iterable[Path], only: str = ""
) -> Understanding:
    """Learn every fixed sentence of every flow (or of `only` one) by its audio.

    `flows` are folders: those of an earlier one go before.
    """
    files = _files(audio)
    sentences: dict[Clip, Sentence] = {}
    for flow in load_flows(*flows).values():
        if only and flow.flow_id != only:
            continue
        for clip, sentence in _sentences(flow):
            before = sentences.get(clip, sentence)
            sentences[clip] = _either(before, sentence)
    known = [
        (sentence, read_wav(files[clip]))
        for clip, sentence in sentences.items()
        if clip in files
    ]
    return Understanding([one for one in known if len(one[1]) >= SHORTEST_S * RATE])


def _files(folders: Iterable[Path]) -> dict[Clip, Path]:
    found: dict[Clip, Path] = {}
    for folder in folders:
        for manifest in sorted(folder.glob("*/manifest.json")):
            for row in json.loads(manifest.read_text(encoding="utf-8"))["clips"]:
                clip = Clip(row["language"], row["text"])
                if row["kind"] == "prompt":
                    found[clip] = folder / row["file"]
    return found


def _sentences(flow: Flow) -> Iterator[tuple[Clip, Sentence]]:
    for part in with_parts(flow):
        prefix = "" if part is flow else f"{part.flow_id}."
        for node in part.nodes.values():
            here = _of_node(node, f"{prefix}{node.node_id}")
            for clip in _fixed(node.say):
                yield clip, _with_text(here, clip.text)
            for clip in _fixed(node.offer_say):
                yield clip, Sentence(clip.text, here.node, OFFER, TELECALLER_KEY)
            for say in (node.invalid_say, node.silence_say):
                for clip in _fixed(say):
                    yield clip, Sentence(clip.text)
            if node.read_back:
                again = Sentence("", here.node, "read_back", "12")
                for clip in _fixed(node.read_back_say or READ_BACK_SAY):
                    yield clip, _with_text(again, clip.text)


def _either(one: Sentence, other: Sentence) -> Sentence:
    """Return what a sentence that is said at two places tells, wherever we are."""
    if one == other:
        return one
    if one.kind == other.kind == OFFER:  # before each question, perhaps
        return Sentence(one.text, "", OFFER, one.keys)
    return Sentence(one.text)


def _of_node(node: Node, name: str) -> Sentence:
    keys, digits = "", 0
    match node.kind:
        case NodeKind.MENU:
            keys = "".join(option.key for option in node.options)
        case NodeKind.LANGUAGE:
            keys = node.options[0].key if node.options else ""
        case NodeKind.RATING:
            lowest, highest = scale(node)
            keys = "".join(str(n) for n in range(lowest, highest + 1))
        case NodeKind.COLLECT:
            digits = node.max_digits
        case _:
            pass
    return Sentence("", name, node.kind.value, keys, digits)


def _with_text(sentence: Sentence, text: str) -> Sentence:
    return Sentence(text, sentence.node, sentence.kind, sentence.keys, sentence.digits)


def _fixed(say: Mapping[str, str]) -> Iterator[Clip]:
    for language, template in say.items():
        for part in parse(template):
            if isinstance(part, str):
                yield Clip(language, part)
