"""Erasure in two stages, as values. Pure.

First, at once: the number is never called again, and what tells who the person is
leaves the ordinary tables for a sealed paper. Then, a year later, its key is destroyed.
For ever stays a keyed hash of the number, so that no list brings the person back.
DPDP Act 2023 s.12, Rules 2025 r.8(3): personal data and logs are kept for at least one
year, and erased afterwards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.core.model import CentreCode, PhoneNumber
from ivr.errors import BadInput

MAX_REASON = 500
TARGET = timedelta(days=7)  # a request is answered by then
ALARM = timedelta(days=30)
LEAST_DAYS = 365  # r.8(3): no setting may be shorter
# After a call its telecaller may still write notes; then it is quiet.
QUIET = timedelta(minutes=15)
# Who is erased has a number that nobody can have: Pune's code, and no subscriber.
STAND_IN = "+91200"
MOST = 9_999_999
CHOSEN_KEYS = 2  # so many keys choose something; more may be a number of somebody's


class ErasureState(StrEnum):
    ASKED = "asked"  # never called any more; a call or its notes are not over yet
    MASKED = "masked"  # only in the sealed paper
    DONE = "done"  # its key is destroyed


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person's wish, and how far it is."""

    request_id: int
    state: ErasureState
    shown: str  # 98•••••345; "" once it is done
    reason: str
    asked_by: str  # user id
    asked_at: datetime
    centre: CentreCode | None = None  # whose person it was
    masked_at: datetime | None = None
    done_at: datetime | None = None
    recordings: tuple[str, ...] = ()  # names of what the person said

    @property
    def stand_in(self) -> PhoneNumber:
        return PhoneNumber(f"{STAND_IN}{self.request_id:07d}")

    @property
    def paper(self) -> str:
        """Return the name of the key that seals what was taken away."""
        return f"erasure-{self.request_id}"

    def ends_at(self, stage2: timedelta) -> datetime | None:
        """Return when its key is to be destroyed; None: not masked yet, or done."""
        if self.state is not ErasureState.MASKED or self.masked_at is None:
            return None
        return self.masked_at + stage2

    def days_left(self, now: datetime) -> int:
        """Return the days until it should be answered; below 0: it is late."""
        return (self.asked_at + TARGET - now).days

    def is_late(self, now: datetime) -> bool:
        return self.state is ErasureState.ASKED and now > self.asked_at + TARGET

    def is_alarming(self, now: datetime) -> bool:
        return self.state is ErasureState.ASKED and now > self.asked_at + ALARM


class NumberKey:
    """Makes the hashes by which erased numbers are known. The key is a secret."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"samvad erased {secret}".encode()).digest()
        self.key_id = self._hash("which key this is", 4)

    def of(self, number: str) -> str:
        """Return the number's hash: without the key nobody can try all numbers."""
        return self._hash(number, 20)

    def _hash(self, text: str, size: int) -> str:
        return hashlib.blake2b(
            text.encode(), key=self._key, digest_size=size
        ).hexdigest()


def is_stand_in(number: str) -> bool:
    return number.startswith(STAND_IN)


def reason_of(text: str) -> str:
    """Return the reason as it is kept. Raises BadInput."""
    clean = " ".join(text.split())
    if not clean or not clean.isprintable():
        raise BadInput("an erasure needs a reason", remedy="who asked for it, and how")
    if len(clean) > MAX_REASON:
        raise BadInput(f"the reason is longer than {MAX_REASON} letters")
    return clean


def is_chosen(kind: str, value: str) -> bool:
    """Say whether an answer tells only what was chosen, and may stay to be counted.

    Digits and sound may tell who somebody is, and so may what a telecaller wrote.
    """
    return kind in ("key", "rating") and len(value) <= CHOSEN_KEYS
