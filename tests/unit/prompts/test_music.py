"""The music on hold is gentle, has no seam, and is the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.prompts import levels, music


def test_the_music_is_soft_and_lasts_half_a_minute() -> None:
    loop = music.music()
    assert len(loop) == int(music.MUSIC_S * levels.PHONE_RATE)
    assert levels.loudness(loop) == pytest.approx(music.MUSIC_LUFS, abs=0.5)


def test_its_end_runs_into_its_beginning_without_a_click() -> None:
    loop = music.music()
    steps = np.abs(np.diff(loop))
    assert abs(loop[0] - loop[-1]) <= steps.max()


def test_it_never_falls_silent() -> None:
    loop = music.music()
    seconds = loop.reshape(-1, levels.PHONE_RATE)
    assert np.sqrt(np.mean(seconds**2, axis=1)).min() > 0.005
