"""Spoken answers and what was noted of them, as values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ivr.errors import BadInput

MAX_NOTE = 2_000  # letters
# What asterisk/line.py names a recording: the call's id, the node, a number. Nothing
# else is ever opened, whatever a row says.
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.wav")


@dataclass(frozen=True, slots=True)
class SpokenNote:
    at: datetime
    noted_by: str  # user id
    note: str


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """One recording, and where its speaker lives. Nobody's name or number."""

    call_id: str
    seq: int
    node: str
    file: str
    length: str  # "12.3 s"
    at: datetime | None
    centre: str | None
    district: str
    schemes: str
    notes: tuple[SpokenNote, ...] = ()  # the newest first


def note_of(text: str) -> str:
    """Return a note as it is kept. Raises BadInput."""
    clean = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not clean:
        raise BadInput("the note is empty", remedy="write what was said")
    if len(clean) > MAX_NOTE:
        raise BadInput(f"the note is longer than {MAX_NOTE} letters")
    if any(ord(letter) < 32 and letter != "\n" for letter in clean):
        raise BadInput("the note has letters that nobody can read")
    return clean


def is_recording(file: str) -> bool:
    """Say whether a name is that of a recording of ours, and leads nowhere else."""
    return FILE.fullmatch(file) is not None and ".." not in file
