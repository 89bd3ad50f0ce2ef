"""A flow that offers telecallers only when one is free, on real softphones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.flow_model import Node, NodeKind, Otherwise, When
from ivr.core.model import Disposition, NodeId
from tests.acceptance.test_bad_days_campaign import numbered
from tests.acceptance.test_bad_days_desks import FIRST, SECOND, office
from tests.acceptance.whole import CAMPAIGN, FLOW, TRIAL, person
from tests.polling import until

pytestmark = pytest.mark.acceptance

# Sentences of the trial's flow: they have sound.
OFFER, WAIT = {"hi": "वाक्य first"}, {"hi": "वाक्य sorry"}
OFFERS = Node(
    NodeId("offer"),
    NodeKind.TELECALLER,
    when=When.FREE,
    offer_say=OFFER,
    otherwise=Otherwise.CONTINUE,
    next=NodeId("first"),
)
PERSON = replace(
    FLOW.nodes[NodeId("person")],
    when=When.SOON,
    otherwise=Otherwise.WAIT,
    otherwise_say=WAIT,
    retries=12,
)
GATED = replace(
    FLOW,
    start=OFFERS.node_id,
    nodes={**FLOW.nodes, OFFERS.node_id: OFFERS, PERSON.node_id: PERSON},
)


async def test_four_who_want_one_of_two_telecallers_all_have_one_in_turn(
    tmp_path: Path,
) -> None:
    people: dict = numbered([person("asks")] * 4)
    async with office(tmp_path, people) as one:
        t, outcomes = one.trial, one.system.running.router.outcomes
        await t.enrol(people, campaign=CAMPAIGN, flow=GATED, running=False)
        await t.post(f"/api/v1/campaigns/{TRIAL}/start")
        await until(lambda: sum(outcomes.values()) >= len(people), within_s=60)
        await until(lambda: one.state(FIRST) == one.state(SECOND) == "ready")
        assert outcomes == {Disposition.TALKED: 4}
        assert await t.disagreements() == []
        async with t.store() as store:
            calls = [call for call, _ in await store.calls_of(TRIAL)]
        assert not [call for call in calls if call.abandoned]
        heard = [who for call in t.lived() for who in call.talks.values()]
        assert sorted(who for [who] in heard) == [FIRST, FIRST, SECOND, SECOND]
