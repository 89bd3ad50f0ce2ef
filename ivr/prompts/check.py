"""Compares finished audio with its manifest: form, level, length, nothing changed."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

from ivr.prompts import levels, manifest
from ivr.prompts.manifest import ClipRecord

LEVEL_TOLERANCE_LU = 1.5
LONGEST_S = 15.0  # nobody listens longer without a pause


def faults(folder: Path) -> list[str]:
    """Return what is wrong with the clips of `folder`, in words; [] when nothing is."""
    records = manifest.load(folder / manifest.FILE)
    return [
        f"{record.file}: {fault}"
        for record in records.values()
        for fault in _faults_of(record, folder.parent / record.file)
    ]


def _faults_of(record: ClipRecord, path: Path) -> Iterator[str]:
    if not path.is_file():
        yield "the file is missing"
        return
    content = path.read_bytes()
    if manifest.sha256(content) != record.audio_sha256:
        yield "the file is not the one that was built"
    with wave.open(str(path), "rb") as wav:
        form = (wav.getframerate(), wav.getnchannels(), wav.getsampwidth())
    if form != (levels.PHONE_RATE, 1, 2):
        yield f"{form[0]} Hz, {form[1]} channels, {8 * form[2]} bit; wanted 8000, 1, 16"
        return
    sound = levels.read_wav(content).samples
    loud = levels.loudness(sound)
    if abs(loud - levels.TARGET_LUFS) > LEVEL_TOLERANCE_LU:
        yield f"{loud:.1f} LUFS; wanted {levels.TARGET_LUFS:g}"
    if levels.true_peak(sound) > 10 ** ((levels.CEILING_DB + 0.5) / 20):
        yield "its peaks are too high"
    if len(sound) > LONGEST_S * levels.PHONE_RATE:
        yield f"longer than {LONGEST_S:g} s: split the text"
