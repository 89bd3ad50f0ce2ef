"""dialer.py chaos: break a running Samvad on purpose, and show what it promised."""

from __future__ import annotations

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.chaos.kinds import SHAPES, Kind
from ivr.chaos.people import ANSWERED
from ivr.chaos.promises import PROMISES, Item, judge
from ivr.chaos.table import Row, alike, as_json, rows, shown, story, violations
from ivr.cli import logs
from ivr.cli.chaos_run import Ran, Wish, run
from ivr.cli.options import err, out
from ivr.errors import BadInput
from ivr.settings.config import PROJECT, Log

WIDE = 120  # columns, where there is no terminal
STORIES = 2  # of each sort of violation are told on the screen


class DatabaseKind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def chaos(
    minutes: Annotated[float, typer.Option(min=0.2, max=600)] = 5.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same faults.")] = 1,
    rate: Annotated[float, typer.Option(min=1, max=200, help="Calls a second.")] = 20.0,
    database: Annotated[DatabaseKind, typer.Option()] = DatabaseKind.SQLITE,
    kinds: Annotated[
        str, typer.Option(help="Only these faults: kill_controller,cut_ami ...")
    ] = "",
    haste: Annotated[
        float, typer.Option(min=0.5, max=20, help="Faults come closer together.")
    ] = 1.0,
    answered: Annotated[
        float, typer.Option(min=0.05, max=1, help="The share that reaches a person.")
    ] = ANSWERED,
    home: Annotated[
        Path, typer.Option(help="The folder of the run: made anew each time.")
    ] = PROJECT / "run" / "chaos",
    as_json_: Annotated[
        bool, typer.Option("--json", help="The table for programs.")
    ] = False,
) -> None:
    """Kill, cut, pause and fill a running Samvad, and hold it to its promises.

    It works in a folder of its own, on ports of its own, with invented people on a
    virtual network: no installation on this machine is touched. Exit code 1 when a
    promise was broken.
    """
    logs.set_up(Log(level="WARNING", format="console"), sys.stderr)
    wish = Wish(
        minutes * 60, seed, rate, database.value, kinds_of(kinds), haste, answered
    )
    tell = err.print if as_json_ else out.print
    tell(
        f"Breaking a Samvad of its own in {escape(str(home))} for {minutes:g} min, "
        f"seed {seed}, {rate:g} calls/s, {database.value}; yours is not touched."
    )
    begun = time.monotonic()
    ran = uvloop.run(run(wish, home.resolve(), lambda said: tell(f"[dim]{said}[/]")))
    judged = judge(ran.facts)
    table = rows(ran.facts, judged)
    if as_json_:
        sys.stdout.write(_json(wish, ran, judged, table))
    else:
        show(wish, ran, judged, table)
        out.print(f"[dim]took {time.monotonic() - begun:.0f} s[/]")
    if not is_good(ran, judged):
        raise typer.Exit(1)


def kinds_of(words: str) -> frozenset[Kind]:
    """Return the kinds that are named, all without a name. Raises BadInput."""
    if not words:
        return frozenset(Kind)
    try:
        return frozenset(Kind(word.strip()) for word in words.split(","))
    except ValueError as exc:
        known = ", ".join(Kind)
        raise BadInput(str(exc), remedy=f"faults are: {known}") from None


def is_good(ran: Ran, judged: dict[int, list[Item]]) -> bool:
    """Whether calls were made, every promise was kept, and all came to rest."""
    rested = ran.rested_s is not None
    return bool(ran.facts.lived) and rested and not violations(judged)


def show(wish: Wish, ran: Ran, judged: dict[int, list[Item]], table: list[Row]) -> None:
    """Print the table, what was left out, and the story of each violation."""
    facts = ran.facts
    shown_table = Table(title="Promises (looked at / broken), by fault")
    for head in ("fault", "times", *(f"{n} {p}" for n, p in PROMISES.items())):
        shown_table.add_column(head, justify="right" if head != "fault" else "left")
    for head in ("worst recovery", "dropped", "longest silence"):
        shown_table.add_column(head, justify="right")
    for row in table:
        cells = [shown(row, number, facts.journal) for number in PROMISES]
        name = SHAPES[row.kind].title if row.kind else "all"
        took = "–" if row.worst_recovery_s is None else f"{row.worst_recovery_s:.1f} s"
        style = "bold" if row.kind is None else ""
        harm = (str(row.dropped), f"{row.silence_s:.1f} s")
        shown_table.add_row(name, str(row.faults), *cells, took, *harm, style=style)
    # In a file nobody's window is too narrow.
    wide = out if out.is_terminal else Console(width=WIDE)
    wide.print(shown_table)
    if facts.journal is None:
        out.print("  7 journal whole: not built yet, so nothing was looked at")
    for kind, why in ran.left_out.items():
        out.print(f"  left out: {SHAPES[kind].title}: {why}")
    answered = sum(one.answered_at is not None for one in facts.lived)
    keys = sum(len(one.keys) for one in facts.lived)
    rested = "never" if ran.rested_s is None else f"after {ran.rested_s:.1f} s"
    out.print(
        f"{len(facts.lived):,} calls ({answered:,} answered, {keys:,} keys) in "
        f"{ran.dialled_s:.0f} s: {len(facts.lived) / ran.dialled_s:.1f} a second; "
        f"{len(facts.broken)} faults; at rest {rested}; controller ended with "
        f"{ran.exit_code}; {wish.database}, seed {wish.seed}."
    )
    for raised, times in ran.exceptions.items():
        out.print(f"  not foreseen, {times} times: {raised}", markup=False)
    broken = violations(judged)
    for number, items in alike(broken):
        for item in items[:STORIES]:
            out.print(story(facts, number, item), style="red", markup=False)
        if len(items) > STORIES:
            out.print(f"  … and {len(items) - STORIES} more like it (--json has all)")
    if is_good(ran, judged):
        out.print("[bold green]✓ Every promise was kept.[/]")
    elif not facts.lived:
        out.print("[bold red]✗ Nobody was dialled, so nothing was shown.[/]")
    elif ran.rested_s is None and not broken:
        out.print("[bold red]✗ It did not come to rest.[/]")
    else:
        out.print(f"[bold red]✗ {len(broken)} times a promise was broken.[/]")


def _json(wish: Wish, ran: Ran, judged: dict[int, list[Item]], table: list[Row]) -> str:
    said = {
        "seed": wish.seed,
        "database": wish.database,
        "seconds": round(ran.dialled_s, 1),
        "asked_calls_per_s": wish.rate,
        "left_out": {kind.value: why for kind, why in ran.left_out.items()},
        "rested_s": ran.rested_s,
        "exceptions": dict(ran.exceptions),
        **as_json(ran.facts, judged, table),
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"
