"""A forecast as people and programs read it: tables, bars, JSON, one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from html import escape as escape_html
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from ivr.report.as_html import faces
from ivr.report.numbers import grouped
from ivr.simulation.forecast.chart import chart
from ivr.simulation.forecast.outlook import Guess, Outlook
from ivr.simulation.forecast.paper import Line, Paper

BAR = 30  # letters
GUESSES = (
    "working_h days utilisation abandonment talks_per_hour calls_per_talk "
    "calls_per_person mean_lines own"
).split()
# A case for each column, until there are too many to stand side by side.
SIDE_BY_SIDE = 4


def as_table(found: Sequence[Outlook]) -> Table:
    """Return the answers with their intervals, the cases side by side or below."""
    first = found[0]
    words = f"{first.scenario.title_hi} · {first.scenario.title_en}"
    table = Table(title=escape(words))
    rows = [row for row in ROWS if row[1] not in POOLED or _any_pooled(found)]
    if len(found) > SIDE_BY_SIDE:
        short = [row for row in rows if row[1] in IN_SHORT]
        table.add_column("स्थिति\ncase")
        for hi, en, _ in short:
            table.add_column(f"{hi}\n{en}", justify="right")
        for one in found:
            table.add_row(escape(one.case), *(cell(one) for _, _, cell in short))
        return table
    table.add_column("सवाल")
    table.add_column("question")
    for one in found:
        table.add_column(escape(one.case), justify="right")
    for hi, en, cell in rows:
        table.add_row(hi, en, *(cell(one) for one in found))
    return table


def as_bars(found: Sequence[Outlook]) -> Table:
    """Return the terminal's chart: how busy, and how long, case by case."""
    longest = max((one.pace_days or 0.0 for one in found), default=0.0) or 1.0
    table = Table("", "व्यस्त · busy", "दिन · days", box=None)
    for one in found:
        busy, days = one.utilisation.value, one.pace_days
        shown = "–"
        if days is not None:
            mark = "≈ " if one.days is None else ""
            shown = f"{_bar(days / longest)} {mark}{days:,.1f}"
        table.add_row(escape(one.case), f"{_bar(busy)} {100 * busy:.0f} %", shown)
    return table


def _bar(share: float) -> str:
    return "█" * round(BAR * min(1.0, max(0.0, share)))


def as_notes(found: Sequence[Outlook]) -> Group:
    """Return what a reader must know besides the figures."""
    notes = [
        f"[yellow]![/] {escape(one.case)}: {escape(one.stopped)}"
        for one in found
        if one.stopped
    ]
    seeds = len(found[0].runs)
    notes.append(
        f"[dim]छोटे अंक: 95 % सीमा, {seeds} बार खेलकर · small figures: 95 % interval "
        f"of {seeds} runs[/]"
    )
    return Group(*notes)


def as_data(found: Sequence[Outlook]) -> dict[str, Any]:
    """Return everything, for programs."""
    return {"scenario": found[0].scenario.name, "cases": [_case(one) for one in found]}


def paper_table(paper: Paper, title: str) -> Table:
    """Return the arithmetic, a line for each step."""
    table = Table("क्या", "what", "कैसे · how", "=", title=escape(title))
    for line in paper.lines:
        table.add_row(line.hi, line.en, line.how, _value(line))
    return table


def paper_data(paper: Paper) -> dict[str, Any]:
    return {
        "limit": paper.limit,
        "calls": paper.calls,
        "hours": paper.hours,
        "days": paper.days,
        "lines": [asdict(line) for line in paper.lines],
    }


