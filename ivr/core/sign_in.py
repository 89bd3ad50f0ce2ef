"""When a name may try to sign in again after failures, and what a password must be.

Pure. The wait doubles from the fifth failure on, so that guessing takes years and a
telecaller who mistyped waits half a minute. An hour without a try forgets them.
OWASP, Authentication Cheat Sheet (exponential lock-out); NIST SP 800-63B 5.1.1.2
(length over composition, Unicode allowed).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=1)  # beyond the wait itself
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200  # letters: hashing must stay cheap


@dataclass(frozen=True, slots=True)
class Tries:
    """Failures of one name in a row."""

    failed: int = 0
    last_at: datetime | None = None


def wait_after(failed: int) -> timedelta:
    """Return how long a name is held after so many failures in a row."""
    if failed < FREE_TRIES:
        return timedelta()
    doublings = min(failed - FREE_TRIES, 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def held_until(tries: Tries, now: datetime) -> datetime | None:
    """Return when the name may try again, or None for at once."""
    if tries.last_at is None:
        return None
    until = tries.last_at + wait_after(tries.failed)
    return until if until > now else None


def failed(tries: Tries, now: datetime) -> Tries:
    """Return the tries after one more failure."""
    if tries.last_at is not None:
        forgotten = tries.last_at + wait_after(tries.failed) + FORGOTTEN_AFTER
        if now >= forgotten:
            tries = Tries()
    return Tries(tries.failed + 1, now)


def normalised(password: str) -> str:
    """Return the password as it is hashed: one form for the same letters."""
    return unicodedata.normalize("NFC", password)


def password_problem(password: str, user_id: str) -> str | None:
    """Return why a password will not do, as a message id, or None."""
    if len(normalised(password)) < SHORTEST_PASSWORD:
        return "too_short"
    if len(password) > LONGEST_PASSWORD:
        return "too_long"
    if user_id and user_id.lower() in password.lower():
        return "has_the_name"
    if len(set(password)) < 4:
        return "too_few_letters"
    return None
