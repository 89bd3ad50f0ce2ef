"""The sounds of the simulated network: announcements, answers, telecallers.

They come from audio/simulation where it has them; whatever is missing is a
pattern of tones, so that the simulation works with no speech at all. Files for
Asterisk are written to a folder of the run.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ivr.simulation.tones import MARKS, RATE, Samples, mark_hz, sine, with_mark

ANNOUNCEMENT_NAMES = (
    "unallocated",
    "incomplete",
    "switched_off",
    "network_full",
    "busy",
    "voicemail",
)


def read_wav(file: Path | BinaryIO, *, name: str = "") -> Samples:
    """Return the samples of an 8 kHz mono 16-bit WAV file. Raises ValueError."""
    with wave.open(str(file) if isinstance(file, Path) else file, "rb") as sound:
        form = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
        if form != (RATE, 1, 2):
            raise ValueError(f"{name or file} is {form}, not 8 kHz, mono, 16 bit")
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def write_wav(file: Path, samples: Samples) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as sound:
        sound.setframerate(RATE)
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.writeframes(samples.astype("<i2").tobytes())


def make_announcements(source: Path, out: Path) -> None:
    """Put every announcement of the network into `out`."""
    for place, name in enumerate(ANNOUNCEMENT_NAMES):
        found = _first(source, (f"announcement-{name}", f"network-{name}", name))
        samples = read_wav(found) if found else _murmur(2.5, place)
        write_wav(out / f"{name}.wav", samples)


def make_telecallers(source: Path, out: Path, addresses: Sequence[str]) -> None:
    """Put each telecaller's endless speech, with their own mark, into `out`."""
    loops = sorted(source.glob("telecaller*.wav"))
    for place, address in enumerate(addresses):
        if loops:
            speech = read_wav(loops[place % len(loops)])
        else:
            speech = _murmur(4.0, place)
        # Beyond MARKS telecallers (a bench) marks repeat: nobody listens for them.
        mark = mark_hz(place % MARKS)
        write_wav(out / f"{address}.wav", with_mark(speech, mark))


def spoken_answers(source: Path) -> tuple[tuple[str, Samples], ...]:
    """Return what voters may say after a beep: name and samples of each."""
    found = sorted(source.glob("answer*.wav")) or sorted(source.glob("speech*.wav"))
    if found:
        return tuple((file.stem, read_wav(file)) for file in found)
    return tuple((f"murmur-{n}", _murmur(2.0 + n, n)) for n in range(3))


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    for name in names:
        file = folder / f"{name}.wav"
        if file.is_file():
            return file
    return None


def _murmur(seconds: float, place: int) -> Samples:
    """Return what stands for speech: a voice's low harmonics, rising and falling.

    Never still for more than a tenth of a second, and never one pure tone.
    """
    pitch = 110.0 + 15.0 * (place % 7)
    voice = sum(sine(pitch * n, seconds, 0.12 / n) for n in (1, 2, 3, 4, 5))
    t = np.arange(len(np.atleast_1d(voice))) / RATE
    swell = 0.65 + 0.35 * np.sin(2 * np.pi * 3.1 * t)
    return np.asarray(voice * swell, dtype=np.float64).astype(np.int16)
