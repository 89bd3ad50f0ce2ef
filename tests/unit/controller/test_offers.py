"""The offer gate on a whole controller: who is let through, and who was promised."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.flow_model import Flow, Node, NodeKind, Otherwise, When
from ivr.core.model import Disposition, NodeId, TelecallerId
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, FLOW, CallCentre, n, say

DEMO = CAMPAIGN.campaign_id
OFFER = "साथी से बात के लिए शून्य दबाएँ"


def gated(when: When = When.FREE, **given: object) -> Flow:
    """The survey, with an offer before its first question and after it."""
    nodes = dict(FLOW.nodes)
    for name, then in (("offer", "q1"), ("again", "q2")):
        nodes[n(name)] = Node(
            n(name),
            NodeKind.TELECALLER,
            when=when,
            otherwise=Otherwise.CONTINUE,
            next=NodeId(then),
            **given,  # type: ignore[arg-type]
        )
    nodes[n("q1")] = replace(nodes[n("q1")], next=n("again"))
    return replace(FLOW, start=n("offer"), nodes=nodes)


def texts(line: FakeLine) -> list[str]:
    return [clip.text for clips in line.asked for clip in clips]


async def talk_ends(centre: CallCentre, line: FakeLine) -> None:
    """The voter was joined; now the telecaller ends the talk, and all is over."""
    await until(lambda: centre.state("tc-1") == "talking")
    await centre.running.end_talk(TelecallerId("tc-1"))
    line.talk.set()
    await centre.over()


async def test_nobody_is_offered_a_telecaller_who_is_not_there(
    centre: CallCentre,
) -> None:
    await centre.people(1, flow=gated(offer_say=say(OFFER)))
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "1", "1", "")
    await centre.over()
    [(call, disposition)] = await centre.store.calls_of(DEMO)
    assert OFFER not in texts(line)
    assert (disposition, call.abandoned) == (Disposition.COMPLETED, False)


async def test_who_takes_an_offer_is_joined_and_the_gate_learns_of_it(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    await centre.people(1, flow=gated(offer_say=say(OFFER)))
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "1", "1", "")
    await until(lambda: centre.state("tc-1") == "talking")
    learned = centre.running.dial_loop.learned_of(CAMPAIGN)
    assert learned.estimates.p_accept("offer") > 0.5
    await talk_ends(centre, line)
    [(call, _)] = await centre.store.calls_of(DEMO)
    assert call.joined_at is not None
    assert not call.abandoned


async def test_one_desk_is_promised_to_one_voter_at_a_time(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    await centre.people(2, flow=gated(offer_say=say(OFFER)))
    first, second = await centre.dialled(2)
    held: list[str] = []

    def while_the_first_decides() -> None:
        # The first voter hears the offer; meanwhile the second picks up.
        if not held:
            held.append("second")
            lines.append(centre.pick_up(second, "1", "1", ""))

    lines = [centre.pick_up(first, "0", before_ask=while_the_first_decides)]
    await talk_ends(centre, lines[0])
    assert OFFER in texts(lines[0])
    assert texts(lines[1])[0] != OFFER


async def test_who_declines_is_promised_nothing_any_more(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(2, flow=gated(offer_say=say(OFFER)))
    first, second = await centre.dialled(2)
    lines = [centre.pick_up(first, "", "1", "1", "")]
    await until(lambda: first.state == "ended")
    lines.append(centre.pick_up(second, "0"))
    await talk_ends(centre, lines[1])
    assert texts(lines[0]).count(OFFER) == 1


async def test_a_promise_is_forgotten_with_its_call(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(2, flow=gated(offer_say=say(OFFER)))
    first, second = await centre.dialled(2)
    centre.pick_up(first)  # hangs up at the offer
    await until(lambda: first.state == "ended")
    line = centre.pick_up(second, "0")
    await talk_ends(centre, line)


async def test_who_was_promised_one_and_found_nobody_goes_on_and_counts_if_lost(
    centre: CallCentre,
) -> None:
    """The desk leaves between the promise and the joining."""
    await centre.log_in("tc-1")
    await centre.people(1, flow=gated(When.SOON, offer_say=say(OFFER)))
    [live] = await centre.dialled(1)
    gone: list[str] = []

    def telecaller_leaves() -> None:
        if not gone:
            gone.append("tc-1")
            leg = centre.switch.desk_rings[0]
            centre.switch.up.discard(leg)

    line = centre.pick_up(live, "0", "1", before_ask=telecaller_leaves)
    await centre.over()
    [(call, disposition)] = await centre.store.calls_of(DEMO)
    assert texts(line)[0] == OFFER
    assert any("नमस्ते" in text for text in texts(line))  # the next question
    assert call.unserved
    assert (call.abandoned, disposition) == (True, Disposition.ABANDONED)
