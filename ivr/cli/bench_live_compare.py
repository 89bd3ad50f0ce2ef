"""A forecast of many seeds beside one run: which figures lie within the interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from rich.table import Table

from ivr.simulation.live_world import Figures
from ivr.simulation.sorry import Heard

# One more run of the same kind lies between the least and the greatest of n with a
# chance of (n - 1) / (n + 1), whatever the distribution: 95 % for 39. Counts of
# abandoned people are skewed, and a ladder that stops a campaign makes two humps.
SEEDS = 39

READ: Mapping[str, Callable[[Figures], float]] = {
    "utilisation %": lambda f: 100 * f.utilisation,
    "abandonment %": lambda f: 100 * f.abandonment,
    "abandoned, as the FCC counts": lambda f: f.abandoned,
    "abandoned, as Ofcom counts": lambda f: f.late,
    "connects per telecaller-hour": lambda f: f.connects_per_hour,
    "calls placed": lambda f: f.placed,
    "answered by a person": lambda f: f.answered,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the interval in which 95 of 100 such runs should fall."""

    name: str
    low: float
    middle: float
    high: float
    lived: float

    @property
    def is_inside(self) -> bool:
        return self.low <= self.lived <= self.high


def compare(expected: Sequence[Figures], lived: Figures) -> list[Row]:
    """Return each figure with its interval: the least and the greatest forecast."""
    rows = []
    for name, read in READ.items():
        values = [read(one) for one in expected]
        rows.append(Row(name, min(values), mean(values), max(values), read(lived)))
    return rows


def as_table(title: str, rows: Sequence[Row]) -> Table:
    table = Table("", "mean", "forecast (95 %)", "result", "inside", title=title)
    for row in rows:
        mark = "[green]✓[/]" if row.is_inside else "[red]✗[/]"
        interval = f"{row.low:.1f} … {row.high:.1f}"
        table.add_row(row.name, f"{row.middle:.1f}", interval, f"{row.lived:.1f}", mark)
    return table


def as_text(heard: Heard) -> str:
    """Return what the carrier's truth log says, in words."""
    said = (
        f"By the carrier's truth log {heard.answered} people answered and "
        f"{heard.talked} heard a telecaller. "
    )
    if not heard.abandoned:
        return said + "Nobody was abandoned."
    return said + (
        f"Of {heard.abandoned} abandoned {heard.sorry} heard the apology with its "
        f"choices, at the latest {heard.slowest_s:.1f} s after they answered."
    )


def as_facts(rows: Sequence[Row], heard: Heard) -> dict[str, Any]:
    return {
        "figures": {
            row.name: {
                "mean": row.middle,
                "low": row.low,
                "high": row.high,
                "result": row.lived,
                "inside": row.is_inside,
            }
            for row in rows
        },
        "truth log": {
            "answered": heard.answered,
            "talked": heard.talked,
            "abandoned": heard.abandoned,
            "heard the apology": heard.sorry,
            "slowest apology s": round(heard.slowest_s, 3),
            "heard neither": list(heard.without),
        },
    }
