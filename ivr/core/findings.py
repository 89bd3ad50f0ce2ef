"""What a check says: one finding for each thing looked at, with what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"  # works, but somebody should know
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check: what was looked at, how it is, what to do."""

    what: str
    verdict: Verdict
    said: str
    remedy: str = ""


def ok(what: str, said: str) -> Finding:
    return Finding(what, Verdict.OK, said)


def note(what: str, said: str, remedy: str = "") -> Finding:
    return Finding(what, Verdict.NOTE, said, remedy)


def wrong(what: str, said: str, remedy: str) -> Finding:
    return Finding(what, Verdict.WRONG, said, remedy)
