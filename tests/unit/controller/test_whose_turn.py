"""From whose list a pool of centres calls next, by its own desks and calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

from ivr.controller.campaign_run import CampaignRun
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Abandonment
from ivr.controller.watching import Watch
from ivr.controller.whose_turn import WhoseTurn
from ivr.core.call import CallState
from ivr.core.desk import Desk
from ivr.core.model import Campaign, CentreCode, DeskState, PacingDecision
from ivr.core.pacer import Expected, Fact, PacingView
from tests.unit.controller.conftest import CAMPAIGN, FLOW, TRUNK
from tests.unit.controller.test_desk_routing import NEAR, OWN, Scene, due, voter

SEHORE, BHOPAL = CentreCode("MP.BPL.SEH"), CentreCode("MP.BPL.BHO")


class Knows:
    """A pacer: half of the calls bring somebody who wants a telecaller."""

    def decide(self, view: PacingView) -> PacingDecision:
        return PacingDecision(0, "")

    def saw(self, fact: Fact) -> None:
        """It learns nothing."""

    def expects(self) -> Expected:
        return Expected(wanting=0.5, answered=0.5, answered_in_s=8.0)

    def chance_free(self, desk: Desk, age_s: float, within_s: float) -> float:
        return {DeskState.READY: 1.0, DeskState.TALKING: 0.25}.get(desk.state, 0.0)


@dataclass
class Lines:
    """The calls that are up."""

    up: list[LiveCall] = field(default_factory=list)

    def live(self) -> list[LiveCall]:
        return self.up


def ringing(name: str, centre: CentreCode) -> LiveCall:
    person = due()
    live = voter(name, whose=replace(person, contact=_of(person, centre)))
    live.note(state=CallState.RINGING)
    return live


def _of(person: Any, centre: CentreCode) -> Any:
    return replace(person.contact, centre=centre)


def turns(
    scene: Scene,
    calls: int,
    *up: LiveCall,
    pacer: object = None,
    campaign: Campaign = CAMPAIGN,
    spent: CentreCode | None = None,
) -> list[CentreCode]:
    whose_turn = WhoseTurn(
        router=cast("Any", Lines(list(up))),
        desks=scene.desks,
        watch=Watch(lambda fact: None),
        clock=scene.clock,
    )
    run = CampaignRun(campaign, FLOW, TRUNK, cast("Any", pacer or Knows()))
    if spent is not None:
        good = {BHOPAL: Abandonment(9000, 0, 0, 0)}  # or all of the division is spent
        run.by_centre = good | {spent: Abandonment(1000, 35, 0, 0)}
    return whose_turn.of(run, calls)


async def test_the_centre_whose_desk_is_free_has_its_people_called() -> None:
    scene = Scene()
    await scene.there(OWN)
    await scene.talking(NEAR)
    assert turns(scene, 1) == [SEHORE]
    assert turns(scene, 1, ringing("a", SEHORE), ringing("b", SEHORE)) == [BHOPAL]


async def test_calls_of_one_decision_are_spread() -> None:
    scene = Scene()
    await scene.there(OWN, NEAR)
    assert sorted(turns(scene, 2)) == [BHOPAL, SEHORE]


async def test_a_centre_whose_account_is_spent_is_passed_by() -> None:
    scene = Scene()
    await scene.there(OWN)
    await scene.talking(NEAR)
    assert turns(scene, 2) == [SEHORE, SEHORE]
    assert turns(scene, 1, spent=SEHORE) == [BHOPAL]
    assert SEHORE not in turns(scene, 9, spent=SEHORE)


async def test_a_campaign_of_one_centre_takes_no_turns() -> None:
    scene = Scene()
    await scene.there(OWN, NEAR)
    alone = replace(CAMPAIGN, centres=(SEHORE,))
    assert turns(scene, 3, campaign=alone) == []


async def test_a_pacer_that_foresees_nothing_leaves_the_queue_s_order() -> None:
    scene = Scene()
    await scene.there(OWN, NEAR)
    assert turns(scene, 3, pacer=object()) == []
