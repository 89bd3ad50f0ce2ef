"""Opinions are shown by whole blocks of 20 people or more, made once. Pure.

Every voice (one person's answer to one question) goes into one block of that
question, and stays there. Whatever a reader selects, whenever they look, is a sum of
whole blocks; so the difference of any two views is one as well: nobody, or at least
LEAST_OPINIONS people. docs/decisions/016-opinions-in-blocks.md tells more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ivr.core.model import CentreCode
from ivr.core.organisation import Tree, path
from ivr.core.withholding import LEAST_OPINIONS

# Where somebody hung up tells what they had answered, if the flow went there by an
# answer. So it goes into blocks as well, as if it were a question that everybody who
# picks up answers: with the prompt, or with "" by who stayed.
LEFT = "@left"


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's answer to one question that is in no block yet."""

    contact_id: int
    centre: str | None
    district: str
    schemes: str  # as the contact has them: words with a space between
    at: datetime  # when the call was placed


@dataclass(frozen=True, slots=True)
class Block:
    """People whose answers are shown together; None: they differ in it."""

    centre: str | None  # under which all of them live
    district: str | None
    schemes: str | None  # those that all of them have; "": none of them has any
    first_at: datetime
    last_at: datetime
    people: tuple[int, ...]  # contact ids


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """How far the store's `catch_up` came: ask again, from `seen_to`, unless done."""

    seen_to: datetime | None
    is_done: bool
    blocks: int = 0  # made just now


Key = Callable[[Voice], object]


@dataclass(frozen=True, slots=True)
class Level:
    """What the people of a block have in common, and how long a voice waits for it."""

    common: Key
    patience: timedelta  # since the oldest voice that waits


# A voice waits for others like it; after a while it takes less alike company.
LEVELS: tuple[Level, ...] = (
    Level(lambda v: (v.centre, v.district, v.schemes), timedelta()),
    Level(lambda v: (v.centre, v.district, _main_scheme(v)), timedelta(minutes=30)),
    Level(lambda v: (v.centre, v.district), timedelta(hours=1)),
    Level(lambda v: v.centre, timedelta(hours=2)),
    Level(lambda v: None, timedelta(hours=3)),
)


def blocks_of(
    waiting: Iterable[Voice],
    tree: Tree,
    zone: tzinfo,
    now: datetime | None,
) -> list[Block]:
    """Return the blocks that can be made; `now` None: nobody else will come."""
    left, made = list(waiting), list[Sequence[Voice]]()
    for level in LEVELS:
        groups: dict[object, list[Voice]] = {}
        for voice in left:
            groups.setdefault(level.common(voice), []).append(voice)
        left = []
        for group in groups.values():
            if len(group) < LEAST_OPINIONS or not _is_time(group, level, now):
                left += group
                continue
            made += _by_days(group, zone)
    return [_block(voices, tree) for voices in made]


def _is_time(group: Sequence[Voice], level: Level, now: datetime | None) -> bool:
    return now is None or now - min(v.at for v in group) >= level.patience


def _by_days(group: Sequence[Voice], zone: tzinfo) -> list[list[Voice]]:
    """Split by the day where each part is large enough, so that days can be chosen."""
    days: dict[date, list[Voice]] = {}
    for voice in group:
        days.setdefault(voice.at.astimezone(zone).date(), []).append(voice)
    parts: list[list[Voice]] = []
    rest: list[Voice] = []
    for day in sorted(days):
        rest += days[day]
        if len(rest) >= LEAST_OPINIONS:
            parts.append(rest)
            rest = []
    if rest:  # too few for a part of their own: the last part takes them along
        parts[-1] += rest
    return parts


def _main_scheme(voice: Voice) -> str:
    return voice.schemes.split()[0] if voice.schemes else ""


def _block(voices: Sequence[Voice], tree: Tree) -> Block:
    districts = {v.district for v in voices}
    return Block(
        centre=_above_all({v.centre for v in voices}, tree),
        district=districts.pop() if len(districts) == 1 else None,
        schemes=_shared_schemes(voices),
        first_at=min(v.at for v in voices),
        last_at=max(v.at for v in voices),
        people=tuple(sorted(v.contact_id for v in voices)),
    )


def _shared_schemes(voices: Sequence[Voice]) -> str | None:
    tags = [frozenset(v.schemes.split()) for v in voices]
    if not any(tags):
        return ""
    return " ".join(sorted(tags[0].intersection(*tags[1:]))) or None


def _above_all(centres: set[str | None], tree: Tree) -> str | None:
    """Return the nearest centre under which all of them lie; None: there is none."""
    lines = [path(CentreCode(c), tree) if c else () for c in _in_order(centres)]
    shared = set(lines[0]).intersection(*lines[1:])
    return next((code for code in lines[0] if code in shared), None)


def _in_order(centres: set[str | None]) -> list[str | None]:
    return sorted(centres, key=lambda code: (code is not None, code or ""))