def as_html(found: Sequence[Outlook]) -> str:
    """Return the page: the picture and the table; no script, no link to outside."""
    head = "".join(f"<th>{escape_html(one.case)}</th>" for one in found)
    rows = []
    for hi, en, cell in ROWS:
        cells = "".join(f"<td>{_as_cell(cell(one))}</td>" for one in found)
        rows.append(f"<tr><th>{escape_html(hi)}<br><i>{en}</i></th>{cells}</tr>")
    title = escape_html(found[0].scenario.title_hi)
    notes = "".join(
        f"<p>{escape_html(one.case)}: {escape_html(one.stopped)}</p>"
        for one in found
        if one.stopped
    )
    return (
        '<!doctype html>\n<html lang="hi"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{faces()}{STYLE}</style></head>\n<body>"
        f"<h1>{title}</h1>\n{chart(found)}\n{notes}"
        f"<table><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>\n"
        f"<p>{len(found[0].runs)} बार खेला गया; छोटे अंक 95 % सीमा हैं · "
        f"{len(found[0].runs)} runs; small figures are 95 % intervals</p>"
        "</body></html>\n"
    )


def _as_cell(cell: str) -> str:
    value, _, between = cell.partition("\n")
    between = between.replace("[dim]", "").replace("[/]", "")
    small = f"<br><small>{escape_html(between)}</small>" if between else ""
    return escape_html(value) + small


def _any_pooled(found: Sequence[Outlook]) -> bool:
    return any(one.scenario.pooled for one in found)


def _case(one: Outlook) -> dict[str, Any]:
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
        **{name: _guess(getattr(one, name)) for name in GUESSES},
        "runs": [
            {k: v for k, v in asdict(run).items() if k != "hours"} for run in one.runs
        ],
    }


def _guess(one: Guess | None) -> dict[str, float] | None:
    if one is None:
        return None
    return {"value": one.value, "low": one.between.low, "high": one.between.high}


def _value(line: Line) -> str:
    number = line.value
    shown = grouped(round(number)) if abs(number) >= 1000 else f"{number:,.3g}"
    return f"{shown} {line.unit}".strip()


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
    if outlook.days is not None:
        return _number("days")(outlook)
    done = f"[dim]{grouped(outlook.done)} / {grouped(outlook.scenario.people)}[/]"
    if outlook.stopped:
        return f"रुका · stopped\n{done}"
    pace = outlook.pace_days
    words = "कभी नहीं · never" if pace is None else f"≈ {pace:,.1f}"
    return f"{words}\n{done}"


def _people(outlook: Outlook) -> str:
    return grouped(outlook.scenario.people)


def _team(outlook: Outlook) -> str:
    return grouped(outlook.scenario.telecallers)


ROWS: tuple[tuple[str, str, Callable[[Outlook], str]], ...] = (
    ("साथी", "telecallers", _team),
    ("लोग", "people", _people),
    ("कितने दिन में पूरा", "days until done", _finished),
    ("काम के घंटे", "working hours", _number("working_h")),
    ("साथी कितने व्यस्त", "telecallers busy", _percent("utilisation")),
    ("साथी नहीं मिला", "abandoned", _percent("abandonment", 1)),
    ("बातचीत, प्रति साथी-घंटा", "talks per telecaller-hour", _number("talks_per_hour")),
    ("कॉल, प्रति बातचीत", "calls per talk", _number("calls_per_talk")),
    ("कॉल, प्रति व्यक्ति", "calls per person", _number("calls_per_person", 2)),
    ("लाइनें, औसत", "lines, mean", _number("mean_lines")),
    ("लाइनें, अधिकतम", "lines, most", lambda one: str(one.most_lines)),
    ("अपने केंद्र का साथी", "own centre's telecaller", _percent("own")),
)
POOLED = frozenset({"own centre's telecaller"})
IN_SHORT = frozenset(
    {"days until done", "telecallers busy", "abandoned", "lines, most"}
)
STYLE = (
    "body{font-family:'Samvad Noto',sans-serif;max-width:60rem;margin:2rem "
    "auto;padding:0 1rem;color:#111827}table{border-collapse:collapse}"
    "th,td{border:1px solid #e5e7eb;padding:.3rem .6rem;text-align:right}"
    "th{text-align:left}small,i{color:#4b5563}svg{width:100%}"
)
