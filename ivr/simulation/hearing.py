"""What a person notices in the sound of a call: speech, silence, a beep, a voice.

Pure: it is told samples and returns what they are. It keeps no time and knows
nothing of prompts or flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ivr.simulation.tones import RATE, Samples

BLOCK = 960  # samples: 120 ms
SOUND_RMS = 160.0  # about -46 dBFS; levelled speech is 25 dB above
MARK_RATIO = 6.0  # a mark is this much stronger than what is beside it
MARK_RMS = 60.0
BEEP_RATIO = 0.90  # of a block's power in one place
BEEP_LOWEST_HZ = 650.0  # voices hum below: their strongest overtone is no beep
BEEP_RMS = 300.0
SIDE_HZ = 30.0


@dataclass(frozen=True, slots=True)
class Block:
    """What 120 ms sound like."""

    is_sound: bool
    is_tone: bool  # one pure tone and nothing else: a beep
    marks: frozenset[int] = frozenset()  # whose marks are heard: places in the list


class Ear:
    """Judges blocks. Made once for a set of marks; holds no state of a call."""

    def __init__(self, marks_hz: Sequence[float]) -> None:
        self._marks_hz = tuple(marks_hz)
        window = np.hanning(BLOCK)
        self._window = window
        self._gain = 2.0 / window.sum()
        t = np.arange(BLOCK) / RATE
        hz = [h + side for h in marks_hz for side in (0.0, -SIDE_HZ, SIDE_HZ)]
        turns = 2 * np.pi * np.outer(t, np.array(hz, dtype=np.float64))
        weighed = (window * self._gain)[:, None]
        # Real and in single precision: as one complex product this was two thirds
        # of all the work of 200 listening people.
        both = np.hstack([np.cos(turns) * weighed, np.sin(turns) * weighed])
        self._turns = np.ascontiguousarray(both, dtype=np.float32)

    def judge(self, samples: Samples) -> Block:
        """Say what BLOCK samples sound like."""
        block = samples.astype(np.float64)
        rms = float(np.sqrt(np.mean(block * block)))
        if rms < SOUND_RMS:
            return Block(is_sound=False, is_tone=False)
        marks = self._marks(block)
        is_tone = not marks and rms > BEEP_RMS and self._is_pure(block)
        return Block(is_sound=True, is_tone=is_tone, marks=marks)

    def _marks(self, block: npt.NDArray[np.float64]) -> frozenset[int]:
        if not self._marks_hz:
            return frozenset()
        waves = (block.astype(np.float32) @ self._turns).reshape(2, -1, 3)
        amplitudes = np.hypot(waves[0], waves[1])
        own = amplitudes[:, 0]
        beside = amplitudes[:, 1:].max(axis=1)
        # The Hann window of 120 ms is 17 Hz wide each side: a steady tone leaves
        # next to nothing 30 Hz away, while speech does.
        there = (own > MARK_RMS * np.sqrt(2)) & (own > MARK_RATIO * beside)
        return frozenset(int(place) for place in np.flatnonzero(there))

    def _is_pure(self, block: npt.NDArray[np.float64]) -> bool:
        power = np.abs(np.fft.rfft(block * self._window)) ** 2
        total = float(power.sum())
        peak = int(power.argmax())
        near = float(power[max(0, peak - 3) : peak + 4].sum())
        if peak * RATE / len(block) < BEEP_LOWEST_HZ:
            return False
        return total > 0 and near / total > BEEP_RATIO and self._is_steady(block, peak)

    def _is_steady(self, block: npt.NDArray[np.float64], peak: int) -> bool:
        # A vowel's pitch moves; a beep's does not. Both halves peak alike.
        half = len(block) // 2
        window = np.hanning(half)
        peaks = [
            int(np.abs(np.fft.rfft(part * window)).argmax())
            for part in (block[:half], block[half:])
        ]
        return all(abs(2 * p - peak) <= 2 for p in peaks)
