"""A forecast as people and programs read it: table and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from ivr.simulation.forecast.outlook import Guess, Outlook


def as_table(found: Sequence[Outlook]) -> Table:
    """Return the answers, a column for each case; beneath each its interval."""
    first = found[0]
    table = Table(title=f"{escape(first.scenario.title_hi)} · {first.scenario.name}")
    table.add_column("सवाल")
    table.add_column("question")
    for one in found:
        table.add_column(escape(one.case), justify="right")
    for hi, en, cell in ROWS:
        table.add_row(hi, en, *(cell(one) for one in found))
    return table


def as_data(found: Sequence[Outlook]) -> dict[str, Any]:
    """Return everything, for programs."""
    return {"scenario": found[0].scenario.name, "cases": [_case(one) for one in found]}


def _case(one: Outlook) -> dict[str, Any]:
    guesses = (
        "working_h days utilisation abandonment talks_per_hour calls_per_talk "
        "calls_per_person mean_lines own"
    ).split()
    return {
        "case": one.case,
        "telecallers": one.scenario.telecallers,
        "lines": one.scenario.lines,
        "people": one.scenario.people,
        "answer_rate": one.scenario.answer_rate,
        "pooled": one.scenario.pooled,
        "done": one.done,
        "stopped": one.stopped,
        "most_lines": one.most_lines,
        **{name: _guess(getattr(one, name)) for name in guesses},
        "runs": [
            {k: v for k, v in asdict(run).items() if k != "hours"} for run in one.runs
        ],
    }


def _guess(one: Guess | None) -> dict[str, float] | None:
    if one is None:
        return None
    return {"value": one.value, "low": one.between.low, "high": one.between.high}


def _number(name: str, digits: int = 1) -> Callable[[Outlook], str]:
    def cell(outlook: Outlook) -> str:
        one: Guess | None = getattr(outlook, name)
        if one is None:
            return "–"
        low, high = one.between.low, one.between.high
        return f"{one.value:,.{digits}f}\n[dim]{low:,.{digits}f}–{high:,.{digits}f}[/]"

    return cell


def _percent(name: str, digits: int = 0) -> Callable[[Outlook], str]:
    def cell(outlook: Outlook) -> str:
        one: Guess = getattr(outlook, name)
        low, high = 100 * one.between.low, 100 * one.between.high
        words = f"{100 * one.value:.{digits}f} %"
        return f"{words}\n[dim]{low:.{digits}f}–{high:.{digits}f} %[/]"

    return cell


def _finished(outlook: Outlook) -> str:
    if outlook.days is None:
        people = outlook.scenario.people
        because = " (रुका · stopped)" if outlook.stopped else ""
        return (
            f"{outlook.days_looked:g} दिन में नहीं · not in {outlook.days_looked:g} days"
            f"{because}\n[dim]{outlook.done:,} / {people:,}[/]"
        )
    return _number("days")(outlook)


ROWS: tuple[tuple[str, str, Callable[[Outlook], str]], ...] = (
    ("साथी", "telecallers", lambda one: str(one.scenario.telecallers)),
    ("लोग", "people", lambda one: f"{one.scenario.people:,}"),
    ("कितने दिन में पूरा", "days until done", _finished),
    ("काम के घंटे", "working hours", _number("working_h")),
    ("साथी कितने व्यस्त", "telecallers busy", _percent("utilisation")),
    ("साथी नहीं मिला", "abandoned", _percent("abandonment", 1)),
    ("बातचीत, प्रति साथी-घंटा", "talks per telecaller-hour", _number("talks_per_hour")),
    ("कॉल, प्रति बातचीत", "calls per talk", _number("calls_per_talk")),
    ("कॉल, प्रति व्यक्ति", "calls per person", _number("calls_per_person", 2)),
    ("लाइनें, औसत", "lines, mean", _number("mean_lines")),
    ("लाइनें, अधिकतम", "lines, most", lambda one: str(one.most_lines)),
)
