from __future__ import annotations

import numpy as np
import pytest

from ivr.simulation.hearing import BLOCK, Block, Ear
from ivr.simulation.tones import (
    DTMF,
    MARKS,
    RATE,
    Samples,
    key_tones,
    mark_hz,
    sine,
    with_mark,
)

ALL_MARKS = [mark_hz(n) for n in range(MARKS)]
EAR = Ear(ALL_MARKS)


def _voice(seconds: float, pitch: float = 140.0, seed: int = 1) -> Samples:
    """A vowel with a moving pitch, and a little breath."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    turn = (
        2 * np.pi * np.cumsum(pitch * (1 + 0.15 * np.sin(2 * np.pi * 2.3 * t))) / RATE
    )
    voice = sum(np.sin(n * turn) * 3000 / n for n in range(1, 18))
    return (voice + rng.normal(0, 60, len(t))).astype(np.int16)


def _blocks(samples: Samples) -> list[Block]:
    whole = len(samples) // BLOCK * BLOCK
    return [EAR.judge(part) for part in samples[:whole].reshape(-1, BLOCK)]


def test_silence_and_faint_hiss_are_no_sound() -> None:
    hiss = np.random.default_rng(1).normal(0, 40, RATE).astype(np.int16)
    assert not any(block.is_sound for block in _blocks(hiss))


def test_a_voice_is_sound_and_neither_beep_nor_telecaller() -> None:
    for seed, pitch in enumerate((110, 160, 220, 260)):
        blocks = _blocks(_voice(3.0, pitch, seed))
        assert all(block.is_sound for block in blocks)
        # A harmonic may pass by in one block; a phone wants three of five.
        assert sum(bool(block.marks) for block in blocks) < 0.1 * len(blocks)
        assert not any(block.is_tone for block in blocks)


@pytest.mark.parametrize("place", range(MARKS))
def test_a_telecaller_is_known_by_the_mark_under_the_voice(place: int) -> None:
    marked = with_mark(_voice(3.0), mark_hz(place))
    heard = [block.marks for block in _blocks(marked)]
    assert sum(marks == {place} for marks in heard) > 0.9 * len(heard)
    assert all(marks <= {place} for marks in heard)


def test_two_telecallers_at_once_are_both_heard() -> None:
    both = with_mark(with_mark(_voice(2.0), mark_hz(3)), mark_hz(4))
    heard = [block.marks for block in _blocks(both)]
    assert sum(marks == {3, 4} for marks in heard) > 0.9 * len(heard)


@pytest.mark.parametrize("offset", range(0, BLOCK, 160))
def test_a_beep_is_heard_wherever_it_falls(offset: int) -> None:
    beep = sine(1000, 0.2, 0.12).astype(np.int16)
    quiet = np.zeros(BLOCK, np.int16)
    blocks = _blocks(np.concatenate([np.zeros(offset, np.int16), beep, quiet]))
    assert any(block.is_tone for block in blocks)


@pytest.mark.parametrize("key", DTMF)
def test_a_key_is_no_beep(key: str) -> None:
    assert not any(block.is_tone for block in _blocks(key_tones(key, seconds=0.5)))


def test_a_marked_loop_can_be_repeated_without_a_click() -> None:
    loop = with_mark(np.zeros(RATE * 2 + 123, np.int16), mark_hz(7))
    twice = np.concatenate([loop, loop]).astype(float)
    step = np.abs(np.diff(twice))
    assert step[len(loop) - 1] <= step[: len(loop) - 1].max() + 2


def test_only_so_many_telecallers_can_be_told_apart() -> None:
    with pytest.raises(ValueError, match="told apart"):
        mark_hz(MARKS)
