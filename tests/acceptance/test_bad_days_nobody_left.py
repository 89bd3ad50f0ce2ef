"""All telecallers leave at once while phones ring: what those people hear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.model import Disposition, NodeId
from ivr.simulation.population import Character, Spread
from ivr.simulation.truth import Happening
from tests.acceptance.test_bad_days_campaign import numbered, twice
from tests.acceptance.test_bad_days_desks import FIRST, SECOND, begin, office
from tests.acceptance.whole import FLOW, RATES, person
from tests.polling import until

pytestmark = pytest.mark.acceptance

D = Disposition
CALLS = 20


def handed_over() -> Flow:
    """Answered and handed over; who cannot be gets the choices, as in person.yaml."""
    call_back = Option("1", "callback", goto=NodeId("call_back"))
    sorry = Node(
        NodeId("sorry"),
        NodeKind.MENU,
        say={"hi": "वाक्य क्षमा"},
        options=(call_back,),
        next=NodeId("bye"),
        retries=0,
    )
    back = Node(
        NodeId("call_back"),
        NodeKind.CALLBACK,
        say={"hi": "वाक्य वापस"},
        next=NodeId("bye"),
    )
    nodes = {**FLOW.nodes, sorry.node_id: sorry, back.node_id: back}
    return replace(FLOW, start=NodeId("person"), nodes=nodes)


async def test_each_of_twenty_hears_the_apology_and_may_choose(tmp_path: Path) -> None:
    # They ring until the telecallers have gone, and do what they are asked to.
    rates = replace(
        RATES,
        pick_up=Spread(4, 3.6, 4.4),
        keys="1",
        characters={
            "asks_back": Character(1, press=1),
            "wants_no_calls": RATES.characters["wants_no_calls"],
        },
    )
    fates = [person("asks_back"), person("wants_no_calls")] * (CALLS // 2)
    people: dict = numbered(fates)
    flow = handed_over()
    async with office(tmp_path, people, rates=rates, flow=flow) as one:
        t, outcomes = one.trial, one.system.running.router.outcomes
        await begin(one, people, flow=flow)
        await until(lambda: t.count(Happening.RANG) == CALLS, within_s=20)
        assert t.count(Happening.ANSWERED) == 0
        for telecaller in (FIRST, SECOND):
            await t.post(f"/api/v1/desks/{telecaller}/logout")
        await until(lambda: sum(outcomes.values()) == CALLS, within_s=40)
        assert await t.disagreements() == []
        calls = await t.calls()
        assert all(call.abandoned for call, _ in calls)
        assert outcomes == {D.CALLBACK: CALLS // 2, D.OPTED_OUT: CALLS // 2}
        lived = t.lived()
        assert twice(lived) == []
        assert len(lived) == CALLS
        for who in lived:
            assert who.voices >= 1, who  # the first voice of all is the apology
            assert not who.talks, who
            assert who.keys, who
