"""dialer.py bench decision: how long core takes to decide how many calls to place."""

from __future__ import annotations

import gc
import json
from time import perf_counter
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from ivr.cli.bench_pacing import list_of, team_of
from ivr.cli.options import JsonOption, err, out
from ivr.simulation.lab.fates import Change, Scenario, Talk
from ivr.simulation.lab.ours import Ours
from ivr.simulation.lab.policy import View
from ivr.simulation.lab.world import World

# Milliseconds, of 99 decisions in 100: up to so many telecallers.
AIMS_MS = ((6, 1.0), (300, 5.0))
RATE = 0.35
WARM = 100  # decisions that are not counted: the first calls of a run


class Timed(Ours):
    """Ours, with a watch: what it learns from the view is part of a decision."""

    __slots__ = ("took_s",)

    def __init__(self) -> None:
        super().__init__()
        self.took_s: list[float] = []

    def decide(self, view: View) -> int:
        began = perf_counter()
        dial = super().decide(view)
        self.took_s.append(perf_counter() - began)
        return dial


def decision(
    agents: Annotated[
        str, typer.Option(help="Team sizes, by commas.")
    ] = "3,6,12,30,100,300",
    minutes: Annotated[
        float, typer.Option(min=1, help="Of the laboratory's time, for each size.")
    ] = 20.0,
    as_json: JsonOption = False,
) -> None:
    """How long a decision takes, on the views of a busy shift of short talks."""
    rows, late = [], False
    for telecallers in list_of(agents, team_of):
        err.print(f"{telecallers} telecallers …")
        scenario = Scenario(
            telecallers, RATE, Talk.SHORT, Change.CHANGING, minutes / 60, 1
        )
        timed = Timed()
        gc.collect()
        World(scenario, timed).play()
        took_ms = sorted(1000 * one for one in timed.took_s[WARM:])
        p99_ms = took_ms[int(0.99 * len(took_ms))]
        aim_ms = next((ms for n, ms in AIMS_MS if telecallers <= n), None)
        late = late or (aim_ms is not None and p99_ms > aim_ms)
        rows.append(
            {
                "telecallers": telecallers,
                "decisions": len(took_ms),
                "p50_ms": took_ms[len(took_ms) // 2],
                "p99_ms": p99_ms,
                "aim_ms": aim_ms,
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        table = Table(box=SIMPLE, title="A decision, in milliseconds")
        for head in ("telecallers", "decisions", "p50", "p99", "aim for p99"):
            table.add_column(head, justify="right")
        for row in rows:
            table.add_row(
                str(row["telecallers"]),
                f"{row['decisions']:,}",
                f"{row['p50_ms']:.2f}",
                f"{row['p99_ms']:.2f}",
                "" if row["aim_ms"] is None else f"{row['aim_ms']:.0f}",
            )
        out.print(table)
    if late:
        raise typer.Exit(1)
