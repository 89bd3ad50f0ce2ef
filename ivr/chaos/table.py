"""The promise table: per fault kind and promise, how much was looked at, and what was
not as promised. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ivr.chaos.facts import Facts, Span
from ivr.chaos.kinds import SHAPES, Kind
from ivr.chaos.promises import JOURNAL, PROMISES, Item
from ivr.chaos.silences import longest_s
from ivr.simulation.agreement import KnownCall
from ivr.simulation.lived import Lived

FIGURES = re.compile(r"[0-9.]+|(?<= at )\w+")
BEFORE = timedelta(seconds=10)  # a fault this long before may still have to do with it


@dataclass(frozen=True, slots=True)
class Cell:
    """Of one kind of fault and one promise."""

    checked: int = 0
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    kind: Kind | None  # None: of the whole run
    faults: int
    cells: Mapping[int, Cell]
    worst_recovery_s: float | None = None
    dropped: int = 0  # calls of people on the line that we ended before their flow did
    silence_s: float = 0.0  # the longest of ours, in one call


def rows(facts: Facts, judged: Mapping[int, Sequence[Item]]) -> list[Row]:
    """Return a row for each kind that came, then one for the whole run.

    What was looked at counts for each kind of fault near it in time.
    """
    found: list[Row] = []
    for kind in Kind:
        spans = [one.span for one in facts.broken if one.fault.kind is kind]
        if not spans:
            continue
        near = {
            number: [
                item
                for item in items
                if any(s.touches(item.since - BEFORE, item.until) for s in spans)
            ]
            for number, items in judged.items()
        }
        calls = [one for one in facts.lived if _is_near(one, spans)]
        worst = _worst(facts, kind)
        found.append(Row(kind, len(spans), _cells(near), worst, *_harm(facts, calls)))
    whole = _harm(facts, facts.lived)
    found.append(Row(None, len(facts.broken), _cells(judged), _worst(facts), *whole))
    return found


def _is_near(lived: Lived, spans: Sequence[Span]) -> bool:
    until = lived.ended_at or lived.last_heard_at or lived.invited_at
    return any(span.touches(lived.invited_at - BEFORE, until) for span in spans)


def _harm(facts: Facts, calls: Sequence[Lived]) -> tuple[int, float]:
    """Return how many calls were dropped, and the longest silence in one."""
    people = [one for one in calls if one.answered_at and one.kind == "person"]
    silences = (longest_s(one, facts.broken) for one in people)
    return sum(_is_dropped(facts, one) for one in people), max(silences, default=0.0)


def _is_dropped(facts: Facts, lived: Lived) -> bool:
    if lived.hung_up or lived.talks:
        return False
    known = facts.known_by_id.get(lived.samvad_call)
    return known is None or not (known.call.completed or known.call.opted_out)


def _cells(judged: Mapping[int, Sequence[Item]]) -> dict[int, Cell]:
    return {
        number: Cell(len(items), sum(bool(item.wrong) for item in items))
        for number, items in judged.items()
    }


def _worst(facts: Facts, kind: Kind | None = None) -> float | None:
    took = [
        one.recovery_s
        for one in facts.broken
        if one.recovery_s is not None and kind in (None, one.fault.kind)
    ]
    return max(took, default=None)


def violations(judged: Mapping[int, Sequence[Item]]) -> list[tuple[int, Item]]:
    return [(n, item) for n, items in judged.items() for item in items if item.wrong]


def alike(
    broken: Sequence[tuple[int, Item]],
) -> list[tuple[int, list[Item]]]:
    """Return the violations in groups that differ in names and figures only."""
    groups: dict[tuple[int, str], list[Item]] = {}
    for number, item in broken:
        groups.setdefault((number, FIGURES.sub("", item.wrong)), []).append(item)
    return [(number, items) for (number, _), items in groups.items()]


def story(facts: Facts, number: int, item: Item) -> str:
    """Return what happened, by both sides, and what was broken nearby."""
    lines = [f"promise {number}, {PROMISES[number]}: {item.about}: {item.wrong}"]
    if item.call:
        lines.append(f"  call {item.call}")
    lived = facts.lived_by_id.get(item.call)
    known = facts.known_by_id.get(item.call)
    if lived is not None:
        lines.append(f"  the network: {', '.join(_truth(lived))}")
    if known is not None:
        lines.append(f"  Samvad: {', '.join(_memory(known))}")
    for one in facts.near(item.since, item.until):
        fault = one.fault
        lasted = f" for {fault.lasts_s:.1f} s" if fault.lasts_s else ""
        what = SHAPES[fault.kind].title
        lines.append(f"  fault {fault.place}: {_clock(one.span.began)} {what}{lasted}")
    return "\n".join(lines)


def _truth(lived: Lived) -> Iterable[str]:
    yield f"{lived.kind} dialled {_clock(lived.invited_at)}"
    if lived.answered_at:
        yield f"answered {_clock(lived.answered_at)}"
    told = [(at, f"heard {node}") for at, node in lived.prompts]
    told += [
        (k.at, f"pressed {k.key} at {k.node or '?'}{'' if k.is_sure else ' (unsure)'}")
        for k in lived.keys
    ]
    told += [(q.at, f"silence of {q.lasted_s:.1f} s") for q in lived.silences]
    for at, what in sorted(told):
        yield f"{_clock(at)} {what}"
    yield f"ended {_clock(lived.ended_at)}" if lived.ended_at else "never ended"


def _memory(known: KnownCall) -> Iterable[str]:
    call = known.call
    yield f"{known.disposition or 'open'}, attempt {call.attempt_no}, {call.state}"
    yield f"contact {call.contact_id} of {call.campaign_id}"
    if call.cancelled or call.cause_text:
        yield f"{call.cancelled or call.cause_text}"
    for answer in known.answers:
        yield f"{answer.seq}: {answer.node}={answer.value}"


def _clock(at: object) -> str:
    return f"{at:%H:%M:%S.%f}"[:-3]


def as_json(
    facts: Facts, judged: Mapping[int, Sequence[Item]], table: Sequence[Row]
) -> dict[str, object]:
    """Return the table and every violation, for programs."""
    return {
        "promises": {str(number): name for number, name in PROMISES.items()},
        "rows": [
            {
                "kind": row.kind or "all",
                "faults": row.faults,
                "worst_recovery_s": row.worst_recovery_s,
                "dropped": row.dropped,
                "silence_s": round(row.silence_s, 2),
                "promises": {
                    str(n): {"checked": c.checked, "violations": c.violations}
                    for n, c in row.cells.items()
                },
            }
            for row in table
        ],
        "calls": len(facts.lived),
        "attempts": len(facts.known),
        "journal": "not built yet" if facts.journal is None else facts.journal,
        "violations": [story(facts, n, item) for n, item in violations(judged)],
    }


def shown(row: Row, number: int, journal: bool | None) -> str:
    """Return a cell as it is printed: checked / violations."""
    if number == JOURNAL and journal is None:
        return "–"
    cell = row.cells.get(number, Cell())
    return f"{cell.checked:,} / {cell.violations}"
