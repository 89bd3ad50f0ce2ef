"""dialer.py bench pooling: ten centres of six, against one group of sixty."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.table import Table

from ivr.cli.bench_pacing import JOBS, runs_of
from ivr.cli.options import JsonOption, out
from ivr.core.model import Routing
from ivr.core.organisation import Level
from ivr.simulation.lab.fates import Talk
from ivr.simulation.lab.pooling import (
    CENTRES,
    DIVISIONS,
    Compared,
    Task,
    compared,
    play,
    tasks,
)
from ivr.simulation.lab.scoring import Figures

SEEDS = 3
HOURS = 2.0
DEFAULT = Routing()


def pooling(
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each.")] = SEEDS,
    hours: Annotated[float, typer.Option(min=0.01, help="Of each run.")] = HOURS,
    division_after: Annotated[
        float, typer.Option(min=0, help="Seconds until a division may serve.")
    ] = DEFAULT.division_after_s,
    state_after: Annotated[
        float, typer.Option(min=0, help="Seconds until the state may serve.")
    ] = DEFAULT.state_after_s,
    worth_waiting: Annotated[
        float,
        typer.Option(min=0, max=1, help="Chance of a nearer desk worth waiting for."),
    ] = DEFAULT.worth_waiting,
    divisions: Annotated[
        int, typer.Option(min=1, max=CENTRES, help="Over which they are spread.")
    ] = DIVISIONS,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = JOBS,
    as_json: JsonOption = False,
) -> None:
    """Ten centres of six as one pool; exit code 1 if it breaks its promise."""
    routing = Routing(division_after, state_after, worth_waiting)
    planned: list[Task] = tasks(seeds, hours, routing, divisions)
    found = compared(runs_of(planned, play, jobs))
    broken = [f"{talk}: {w}" for talk, one in found.items() for w in one.broken()]
    if as_json:
        typer.echo(json.dumps(_as_data(seeds, hours, routing, found, broken), indent=2))
    else:
        _show(found, broken)
    if broken:
        raise typer.Exit(1)


def _show(found: dict[Talk, Compared], broken: list[str]) -> None:
    table = Table(box=SIMPLE, title="Sixty telecallers, 35 % answer, changing")
    for name in ("talks", "", "busy %", "abandoned %", "wait p95", "own", "division"):
        table.add_column(name, justify="right")
    for talk, one in found.items():
        table.add_row(talk, "one group", *_cells(one.group))
        own, near = (one.share(level) for level in (Level.CENTRE, Level.DIVISION))
        shares = (f"{own:.0%}", f"{near:.0%}")
        table.add_row("", "ten centres", *_cells(one.pool), *shares)
    out.print(table)
    for words in broken:
        out.print(f"[red]{words}[/]")
    kept = "[red]✗[/] The pool breaks its promise."
    out.print(kept if broken else "[green]✓[/] The pool keeps its promise.")


def _cells(one: Figures) -> tuple[str, str, str]:
    return (
        f"{100 * one.utilisation:.1f}",
        f"{100 * one.abandonment:.2f}",
        f"{one.wait_p95_s:.1f} s",
    )


def _as_data(
    seeds: int,
    hours: float,
    routing: Routing,
    found: dict[Talk, Compared],
    broken: list[str],
) -> dict[str, Any]:
    return {
        "seeds": seeds,
        "hours": hours,
        "routing": asdict(routing),
        "talks": {
            talk.value: {
                "group": asdict(one.group),
                "pool": asdict(one.pool),
                "points_behind": 100 * one.points_behind,
                "served": {level.value: one.share(level) for level in Level},
            }
            for talk, one in found.items()
        },
        "verdict": {"kept": not broken, "broken": broken},
    }
