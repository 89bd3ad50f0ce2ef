"""`SqlPractices`: what telecallers practised (controller.practice_ports)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, RowMapping, func, select

from ivr.core.model import TelecallerId
from ivr.core.practice import Practice, PracticeEnd
from ivr.core.results import Words
from ivr.store.practice_tables import practices
from ivr.store.store import SqlStore
from ivr.store.upsert import insert_or_update

_LATER = (
    "ended_at",
    "noted_at",
    "ended_by",
    "lines_heard",
    "first_word_s",
    "spoke_s",
    "heard_s",
    "answers",
    "outcome",
    "notes",
)
_KEEP = insert_or_update(
    practices, lambda new: {name: new.excluded[name] for name in _LATER}
)


class SqlPractices:
    """On the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def keep(self, practice: Practice) -> None:
        await self._store.change(_keep, practice)

    async def of(
        self, telecallers: Collection[TelecallerId], limit: int
    ) -> list[Practice]:
        return await self._store.read(_of, tuple(telecallers), limit)


def _keep(connection: Connection, practice: Practice) -> None:
    row = {
        "practice_id": practice.practice_id,
        "telecaller_id": practice.telecaller_id,
        "scenario_id": practice.scenario_id,
        "title_hi": practice.title.hi,
        "title_en": practice.title.en,
        "began_at": practice.began_at,
        "ended_at": practice.ended_at,
        "noted_at": practice.noted_at,
        "ended_by": str(practice.ended_by or ""),
        "lines": practice.lines,
        "lines_heard": practice.lines_heard,
        "first_word_s": practice.first_word_s,
        "spoke_s": practice.spoke_s,
        "heard_s": practice.heard_s,
        "expected": dict(practice.expected),
        "answers": dict(practice.answers),
        "expected_outcome": practice.expected_outcome,
        "outcome": practice.outcome,
        "notes": practice.notes,
    }
    connection.execute(_KEEP.on(connection), row)


def _of(
    connection: Connection, telecallers: tuple[TelecallerId, ...], limit: int
) -> list[Practice]:
    c = practices.c
    place = func.row_number().over(
        partition_by=c.telecaller_id, order_by=(c.began_at.desc(), c.practice_id.desc())
    )
    numbered = (
        select(c.practice_id, place.label("place"))
        .where(c.telecaller_id.in_(telecallers), c.ended_at.is_not(None))
        .subquery()
    )
    query = (
        select(practices)
        .join(numbered, numbered.c.practice_id == c.practice_id)
        .where(numbered.c.place <= limit)
        .order_by(c.began_at.desc(), c.practice_id.desc())
    )
    return [_practice(row) for row in connection.execute(query).mappings()]


def _practice(row: RowMapping) -> Practice:
    return Practice(
        practice_id=row["practice_id"],
        telecaller_id=TelecallerId(row["telecaller_id"]),
        scenario_id=row["scenario_id"],
        title=Words(row["title_hi"], row["title_en"]),
        began_at=row["began_at"],
        lines=row["lines"],
        expected=row["expected"],
        expected_outcome=row["expected_outcome"],
        ended_at=row["ended_at"],
        ended_by=PracticeEnd(row["ended_by"]) if row["ended_by"] else None,
        first_word_s=row["first_word_s"],
        spoke_s=row["spoke_s"],
        heard_s=row["heard_s"],
        lines_heard=row["lines_heard"],
        answers=row["answers"],
        outcome=row["outcome"],
        notes=row["notes"],
        noted_at=row["noted_at"],
    )
