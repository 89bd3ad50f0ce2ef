"""Music on hold, made by arithmetic: nobody is owed anything for it.

A drone in the manner of a tanpura with a slow pentatonic
line over it. The same on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr.prompts.levels import PHONE_RATE, Samples, level

Wave = NDArray[np.float64]

MUSIC_LUFS = -28.0
MUSIC_S = 32.0

_SA = 146.83  # D3: the drone's ground note, well inside the phone's band
# Scale steps in semitones above the upper ground note; None: let it ring.
_LINE = (0, 4, 7, None, 9, 7, None, 4, 2, 4, None, 0, 7, 9, 12, None)
_PLUCKED = (7, 12, 12, 0)  # pa sa sa sa: the tanpura's four strings


def music() -> Samples:
    """Return a loop without a seam: what rings past the end rings on at the start."""
    count = int(MUSIC_S * PHONE_RATE)
    loop = np.zeros(count)
    for turn in range(8):  # one pass over the four strings each 4 s
        for string, step in enumerate(_PLUCKED):
            _add(loop, turn * 4.0 + string, _string(_SA * 2 ** (step / 12), 4.5), 0.5)
    for beat, note in enumerate(_LINE):
        if note is not None:
            soft = _flute(2 * _SA * 2 ** (note / 12), 2.6)
            _add(loop, beat * 2.0 + 0.5, soft, 0.35)
    return level(loop.astype(np.float32), MUSIC_LUFS)


def _add(loop: Wave, at_s: float, sound: Wave, gain: float) -> None:
    start = int(at_s * PHONE_RATE)
    places = (start + np.arange(len(sound))) % len(loop)
    loop[places] += gain * sound


def _string(hz: float, duration_s: float) -> Wave:
    t = np.arange(int(duration_s * PHONE_RATE)) / PHONE_RATE
    sound = np.zeros_like(t)
    for harmonic in range(1, int(3200 / hz) + 1):
        # The bridge lets the higher parts bloom late: the tanpura's shimmer.
        rise = 1 - np.exp(-t / (0.01 + 0.03 * harmonic))
        fall = np.exp(-t / (2.2 / (1 + 0.12 * harmonic)))
        sound += rise * fall * np.sin(2 * np.pi * hz * harmonic * t) / harmonic**1.2
    fading: Wave = sound * np.minimum(1.0, (duration_s - t) / 0.3)
    return fading


def _flute(hz: float, duration_s: float) -> Wave:
    t = np.arange(int(duration_s * PHONE_RATE)) / PHONE_RATE
    sway = 0.004 * np.sin(2 * np.pi * 4.6 * t) * np.minimum(1, t / 0.8)
    phase = 2 * np.pi * hz * (t + sway / (2 * np.pi * 4.6))
    tone = np.sin(phase) + 0.25 * np.sin(2 * phase) + 0.06 * np.sin(3 * phase)
    shape = np.minimum(1, t / 0.18) * np.minimum(1, (duration_s - t) / 0.9)
    swelling: Wave = tone * shape
    return swelling
