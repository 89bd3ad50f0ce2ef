"""What an import shows: which column is what, and what became of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ivr.core.model import masked
from ivr.core.numbers import NumberProblem, parse_cell
from ivr.intake.columns import Column, Use
from ivr.intake.importer import Summary
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import remedy_for

_STYLES = {Use.CONTACT: "green", Use.EXTRA: "", Use.DROPPED: "red", Use.IGNORED: "dim"}
_EXAMPLES, _EXAMPLE_LETTERS = 3, 18
_MENTIONS = {
    "district_unknown": "district not known: kept without one (ज़िला पहचाना नहीं गया)",
    "scheme_unknown": "scheme has no tag: its name is kept (योजना पहचानी नहीं गई)",
    "second_number_used": "first number bad, the second column's was taken",
    "second_number_unreadable": "second number bad, left out",
    "sensitive_value_blanked": "identity or bank number inside a cell: blanked",
    "long_value_cut": "cell longer than 500 letters: cut",
}


def the_columns(plan: ImportPlan) -> Table:
    """Return the table of guesses: column, field, why, first values."""
    table = Table(title=f"{escape(str(plan.file.source.path))} · {plan.file.kind}")
    for title in ("कॉलम / column", "→ field", "why", "first values"):
        table.add_column(title)
    for column in plan.columns:
        table.add_row(
            escape(column.header or "—"),
            column.field or column.use.value,
            escape(column.why),
            escape(_first_values(plan, column)),
            style=_STYLES[column.use],
        )
    return table


def tables_of(
    plan: ImportPlan, summary: Summary, rejects: Path, *, dry_run: bool
) -> Iterator[Table | Text]:
    """Yield what became of the rows, and what else is worth knowing."""
    yield _rows(plan, summary, dry_run=dry_run)
    if summary.refused:
        yield _reasons(summary)
    notes = _notes(plan, summary)
    if notes.row_count:
        yield notes
    if summary.refused or summary.duplicate:
        yield Text(f"refused rows, with what to do about each: {rejects}")
    if dry_run:
        yield Text("this was a dry run: nothing was stored")


def summary_as_json(plan: ImportPlan, summary: Summary) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "list": plan.new_list.name,
        "file": plan.file.kind,
        "read": summary.read,
        "imported": summary.kept,
        "refused": summary.refused.total(),
        "duplicate": summary.duplicate,
        "blank": summary.blank,
        "reasons": dict(summary.refused),
        "notes": dict(summary.mentions.counts),
        "in_other_lists": summary.in_other_lists,
        "on_do_not_call": summary.on_do_not_call,
        "columns": {c.header: c.field or c.use.value for c in plan.columns},
    }


def _rows(plan: ImportPlan, summary: Summary, *, dry_run: bool) -> Table:
    name = escape(plan.new_list.name)
    kept = "would be imported" if dry_run else "imported"
    table = Table("पंक्तियाँ / rows", "", title=f'list "{name}"')
    table.columns[1].justify = "right"
    for words, count in (
        (f"जुड़े / {kept}", summary.kept),
        ("अस्वीकृत / refused", summary.refused.total()),
        ("दोहराए गए / duplicates within the list", summary.duplicate),
        ("ख़ाली / blank", summary.blank),
    ):
        table.add_row(words, f"{count:,}")
    table.add_section()
    table.add_row("कुल पढ़ी गईं / read in all", f"{summary.read:,}", style="bold")
    return table


def _reasons(summary: Summary) -> Table:
    table = Table("refused because", "rows", "क्या करें", "what to do")
    table.columns[1].justify = "right"
    for reason, count in summary.refused.most_common():
        remedy = remedy_for(reason)
        table.add_row(reason, f"{count:,}", remedy.hi, remedy.en)
    return table


def _notes(plan: ImportPlan, summary: Summary) -> Table:
    table = Table("worth knowing", "rows", "for example")
    table.columns[1].justify = "right"
    for what, count in summary.mentions.counts.most_common():
        examples = ", ".join(summary.mentions.examples.get(what, ()))
        table.add_row(_MENTIONS[what], f"{count:,}", escape(examples))
    if summary.in_other_lists:
        words = "also in another list: kept, they are called once all the same"
        table.add_row(words, f"{summary.in_other_lists:,}", "")
    if summary.on_do_not_call:
        words = "asked never to be called: kept, and never dialled"
        table.add_row(words, f"{summary.on_do_not_call:,}", "")
    dropped = [c.header for c in plan.columns if c.use is Use.DROPPED]
    if dropped:
        words = "columns that have no place in a call list: dropped (हटाए गए कॉलम)"
        table.add_row(words, "", escape(", ".join(dropped)))
    return table


def _first_values(plan: ImportPlan, column: Column) -> str:
    if column.use is Use.DROPPED:
        return "•••"
    cells = (row[column.index].strip() for row in plan.file.sample)
    first = [cell for cell in cells if cell][:_EXAMPLES]
    if "number" in column.field:
        first = [_masked(cell) for cell in first]
    return ", ".join(" ".join(cell.split())[:_EXAMPLE_LETTERS] for cell in first)


def _masked(cell: str) -> str:
    found = parse_cell(cell)
    return "•••" if isinstance(found, NumberProblem) else masked(found.number)
