"""dialer.py bench offer: the offer gate in a survey, on seeded calls."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.table import Table

from ivr.cli.bench_pacing import JOBS, list_of, rate_of, runs_of, team_of
from ivr.cli.options import JsonOption, out
from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.grid import Grid, play
from ivr.simulation.lab.offered import Offered, judge, offered
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.registry import GATED
from ivr.simulation.lab.verdict import Cell, Verdict

SEEDS = 2
HOURS = 2.0


def offer(
    agents: Annotated[str, typer.Option(help="Team sizes, by commas.")] = "6",
    rates: Annotated[
        str, typer.Option(help="Shares of calls that reach a person.")
    ] = "0.35",
    talk: Annotated[str, typer.Option(help="Kinds of talks.")] = "short,heavy",
    change: Annotated[
        str, typer.Option(help="Whether the answer rate stays.")
    ] = "steady,changing",
    seeds: Annotated[
        int, typer.Option(min=1, help="Runs of each; from 100 telecallers on, half.")
    ] = SEEDS,
    hours: Annotated[
        float, typer.Option(min=0.01, help="Of each run; larger teams play less.")
    ] = HOURS,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = JOBS,
    as_json: JsonOption = False,
) -> None:
    """A survey that offers telecallers; exit code 1 if the gate breaks its promise."""
    grid = Grid(
        list_of(agents, team_of),
        list_of(rates, rate_of),
        list_of(talk, Talk),
        list_of(change, Change),
        (GATED,),
        seeds,
        hours,
    )
    scores: dict[Cell, dict[int, Score]] = defaultdict(dict)
    for task, score in runs_of(grid.tasks(), play, jobs):
        scores[task.cell][task.seed] = score
    found = {
        cell: offered([scores[cell][seed] for seed in sorted(scores[cell])])
        for cell in grid.cells()
    }
    verdict = judge(found)
    if as_json:
        typer.echo(json.dumps(_as_data(grid, found, verdict), indent=2))
    else:
        _show(found, verdict)
    if not verdict.is_kept:
        raise typer.Exit(1)


_COLUMNS = (
    "busy %",
    "accepted",
    "lost %",
    "wait s",
    "p95 s",
    "asked",
    "mute",
    "answers",
)


def _show(found: Mapping[Cell, Offered], verdict: Verdict) -> None:
    table = Table(
        box=SIMPLE, padding=(0, 0), title="Busy, and those who accepted an offer"
    )
    table.add_column("telecallers", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for cell, one in found.items():
        busy, lost = one.figures.utilisation_95, one.lost_95
        table.add_row(
            f"{cell.telecallers} at {cell.rate:.2f}\n{cell.talk}, {cell.change}",
            _with(100 * one.figures.utilisation, 100 * busy.low, 100 * busy.high, 1),
            str(one.accepted),
            _with(100 * one.figures.abandonment, 100 * lost.low, 100 * lost.high, 2),
            f"{one.mean_wait_s:.1f}",
            f"{one.figures.wait_p95_s:.1f}",
            f"{one.question_share:.0%}",
            f"{abs(one.silence_s):.0f}",
            f"{one.answered_per_connect:.1f}",
        )
    out.print(table)
    out.print(
        "Lost: who accepted and was never connected. Asked: the share of the wait "
        "spent with a question. Mute: seconds. Answers: for each connection."
    )
    for words in verdict.broken:
        out.print(f"[red]{words}[/]")
    mark = "[green]✓[/]" if verdict.is_kept else "[red]✗[/]"
    out.print(f"{mark} The promise of the offer gate: {verdict}.")


def _with(value: float, low: float, high: float, digits: int) -> str:
    """Show a figure with its 95 % interval."""
    return f"{value:.{digits}f}\n[dim]{low:.{digits}f}-{high:.{digits}f}[/]"


def _as_data(
    grid: Grid, found: Mapping[Cell, Offered], verdict: Verdict
) -> dict[str, Any]:
    return {
        "grid": asdict(grid),
        "figures": [asdict(cell) | asdict(one) for cell, one in found.items()],
        "verdict": {
            "kept": verdict.is_kept,
            "judged": verdict.judged,
            "broken": list(verdict.broken),
        },
    }
