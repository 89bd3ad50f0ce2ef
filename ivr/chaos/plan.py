"""Which faults come when: drawn from a seed. Pure.

The same seed, length and kinds give the same faults, whoever asks.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from ivr.chaos.kinds import SHAPES, Kind

FIRST_S = 3.0  # the campaign is running by then
GAP_S = (0.2, 2.0)  # between the repair of one fault and the next


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a plan. Times are seconds from the plan's beginning."""

    place: int  # 0, 1 ... in the plan
    kind: Kind
    at_s: float
    lasts_s: float  # 0: one blow
    strength: float
    seed: int  # of what is drawn while it lasts: which packets are dropped

    @property
    def until_s(self) -> float:
        return self.at_s + self.lasts_s


def plan(
    seed: int, seconds: float, kinds: Collection[Kind], *, haste: float = 1.0
) -> tuple[Fault, ...]:
    """Return the faults of a run of `seconds`; none lasts beyond its end.

    One fault is repaired before the next begins, as far as `repair_s` is enough:
    two repairs at once are what no promise speaks of. Each kind comes once before
    any comes a second time. `haste`: repairs and gaps are divided by it.
    """
    rng = random.Random(f"chaos:{seed}")
    bag: list[Kind] = []
    faults: list[Fault] = []
    at_s = FIRST_S
    while kinds:
        bag = bag or _bag(rng, kinds, first=not faults)
        fault = _draw(rng, len(faults), bag.pop(), at_s)
        if fault.until_s > seconds:
            break
        faults.append(fault)
        repair_s = SHAPES[fault.kind].repair_s
        at_s = fault.until_s + (repair_s + rng.uniform(*GAP_S)) / haste
    return tuple(faults)


def _bag(rng: random.Random, kinds: Collection[Kind], *, first: bool) -> list[Kind]:
    """Return kinds in the order of their draw, last first: at first one of each."""
    known = [kind for kind in Kind if kind in kinds]
    if first:
        return rng.sample(known, len(known))
    return rng.choices(known, [SHAPES[kind].weight for kind in known], k=len(known))


def _draw(rng: random.Random, place: int, kind: Kind, at_s: float) -> Fault:
    shape = SHAPES[kind]
    lasts_s = rng.uniform(*shape.lasts_s)
    strength = rng.uniform(*shape.strength)
    if kind is Kind.CLOCK:
        strength *= rng.choice((-1, 1))
    return Fault(
        place, kind, round(at_s, 3), round(lasts_s, 3), strength, rng.getrandbits(32)
    )
