"""What a forecast is made of: people, telecallers, lines, who answers. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import exp, log
from statistics import NormalDist
from typing import Protocol

from ivr.core.law import Calendar
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Caps,
    Centre,
    CentreCode,
    Disposition,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    RetryRule,
    Routing,
    Trunk,
    TrunkName,
    Window,
)
from ivr.core.organisation import Tree
from ivr.simulation.population import Kind, Spread

# How each way of not being answered ends; `core.disposition` says the same of codes.
ENDS: Mapping[Kind, Disposition] = {
    Kind.RINGS_OUT: Disposition.NO_ANSWER,
    Kind.BUSY: Disposition.BUSY,
    Kind.DECLINED: Disposition.REJECTED,
    Kind.SWITCHED_OFF: Disposition.UNREACHABLE,
    Kind.UNALLOCATED: Disposition.INVALID_NUMBER,
    Kind.INCOMPLETE: Disposition.INVALID_NUMBER,
    Kind.NETWORK_FULL: Disposition.CONGESTION,
}
POINTS = 400  # of a distribution, for its mean
# What a scenario leaves out.
PICK_UP, REFUSAL = Spread(8.0, 2.0, 25.0), Spread(3.0, 1.0, 10.0)
TALK, WRAP_UP = Spread(60.0, 5.0, 1200.0, 0.8), Spread(10.0, 2.0, 60.0)
QUESTION = Spread(8.0, 6.0, 10.0)
CAPS, ROUTING, NO_DAYS = Caps(), Routing(), Calendar()
CALLER_ID = PhoneNumber("+917552550100")  # invented: nobody is called


class Lasts(Protocol):
    """How long something lasts, in seconds."""

    def draw(self, rng: random.Random) -> float: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """Lengths as they were seen: each second as often as it came."""

    by_second: tuple[tuple[int, int], ...]  # (second begun, how many), in order

    def draw(self, rng: random.Random) -> float:
        left = rng.random() * sum(count for _, count in self.by_second)
        for second, count in self.by_second:
            if left < count:
                return second + left / count
            left -= count
        return self.by_second[-1][0] + 1.0


def mean_s(lasts: Lasts) -> float:
    """Return the mean length: over even quantiles for a spread, exact for seen ones."""
    if isinstance(lasts, Seen):
        total = sum(count for _, count in lasts.by_second)
        return sum((s + 0.5) * count for s, count in lasts.by_second) / total
    if not isinstance(lasts, Spread):
        rng = random.Random(1)
        return sum(lasts.draw(rng) for _ in range(POINTS)) / POINTS
    normal = NormalDist(log(lasts.typical_s), max(1e-9, lasts.sigma))
    values = (exp(normal.inv_cdf((n + 0.5) / POINTS)) for n in range(POINTS))
    return sum(min(lasts.high_s, max(lasts.low_s, v)) for v in values) / POINTS


@dataclass(frozen=True, slots=True)
class Survey:
    """Questions, and between them offers of a telecaller that `core.offer` gates."""

    questions: int = 5
    question: Lasts = QUESTION
    offer_s: float = 3.0  # until who is offered a telecaller has decided
    hangs_up: float = 0.03  # share of the voters, at each question


@dataclass(frozen=True, slots=True)
class Scenario:
    """One campaign as it is expected. Lengths in seconds, shares of 0 to 1."""

    name: str
    title_hi: str
    title_en: str
    people: int
    centres: Mapping[CentreCode, int]  # telecallers of each centre
    # How the people are shared out over centres' lists; empty: as telecallers are.
    weights: Mapping[CentreCode, float] = field(default_factory=dict)
    pooled: bool = False  # all centres serve all lists; else each its own
    mode: Mode = Mode.PREDICTIVE
    starts_on: date = date(2026, 12, 1)
    windows: tuple[Window, ...] = ()  # empty: as shipped for the mode
    off_days: tuple[str, ...] = ()
    lines: int = 30
    calls_per_s: float = 5.0
    # What comes of a call: as many parts of the whole.
    outcomes: Mapping[Kind, float] = field(default_factory=dict)
    pick_up: Lasts = PICK_UP
    refusal: Lasts = REFUSAL
    ring_timeout_s: float = 30.0
    greeting_s: float = 0.0  # from the answer until a telecaller is wanted
    wants: float = 1.0  # of the people who answer; in a survey, of those offered one
    survey: Survey | None = (
        None  # None: who wants one is handed over after the greeting
    )
    flow_s: float = 0.0  # of those who do not: the rest of the flow
    talk: Lasts = TALK
    wrap_up: Lasts = WRAP_UP
    arrive_s: float = 600.0  # within which all have logged in, each day
    pause_every_s: float = 2700.0  # 0: nobody pauses
    pause_s: float = 300.0
    caps: Caps = CAPS
    retry: Mapping[Disposition, RetryRule] = field(default_factory=dict)
    routing: Routing = ROUTING
    tree: Tree = field(default_factory=dict)
    calendar: Calendar = NO_DAYS
    zone: str = "Asia/Kolkata"
    known: object = None  # what pacing had learned before, as core.learned keeps it

    @property
    def telecallers(self) -> int:
        return sum(self.centres.values())

    @property
    def answer_rate(self) -> float:
        """Return the share of calls that a person answers."""
        return self.share(Kind.PERSON)

    def share(self, kind: Kind) -> float:
        return self.outcomes.get(kind, 0.0) / sum(self.outcomes.values())

    def with_answer_rate(self, rate: float) -> Scenario:
        """Return it with that share of persons; the others keep their proportions."""
        others = 1 - self.answer_rate
        scale = (1 - rate) / others if others else 0.0
        outcomes = {kind: self.share(kind) * scale for kind in self.outcomes}
        if not others:
            outcomes[Kind.RINGS_OUT] = 1 - rate
        outcomes[Kind.PERSON] = rate
        return replace(self, outcomes=outcomes)

    def with_telecallers(self, count: int) -> Scenario:
        """Return it with so many, spread over its centres as they are now."""
        before, left, centres = self.telecallers, count, {}
        for code, has in self.centres.items():
            share = round(left * has / before) if before else 0
            centres[code] = share
            left, before = left - share, before - has
        if left:  # nobody was there to go by
            first = next(iter(centres))
            centres[first] += left
        return replace(self, centres=centres)

    def list_sizes(self) -> dict[CentreCode, int]:
        """Return how many people each centre's list has; together all of them."""
        weights = {
            code: self.weights.get(code, 0.0) if self.weights else float(has)
            for code, has in self.centres.items()
        }
        left, before, sizes = self.people, sum(weights.values()), {}
        for code, weight in weights.items():
            sizes[code] = round(left * weight / before) if before > 0 else 0
            left, before = left - sizes[code], before - weight
        if left:  # nobody and nothing to go by
            sizes[next(iter(sizes))] += left
        return sizes

    def campaign(self) -> Campaign:
        """Return it as the core knows campaigns."""
        return Campaign(
            campaign_id=CampaignId(self.name),
            title_hi=self.title_hi,
            title_en=self.title_en,
            organisation=self.title_hi,
            call_class=CallClass.NGO_SURVEY,
            mode=self.mode,
            flow_id=FlowId("forecast"),
            lists=(ListName("forecast"),),
            trunk=TrunkName("forecast"),
            caller_id=CALLER_ID,
            routing=self.routing,
            windows=self.windows,
            off_days=self.off_days,
            retry=self.retry,
            caps=self.caps,
            ring_timeout=timedelta(seconds=self.ring_timeout_s),
            starts_on=self.starts_on,
        )

    def trunk(self) -> Trunk:
        return Trunk(
            name=TrunkName("forecast"),
            host="forecast.invalid",
            caller_ids=(CALLER_ID,),
            calls_per_s=self.calls_per_s,
            channels=self.lines,
            a2p_declared_on=self.starts_on,
        )


def flat_tree(codes: list[CentreCode]) -> Tree:
    """Return the tree that the codes themselves tell: MP.BPL.SEH is below MP.BPL."""
    tree: dict[CentreCode, Centre] = {}
    for code in codes:
        parts = code.split(".")
        for n in range(1, len(parts) + 1):
            here = CentreCode(".".join(parts[:n]))
            above = CentreCode(".".join(parts[: n - 1])) if n > 1 else None
            tree.setdefault(here, Centre(here, here, here, above))
    return tree
