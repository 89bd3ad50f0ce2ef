"""What is spoken into a trial call is gone with it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from ivr.cli.voters_lines import forget_spoken


def test_only_what_was_spoken_into_that_call_is_deleted(tmp_path: Path) -> None:
    for name in ("t-1a-1-2.wav", "t-1a-1-3.wav", "t-1a-12-2.wav", "notes.txt"):
        (tmp_path / name).touch()
    forget_spoken(tmp_path, "t-1a-1")
    assert {file.name for file in tmp_path.iterdir()} == {"t-1a-12-2.wav", "notes.txt"}
    forget_spoken(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
