"""Texts that look the same are the same."""

from __future__ import annotations

import pytest

from ivr.prompts.providers import tidy


@pytest.mark.parametrize("text", ["करोड़", "करोड\u093c", " करोड\u093c\n"])
def test_a_letter_with_its_dot_has_one_spelling(text: str) -> None:
    assert tidy(text) == "करोड\u093c"


def test_spaces_and_line_ends_are_one_space() -> None:
    assert tidy(" नमस्ते \n  जी ") == "नमस्ते जी"
