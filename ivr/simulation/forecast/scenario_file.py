"""config/scenarios/NAME.yaml into a Scenario, every key checked.

A complaint names the file, its line, the key and what to do. What is left out keeps
the default of `scenario.Scenario`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ivr.core.hours import DEFAULT_WINDOWS
from ivr.core.law import Calendar
from ivr.core.model import Caps, CentreCode, Mode, RetryRule, Routing
from ivr.core.organisation import Tree
from ivr.errors import BadInput
from ivr.settings.campaign_shape import (
    CapsShape,
    CentrePath,
    OffDay,
    Outcome,
    RetryShape,
    Slug,
    Span,
    TitleShape,
)
from ivr.settings.checked import Strict
from ivr.settings.located import read_located
from ivr.simulation.forecast.scenario import Scenario, Survey, flat_tree
from ivr.simulation.population import Kind, Spread

Share = Annotated[float, Field(ge=0, le=1)]
Length = Annotated[float, Field(ge=0, le=3600)]
Seconds = Annotated[float, Field(gt=0, le=7200)]
NEARLY_ALL = 0.005  # how far shares may be from 1 together: they are written rounded


class SpreadShape(Strict):
    """A length in seconds: its median, the least and the most, how spread."""

    typical_s: Seconds
    low_s: Seconds
    high_s: Seconds
    sigma: float = Field(default=0.5, ge=0, le=2)

    @model_validator(mode="after")
    def _in_order(self) -> SpreadShape:
        if not self.low_s <= self.typical_s <= self.high_s:
            raise ValueError("low_s, typical_s and high_s are not in this order")
        return self


class PauseShape(Strict):
    """Telecallers rest after so many minutes, for so many."""

    after_min: float = Field(default=45, ge=0, le=600)
    for_min: float = Field(default=5, gt=0, le=120)


class SurveyShape(Strict):
    """Questions; a telecaller is offered before the first and after each."""

    questions: int = Field(default=5, ge=1, le=50)
    question: SpreadShape = SpreadShape(typical_s=8, low_s=6, high_s=10)
    offer_s: Seconds = 3
    hangs_up: Annotated[float, Field(ge=0, lt=1)] = 0.03


class RoutingShape(Strict):
    division_after_s: Length = 0.5
    state_after_s: Length = 1.0
    worth_waiting: Share = 0.5


class ScenarioShape(Strict):
    """One expectation: config/scenarios/NAME.yaml."""

    scenario: Slug
    title: TitleShape
    people: int = Field(ge=1, le=2_000_000_000)
    centres: dict[CentrePath, Annotated[int, Field(ge=0, le=5000)]] = Field(
        default_factory=dict
    )
    every_centre: int = Field(default=0, ge=0, le=5000)
    people_by: Literal["telecallers", "electors"] = "telecallers"
    pool: bool = False
    mode: Mode = Mode.PREDICTIVE
    starts_on: date | None = None
    windows: tuple[Span, ...] = ()
    off_days: tuple[OffDay, ...] = ()
    lines: int = Field(default=30, ge=1, le=100_000)
    calls_per_s: float = Field(default=5, gt=0, le=10_000)
    outcomes: dict[Kind, Share]
    pick_up: SpreadShape | None = None
    refusal: SpreadShape | None = None
    ring_timeout_s: float = Field(default=30, ge=15, le=45)
    greeting_s: Length = 0
    wants: Share = 1
    flow_s: Length = 0
    survey: SurveyShape | None = None
    talk: SpreadShape | None = None
    wrap_up: SpreadShape | None = None
    pauses: PauseShape = PauseShape()
    caps: CapsShape = CapsShape()
    routing: RoutingShape = RoutingShape()
    retry: dict[Outcome, RetryShape] = Field(default_factory=dict)
    note: str = ""


def load_scenario(
    path: Path,
    *,
    starts_on: date,
    tree: Tree | None = None,
    calendar: Calendar | None = None,
    electors: Mapping[str, int] | None = None,
) -> Scenario:
    """Return what the file expects. Raises BadInput with line, key and remedy.

    `starts_on` is meant when the file names no day; `tree`, `calendar` and `electors`
    (by district code, the last part of a centre's) are the organisation's.
    """
    file, document = read_located(path, ScenarioShape)

    def refuse(key: str, message: str, remedy: str) -> BadInput:
        return BadInput(
            f"{key}: {message}",
            where=f"{path}:{document.line((key,))}",
            remedy=remedy,
        )

    _refuse_what_cannot_be(file, path, refuse)
    for code in file.centres:
        if tree is not None and CentreCode(code) not in tree:
            raise BadInput(
                f"centres: there is no centre {code}",
                where=f"{path}:{document.line(('centres', code))}",
                remedy="config/centres.yaml has them all: MP.BPL.SEH",
            )
    centres = _centres(file, tree or {})
    if not any(centres.values()) and file.mode is not Mode.BROADCAST:
        raise refuse(
            "centres",
            f"no telecaller is at work, and {file.mode} waits for one",
            "give a centre telecallers, or write mode: broadcast",
        )
    weights: dict[CentreCode, float] = {}
    if file.people_by == "electors":
        weights = {
            code: float((electors or {}).get(code.rpartition(".")[2], 0))
            for code in centres
        }
        if not any(weights.values()):
            raise refuse(
                "people_by",
                "of no centre the electors are known",
                "config/geography.yaml has them by district; or write telecallers",
            )
    scenario = _scenario(file, starts_on, centres, calendar)
    tree = tree or flat_tree(list(centres))
    return replace(scenario, tree=tree, weights=weights)


def _centres(file: ScenarioShape, tree: Tree) -> dict[CentreCode, int]:
    """Return how many telecallers each centre has: all that have none below, or some.

    What `centres` says of one comes before `every_centre`.
    """
    found: dict[CentreCode, int] = {}
    if file.every_centre:
        above = {centre.parent for centre in tree.values()}
        found = {code: file.every_centre for code in tree if code not in above}
    return found | {CentreCode(code): count for code, count in file.centres.items()}


def _refuse_what_cannot_be(
    file: ScenarioShape, path: Path, refuse: Callable[[str, str, str], BadInput]
) -> None:
    if file.scenario != path.stem:
        raise refuse(
            "scenario",
            f"is named {file.scenario!r} in a file named {path.name!r}",
            f"write scenario: {path.stem}",
        )
    together = sum(file.outcomes.values())
    if abs(together - 1) > NEARLY_ALL:
        raise refuse(
            "outcomes",
            f"the shares are {together:.3f} together, not 1",
            "what is missing rings out: rings_out",
        )
    if not file.centres and not file.every_centre:
        raise refuse(
            "centres",
            "no centre is named",
            "write centres: {MP.BPL.SEH: 6}, or every_centre: 6",
        )


def _scenario(
    file: ScenarioShape,
    starts_on: date,
    centres: dict[CentreCode, int],
    calendar: Calendar | None,
) -> Scenario:
    given: dict[str, Any] = {}
    for name in ("pick_up", "refusal", "talk", "wrap_up"):
        shape = getattr(file, name)
        if shape is not None:
            given[name] = Spread(**shape.model_dump())
    if file.survey is not None:
        question = Spread(**file.survey.question.model_dump())
        given["survey"] = Survey(
            file.survey.questions,
            question,
            file.survey.offer_s,
            file.survey.hangs_up,
        )
    if calendar is not None:
        given["calendar"] = calendar
    return Scenario(
        name=file.scenario,
        title_hi=file.title.hi,
        title_en=file.title.en,
        people=file.people,
        centres=centres,
        pooled=file.pool,
        mode=file.mode,
        starts_on=file.starts_on or starts_on,
        windows=file.windows or DEFAULT_WINDOWS[file.mode],
        off_days=file.off_days,
        lines=file.lines,
        calls_per_s=file.calls_per_s,
        outcomes=dict(file.outcomes),
        ring_timeout_s=file.ring_timeout_s,
        greeting_s=file.greeting_s,
        wants=file.wants,
        flow_s=file.flow_s,
        pause_every_s=60 * file.pauses.after_min,
        pause_s=60 * file.pauses.for_min,
        caps=Caps(**file.caps.model_dump()),
        routing=Routing(**file.routing.model_dump()),
        retry={
            outcome: RetryRule(rule.attempts, rule.delay, rule.day_parts)
            for outcome, rule in file.retry.items()
        },
        **given,
    )
