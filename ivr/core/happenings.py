"""What other software may be told of, whom it concerns, and when to try again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from ivr.core.model import CentreCode, PhoneNumber, masked
from ivr.core.organisation import Tree, belongs_to, path

HookId = NewType("HookId", str)
# From one try to the next; after the last the delivery is dead: about a day in all.
DELAYS_S = (10, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
JITTER = 0.2  # either way, so that those held up together come back apart


class HappeningKind(StrEnum):
    CALL_ENDED = "call_ended"
    ANSWER_GIVEN = "answer_given"
    OPT_OUT = "opt_out"
    CAMPAIGN_FINISHED = "campaign_finished"
    JOURNAL_ROOT = "journal_root"  # what stands for the record of a day that is over


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `centres`: whose matter; empty: the whole's."""

    kind: HappeningKind
    at: datetime
    centres: tuple[CentreCode, ...] = ()
    number: PhoneNumber | None = None
    facts: Mapping[str, str | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that is told of happenings of a centre and what lies under it."""

    hook_id: HookId
    name: str
    url: str
    user_id: str  # who made it
    centre: CentreCode
    kinds: frozenset[HappeningKind]
    has_numbers: bool  # False: numbers are masked
    made_at: datetime
    is_active: bool = True


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # tried as often as we do, or its hook was ended


def concerns(hook: Hook, happening: Happening, tree: Tree) -> bool:
    """Say whether a hook is told: only of what is wholly of its own centre."""
    if not hook.is_active or happening.kind not in hook.kinds:
        return False
    if not happening.centres:
        return hook.centre in belongs_to(None, tree)
    return all(
        code in tree and hook.centre in path(code, tree) for code in happening.centres
    )


def told(happening: Happening, event_id: str, has_numbers: bool) -> dict[str, object]:
    """Return what is sent."""
    number = happening.number
    if number is not None and not has_numbers:
        number = PhoneNumber(masked(number))
    return {
        "event_id": event_id,
        "kind": str(happening.kind),
        "at": happening.at.isoformat(),
        "centres": list(happening.centres),
        "number": number,
        "data": dict(happening.facts),
    }


def next_try(tries: int, chance: float) -> timedelta | None:
    """Return how long to wait after `tries` failures; None: no more.

    `chance`: 0 to 1, drawn by the caller.
    """
    if tries > len(DELAYS_S):
        return None
    return timedelta(seconds=DELAYS_S[tries - 1] * (1 + JITTER * (2 * chance - 1)))
