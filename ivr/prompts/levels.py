"""Makes any speech fit for the telephone: 8 kHz, one channel, one loudness.

Does not know where the samples come from. Loudness follows ITU-R BS.1770-4 (LUFS)
with the gates of EBU R 128; the telephone band ends at 3.4 kHz (ITU-T G.712).
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ivr.errors import BadInput

Samples = NDArray[np.float32]

PHONE_RATE = 8000
BAND_HZ = 3400.0
TARGET_LUFS = -23.0
CEILING_DB = -2.0  # true peak: A-law and a codec after it still have room
# Part of every clip's settings: raise it when this file changes the sound.
VERSION = 1

_BLOCK_S = 0.4  # BS.1770: gating blocks of 400 ms, a quarter apart
_QUIET_DB = -42.0  # below the loudest 10 ms: silence
_FADE_S = 0.008


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound as it came: floats between -1 and 1, one channel."""

    samples: Samples
    rate: int


@dataclass(frozen=True, slots=True)
class Margins:
    """Silence left around the sound. Joined clips need less of it."""

    head_s: float = 0.08
    tail_s: float = 0.12


WHOLE = Margins()
JOINED = Margins(head_s=0.03, tail_s=0.06)  # numbers, names: spoken in a row


def for_phone(
    speech: Speech, margins: Margins = WHOLE, target_lufs: float = TARGET_LUFS
) -> Samples:
    """Return the speech at 8 kHz, trimmed, levelled and limited."""
    narrow = resample(speech.samples, speech.rate)
    return level(trim(narrow, margins), target_lufs)


def resample(samples: Samples, rate: int, to_rate: int = PHONE_RATE) -> Samples:
    """Return `samples` at `to_rate`, without what lies above the phone's band.

    A Kaiser-windowed sinc, 80 dB down at half the new rate; one row of
    coefficients for each phase of the ratio.
    """
    if len(samples) == 0:
        return np.zeros(0, np.float32)
    divisor = int(np.gcd(rate, to_rate))
    up, down = to_rate // divisor, rate // divisor
    stop_hz = min(rate, to_rate) / 2
    pass_hz = min(BAND_HZ, stop_hz * 0.85)
    cut = (pass_hz + stop_hz) / 2 / rate
    half = int(np.ceil(2.6 / ((stop_hz - pass_hz) / rate)))
    offsets = np.arange(-half, half + 1)
    shifts = offsets[None, :] - (np.arange(up) / up)[:, None]
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (shifts / (half + 1)) ** 2, 0, None)))
    table = 2 * cut * np.sinc(2 * cut * shifts) * window / np.i0(8.0)
    table /= table.sum(axis=1, keepdims=True)
    return _convolve_phases(samples, table.astype(np.float32), up=up, down=down)


