from __future__ import annotations

import pytest

from ivr.core.spoken import MAX_NOTE, is_recording, note_of
from ivr.errors import BadInput


def test_a_note_keeps_its_lines_and_loses_what_hangs_over():
    assert note_of("  पानी नहीं आता  \r\n गली चार \n") == "पानी नहीं आता\n गली चार"


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MAX_NOTE + 1), "a\x00b", "a\x1bb"])
def test_a_note_that_says_nothing_readable_is_refused(text: str):
    with pytest.raises(BadInput):
        note_of(text)


@pytest.mark.parametrize("file", ["1764049.7-idea-1.wav", "c000123-suggestion.wav"])
def test_names_of_recordings(file: str):
    assert is_recording(file)


@pytest.mark.parametrize(
    "file",
    ["", ".wav", "../x.wav", "a/../b.wav", "/etc/passwd", "a..wav", "a.wav\n", "x.mp3"],
)
def test_a_name_that_leads_elsewhere_is_none(file: str):
    assert not is_recording(file)
