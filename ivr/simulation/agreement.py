"""The two sides of a comparison, call by call, and what one check says.

A call is matched by its number and the order of attempts in time, since the
truth log knows nothing of Samvad's ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.core.call import Call
from ivr.core.model import Answer, Disposition, PhoneNumber
from ivr.simulation.lived import Lived

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, as Samvad stored it."""

    telecaller: str  # the softphone's address, as the carrier knows it
    joined_at: datetime
    parted_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownCall:
    """An attempt and all that Samvad stored of it."""

    call: Call
    disposition: Disposition | None
    answers: tuple[Answer, ...] = ()
    talks: tuple[Talk, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that has to agree: how many on each side, and some that do not."""

    name: str
    ok: bool
    expected: int
    found: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    lived: Lived
    known: KnownCall


@dataclass(frozen=True, slots=True)
class Matched:
    pairs: tuple[Pair, ...]
    unknown: tuple[Lived, ...]  # calls that Samvad has no attempt for
    unseen: tuple[KnownCall, ...]  # attempts that never reached the network


def match(lived: Sequence[Lived], calls: Sequence[KnownCall]) -> Matched:
    """Pair the calls of each number in the order of time."""
    waiting: dict[PhoneNumber, list[KnownCall]] = {}
    for known in sorted(calls, key=lambda k: k.call.placed_at):
        waiting.setdefault(known.call.number, []).append(known)
    pairs, unknown = [], []
    for one in sorted(lived, key=lambda one: one.invited_at):
        mine = waiting.get(one.number, [])
        found = next((k for k in mine if _may_be(one, k)), None)
        if found is None:
            unknown.append(one)
        else:
            mine.remove(found)
            pairs.append(Pair(one, found))
    unseen = tuple(known for rest in waiting.values() for known in rest)
    return Matched(tuple(pairs), tuple(unknown), unseen)


def _may_be(lived: Lived, known: KnownCall) -> bool:
    if lived.samvad_call:
        return lived.samvad_call == known.call.call_id
    call = known.call
    slack = timedelta(seconds=1)
    began = call.placed_at <= lived.invited_at + slack
    return began and (
        call.ended_at is None or lived.invited_at <= call.ended_at + slack
    )


def line(
    name: str, expected: int, found: int, wrong: Iterable[str], *, ok: bool = True
) -> CheckLine:
    examples = tuple(wrong)
    fine = ok and not examples and expected == found
    return CheckLine(name, fine, expected, found, examples[:EXAMPLES])
