"""Why telecallers pause, and for how long each reason usually lasts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PauseReason:
    word: str  # kept with the desk's states
    hi: str
    en: str
    limit: timedelta  # beyond it the desk and the floor say so


REASONS = (
    PauseReason("tea", "चाय", "Tea", timedelta(minutes=15)),
    PauseReason("meal", "भोजन", "Meal", timedelta(minutes=45)),
    PauseReason("personal", "निजी काम", "Personal", timedelta(minutes=10)),
    PauseReason("training", "प्रशिक्षण", "Training", timedelta(hours=2)),
    PauseReason("meeting", "बैठक", "Meeting", timedelta(hours=1)),
    PauseReason(
        "technical", "तकनीकी समस्या", "Technical trouble", timedelta(minutes=30)
    ),
)
_BY_WORD = {reason.word: reason for reason in REASONS}


def reason_of(word: str) -> PauseReason | None:
    """Return a listed reason; None for what somebody wrote themselves."""
    return _BY_WORD.get(word)


def is_over(word: str, lasted: timedelta) -> bool:
    """Say whether a pause has lasted longer than its reason allows."""
    reason = _BY_WORD.get(word)
    return reason is not None and lasted > reason.limit
