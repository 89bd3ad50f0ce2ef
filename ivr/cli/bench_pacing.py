"""dialer.py bench pacing: every policy on the same seeded calls, side by side."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.box import SIMPLE
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from ivr.cli.options import JsonOption, err, out
from ivr.simulation.lab.chart import chart as drawn
from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.grid import Grid, by_cell, play
from ivr.simulation.lab.registry import policies as known
from ivr.simulation.lab.scoring import Figures
from ivr.simulation.lab.verdict import Cell, Verdict, judge, keeps_cap

T = TypeVar("T")
R = TypeVar("R")
Found = Mapping[Cell, Mapping[str, Figures]]

SEEDS = 4
HOURS = 4.0
QUICK = Grid((6, 30), (0.35,), (Talk.SHORT, Talk.HEAVY), (Change.CHANGING,), (), 2, 1)
JOBS = min(2, os.cpu_count() or 1)


def pacing(
    agents: Annotated[
        str, typer.Option(help="Team sizes, by commas.")
    ] = "3,6,12,30,100,300",
    rates: Annotated[
        str, typer.Option(help="Shares of calls that reach a person.")
    ] = "0.15,0.35,0.60",
    talk: Annotated[str, typer.Option(help="Kinds of talks.")] = (
        "short,heavy,exponential"
    ),
    change: Annotated[
        str, typer.Option(help="Whether the answer rate stays.")
    ] = "steady,changing",
    policies: Annotated[
        str, typer.Option(help="Which policies, by commas; all of them if empty.")
    ] = "",
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs of each; from 100 telecallers on, half.")
    ] = SEEDS,
    hours: Annotated[
        float, typer.Option(min=0.01, help="Of each run; larger teams play less.")
    ] = HOURS,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few cells, in seconds.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = JOBS,
    chart: Annotated[
        Path | None, typer.Option(help="Draw utilisation by team size, as SVG.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV, for tables.")] = False,
    as_json: JsonOption = False,
) -> None:
    """All policies on the same seeded calls; exit code 1 if ours breaks its promise."""
    names = list_of(policies, _known) if policies else tuple(known())
    grid = Grid(
        QUICK.telecallers if quick else list_of(agents, team_of),
        QUICK.rates if quick else list_of(rates, rate_of),
        QUICK.talks if quick else list_of(talk, Talk),
        QUICK.changes if quick else list_of(change, Change),
        names,
        QUICK.seeds if quick else seeds,
        QUICK.hours if quick else hours,
    )
    found = by_cell(grid, runs_of(grid.tasks(), play, jobs))
    verdict = judge(found)
    if chart is not None:
        chart.write_text(drawn(found), "utf-8")
    if as_json:
        typer.echo(json.dumps(_as_data(grid, found, verdict), indent=2))
    elif as_csv:
        typer.echo(_as_csv(found), nl=False)
    else:
        _show(found, verdict)
    if not verdict.is_kept:
        raise typer.Exit(1)


def list_of(words: str, read: Callable[[str], T]) -> tuple[T, ...]:
    try:
        return tuple(dict.fromkeys(read(word.strip()) for word in words.split(",")))
    except ValueError as exc:
        raise typer.BadParameter(f"{words!r}: {exc}") from exc


def _known(word: str) -> str:
    if word not in known():
        raise ValueError(f"{word!r} is none of {', '.join(known())}")
    return word


def team_of(word: str) -> int:
    if int(word) < 1:
        raise ValueError("a team has at least one telecaller")
    return int(word)


def rate_of(word: str) -> float:
    if not 0 < float(word) <= 1:
        raise ValueError("an answer rate lies between 0 and 1")
    return float(word)


def runs_of(
    tasks: Sequence[T], play: Callable[[T], R], jobs: int
) -> Iterator[tuple[T, R]]:
    """Play every task in processes of their own, or here if one is enough."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task("", total=len(tasks))
        for done in _here(tasks, play) if jobs == 1 else _apart(tasks, play, jobs):
            progress.advance(bar)
            yield done


def _here(tasks: Sequence[T], play: Callable[[T], R]) -> Iterator[tuple[T, R]]:
    for task in tasks:
        yield task, play(task)


def _apart(
    tasks: Sequence[T], play: Callable[[T], R], jobs: int
) -> Iterator[tuple[T, R]]:
    # A fork would take the progress bar's thread for its own.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        given = {pool.submit(play, task): task for task in tasks}
        for future in as_completed(given):
            yield given[future], future.result()


def _show(found: Found, verdict: Verdict) -> None:
    out.print("Busy % @ abandoned %, and the abandonment's 95 % interval:")
    for (talk, change, rate), cells in _tables(found):
        table = Table(box=SIMPLE, title=f"{talk} talks, {rate:.0%} answer, {change}")
        table.add_column("telecallers")
        for cell in cells:
            table.add_column(str(cell.telecallers), justify="right")
        for name in found[cells[0]]:
            table.add_row(name, *(_cell(found[cell][name]) for cell in cells))
        out.print(table)
    for words in verdict.broken:
        out.print(f"[red]{words}[/]")
    mark = "[green]✓[/]" if verdict.is_kept else "[red]✗[/]"
    out.print(f"{mark} The promise of our policy: {verdict}.")


def _tables(found: Found) -> Iterator[tuple[tuple[Talk, Change, float], list[Cell]]]:
    for kind, cells in groupby(found, lambda c: (c.talk, c.change, c.rate)):
        yield kind, list(cells)


def _cell(one: Figures) -> str:
    colour = "default" if keeps_cap(one) else "red"
    low, high = one.abandonment_95.low, one.abandonment_95.high
    return (
        f"{100 * one.utilisation:.0f} @ [{colour}]{100 * one.abandonment:.1f}[/]\n"
        f"[dim]{100 * low:.1f}-{100 * high:.1f}[/]"
    )


def _rows(found: Found) -> list[dict[str, Any]]:
    return [
        {
            "telecallers": cell.telecallers,
            "rate": cell.rate,
            "talk": cell.talk.value,
            "change": cell.change.value,
            "policy": name,
            "seeds": one.seeds,
            "utilisation": one.utilisation,
            "utilisation_low": one.utilisation_95.low,
            "utilisation_high": one.utilisation_95.high,
            "abandonment": one.abandonment,
            "abandonment_low": one.abandonment_95.low,
            "abandonment_high": one.abandonment_95.high,
            "connects_per_hour": one.connects_per_hour,
            "dials_per_connect": one.dials_per_connect,
            "wait_p95_s": one.wait_p95_s,
        }
        for cell, by_policy in found.items()
        for name, one in by_policy.items()
    ]


def _as_csv(found: Found) -> str:
    rows = _rows(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_data(grid: Grid, found: Found, verdict: Verdict) -> dict[str, Any]:
    return {
        "grid": asdict(grid),
        "figures": _rows(found),
        "verdict": {
            "kept": verdict.is_kept,
            "judged": verdict.judged,
            "broken": list(verdict.broken),
        },
    }