def _convolve_phases(
    samples: Samples, table: Samples, *, up: int, down: int
) -> Samples:
    taps = table.shape[1]
    padded = np.pad(samples.astype(np.float32), (taps // 2, taps // 2 + 1))
    windows = sliding_window_view(padded, taps)
    count = len(samples) * up // down
    out = np.empty(count, np.float32)
    for start in range(0, count, 8192):
        ticks = np.arange(start, min(start + 8192, count)) * down
        out[start : start + len(ticks)] = np.einsum(
            "ij,ij->i", windows[ticks // up], table[ticks % up]
        )
    return out


def trim(samples: Samples, margins: Margins = WHOLE) -> Samples:
    """Cut the silence at both ends, then put back a known margin of it."""
    frame = PHONE_RATE // 100
    count = len(samples) // frame
    if count == 0:
        raise BadInput("the sound is empty", remedy="check the voice that made it")
    energy = np.sqrt(np.mean(samples[: count * frame].reshape(count, -1) ** 2, axis=1))
    if energy.max() < 1e-4:
        raise BadInput("the sound is silence", remedy="check the voice that made it")
    loud = np.flatnonzero(energy > energy.max() * 10 ** (_QUIET_DB / 20))
    # A soft consonant starts below the threshold: keep one more frame on each side.
    start = max(0, int(loud[0]) - 1) * frame
    end = min(count, int(loud[-1]) + 3) * frame
    sound = samples[start:end].copy()
    ramp = np.linspace(0, 1, int(_FADE_S * PHONE_RATE), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[-len(ramp) :] *= ramp[::-1]
    return np.pad(
        sound,
        (int(margins.head_s * PHONE_RATE), int(margins.tail_s * PHONE_RATE)),
    )


def level(samples: Samples, target_lufs: float = TARGET_LUFS) -> Samples:
    """Bring to `target_lufs`, holding true peaks under the ceiling.

    Limiting takes loudness away, so the gain is set twice more after it.
    """
    out = samples
    for _ in range(3):
        gain = 10 ** ((target_lufs - loudness(out)) / 20)
        out = limit((out * gain).astype(np.float32))
    return out


def loudness(samples: Samples, rate: int = PHONE_RATE) -> float:
    """Return the integrated loudness in LUFS.

    A sound shorter than one block is measured whole, its silent margins left out.
    """
    weighted = _k_weighted(samples, rate)
    block = int(_BLOCK_S * rate)
    if len(weighted) < 2 * block:
        heard = np.flatnonzero(np.abs(samples) > 1e-4)
        weighted = weighted[heard[0] : heard[-1] + 1] if len(heard) else weighted
        block = min(block, max(len(weighted), 1))
    step = max(block // 4, 1)
    power = np.mean(sliding_window_view(weighted, block)[::step] ** 2, axis=1)
    power = power[_lufs(power) > -70.0]  # absolute gate
    if len(power) == 0:
        return -70.0
    gate = _lufs(np.mean(power, keepdims=True))[0] - 10.0  # relative gate
    return float(_lufs(np.mean(power[_lufs(power) > gate], keepdims=True))[0])


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return -0.691 + 10 * np.log10(power + 1e-12)


def _k_weighted(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Apply the two filters of BS.1770 by their response, in the spectrum."""
    size = len(samples) + rate // 10
    spectrum = np.fft.rfft(samples.astype(np.float64), size)
    # The standard gives coefficients at 48 kHz: read them off at our frequencies.
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / rate) / 48000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (
        1 - 1.99004745483398 * z + 0.99007225036621 * z**2
    )
    filtered: NDArray[np.float64] = np.fft.irfft(spectrum * shelf * high_pass, size)
    return filtered[: len(samples)]


def true_peak(samples: Samples) -> float:
    """Return the highest point of the wave between the samples too (4 x)."""
    if len(samples) == 0:
        return 0.0
    spectrum = np.fft.rfft(samples.astype(np.float64))
    fine = np.fft.irfft(spectrum, 4 * len(samples)) * 4
    return float(max(np.abs(fine).max(), np.abs(samples).max()))


def limit(samples: Samples, ceiling_db: float = CEILING_DB) -> Samples:
    """Turn down the loudest moments, 5 ms around each, to stay under the ceiling."""
    ceiling = 10 ** (ceiling_db / 20)
    if true_peak(samples) <= ceiling:
        return samples
    reach = PHONE_RATE // 200
    safe = ceiling * 0.92  # between two samples the wave may rise above both
    wanted = np.minimum(1.0, safe / np.maximum(np.abs(samples), 1e-9))
    lowest = sliding_window_view(np.pad(wanted, reach, mode="edge"), 2 * reach + 1).min(
        axis=1
    )
    smooth = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(
        np.pad(lowest, reach, mode="edge"), smooth / smooth.sum(), "valid"
    )
    limited = (samples * gain).astype(np.float32)
    peak = true_peak(limited)
    return (
        limited if peak <= ceiling else (limited * (ceiling / peak)).astype(np.float32)
    )


def wav_bytes(samples: Samples, rate: int = PHONE_RATE) -> bytes:
    """Return a WAV file: 16 bit, one channel, nothing but the sound."""
    pcm = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm.tobytes())
    return buffer.getvalue()


def read_wav(source: Path | bytes) -> Speech:
    """Read a WAV file of 16 or 24 bits, one or two channels, at any rate."""
    name = str(source) if isinstance(source, Path) else "sound"
    stream = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    try:
        with wave.open(stream, "rb") as wav:
            width, channels, rate = (
                wav.getsampwidth(),
                wav.getnchannels(),
                wav.getframerate(),
            )
            raw = wav.readframes(wav.getnframes())
    except (wave.Error, EOFError, OSError) as exc:
        raise BadInput(
            f"not a readable WAV file: {exc}",
            where=name,
            remedy="save it as WAV, PCM 16 bit",
        ) from exc
    samples = _from_pcm(raw, width, name)
    mono = samples.reshape(-1, channels).mean(axis=1).astype(np.float32)
    return Speech(mono, rate)


def _from_pcm(raw: bytes, width: int, name: str) -> Samples:
    if width == 2:
        return np.frombuffer(raw, "<i2").astype(np.float32) * np.float32(2.0**-15)
    if width == 3:
        triples = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(triples), 4), np.uint8)
        wide[:, 1:] = triples
        whole = np.frombuffer(wide.tobytes(), "<i4")
        return whole.astype(np.float32) * np.float32(2.0**-31)
    raise BadInput(
        f"{8 * width} bit samples", where=name, remedy="save it as WAV, PCM 16 bit"
    )
