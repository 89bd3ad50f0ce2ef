"""Reasons for a pause, each with a length beyond which it is told."""

from __future__ import annotations

from datetime import timedelta

from ivr.core.pauses import REASONS, is_over, reason_of


def test_reasons_are_named_in_both_languages_and_once() -> None:
    assert all(one.hi and one.en for one in REASONS)
    assert len({one.word for one in REASONS}) == len(REASONS)


def test_a_pause_is_over_after_its_reasons_limit() -> None:
    tea = reason_of("tea")
    assert tea is not None
    assert not is_over("tea", tea.limit)
    assert is_over("tea", tea.limit + timedelta(seconds=1))
    assert not is_over("अपना कारण", timedelta(days=1))
