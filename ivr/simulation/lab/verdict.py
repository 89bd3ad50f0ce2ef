"""Does our policy keep what is promised of it? Judges figures, runs nothing.

1. At most 3.0 % abandoned in every cell.
2. In the cells of the reference table, at least its utilisation.
3. Above ViciDial's best setting that keeps the cap in that cell, and at least 1.15
   times it wherever that setting stays under 70 %. Its settings are the three adaptive
   methods and fixed levels (registry.VICIDIAL); where none keeps the cap, there is
   nothing to be above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.registry import OURS, VICIDIAL
from ivr.simulation.lab.scoring import Figures

CAP = 0.03
CLEARLY_UNDER = 0.70
CLEARLY = 1.15

# Utilisation, %, with an answer rate of 0.35 that changes.
REFERENCE: Mapping[tuple[Talk, int], int] = {
    (Talk.SHORT, 3): 53,
    (Talk.SHORT, 6): 64,
    (Talk.SHORT, 12): 76,
    (Talk.SHORT, 30): 87,
    (Talk.SHORT, 100): 96,
    (Talk.SHORT, 300): 99,
    (Talk.HEAVY, 3): 73,
    (Talk.HEAVY, 6): 78,
    (Talk.HEAVY, 12): 83,
    (Talk.HEAVY, 30): 90,
    (Talk.HEAVY, 100): 96,
    (Talk.HEAVY, 300): 98,
}
REFERENCE_RATE = 0.35


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the comparison: a world, played by every policy."""

    telecallers: int
    rate: float
    talk: Talk
    change: Change

    def __str__(self) -> str:
        return f"{self.telecallers} at {self.rate:.2f}, {self.talk}, {self.change}"


@dataclass(frozen=True, slots=True)
class Verdict:
    judged: int  # cells
    broken: tuple[str, ...]  # each promise that was not kept, and where

    @property
    def is_kept(self) -> bool:
        return self.judged > 0 and not self.broken

    def __str__(self) -> str:
        if not self.judged:
            return "nothing to judge: our policy was not among those that ran"
        if self.is_kept:
            return f"kept in all of {self.judged} cells"
        return f"broken {len(self.broken)} times in {self.judged} cells"


def judge(found: Mapping[Cell, Mapping[str, Figures]]) -> Verdict:
    """Return whether the promise is kept in every cell where our policy ran."""
    cells = [cell for cell, by_policy in found.items() if OURS in by_policy]
    broken = [
        f"{cell}: {words}" for cell in cells for words in _broken(cell, found[cell])
    ]
    return Verdict(len(cells), tuple(broken))


def keeps_cap(one: Figures) -> bool:
    """Return whether it does as printed, to a tenth of a percent; ours and theirs."""
    return round(one.abandonment, 3) <= CAP


def best_vicidial(by_policy: Mapping[str, Figures]) -> tuple[str, Figures] | None:
    """Return the setting with the highest utilisation of those that keep the cap."""
    good = [
        (name, by_policy[name])
        for name in VICIDIAL
        if name in by_policy and keeps_cap(by_policy[name])
    ]
    return max(good, key=lambda one: one[1].utilisation, default=None)


def _broken(cell: Cell, by_policy: Mapping[str, Figures]) -> list[str]:
    ours = by_policy[OURS]
    words = []
    if not keeps_cap(ours):
        words.append(f"{ours.abandonment:.1%} abandoned, more than {CAP:.1%}")
    reference = _reference(cell)
    if reference is not None and round(100 * ours.utilisation) < reference:
        words.append(f"{ours.utilisation:.1%} busy, the reference says {reference} %")
    best = best_vicidial(by_policy)
    if best is None:
        return words
    name, theirs = best
    least = theirs.utilisation * (
        CLEARLY if theirs.utilisation < CLEARLY_UNDER else 1.0
    )
    if ours.utilisation < least or ours.utilisation <= theirs.utilisation:
        words.append(
            f"{ours.utilisation:.1%} busy, {name} {theirs.utilisation:.1%}: "
            f"{max(least, theirs.utilisation):.1%} was to be passed"
        )
    return words


def _reference(cell: Cell) -> int | None:
    if cell.change is not Change.CHANGING or cell.rate != REFERENCE_RATE:
        return None
    return REFERENCE.get((cell.talk, cell.telecallers))
