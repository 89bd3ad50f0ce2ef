"""Tones: a telecaller's own mark, keys in the speech, and noise to fill a wait.

All audio here is 8 kHz, mono, 16 bit. Nothing is played or recorded here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE = 8000
FIRST_MARK_HZ = 1900
MARK_STEP_HZ = 60
MARKS = 20  # 1900, 1960 ... 3040 Hz: above every DTMF tone, inside G.711's band

DTMF: Mapping[str, tuple[int, int]] = {
    "1": (697, 1209),
    "2": (697, 1336),
    "3": (697, 1477),
    "4": (770, 1209),
    "5": (770, 1336),
    "6": (770, 1477),
    "7": (852, 1209),
    "8": (852, 1336),
    "9": (852, 1477),
    "*": (941, 1209),
    "0": (941, 1336),
    "#": (941, 1477),
}


def mark_hz(index: int) -> int:
    """Return the frequency that marks the telecaller of that place in the list."""
    if not 0 <= index < MARKS:
        raise ValueError(f"only {MARKS} telecallers can be told apart")
    return FIRST_MARK_HZ + MARK_STEP_HZ * index


def sine(hz: float, seconds: float, level: float) -> npt.NDArray[np.float64]:
    """Return a tone; `level` is its amplitude, 1.0 being full scale."""
    t = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * hz * t) * (level * 32767), dtype=np.float64)


def key_tones(key: str, seconds: float = 0.12, level: float = 0.2) -> Samples:
    """Return the two tones of a key, each at `level`."""
    low, high = DTMF[key]
    tone = sine(low, seconds, level) + sine(high, seconds, level)
    return tone.astype(np.int16)


def with_mark(speech: Samples, hz: float, level: float = 0.04) -> Samples:
    """Return the speech with a soft, steady tone under it.

    A whole number of the tone's periods is kept, so that a loop has no click.
    """
    period = RATE // np.gcd(RATE, round(hz))
    whole = speech[: len(speech) // period * period].astype(np.float64)
    mixed = whole + sine(hz, len(whole) / RATE, level)[: len(whole)]
    return np.clip(mixed, -32768, 32767).astype(np.int16)
