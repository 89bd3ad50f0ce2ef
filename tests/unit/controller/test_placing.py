"""Whom we owe a talk is called with a desk reserved, or a moment later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ivr.core.model import CampaignId, Due, Mode
from ivr.errors import SwitchGone
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre, say
from tests.unit.controller.test_offers import OFFER, gated, texts

OWED = replace(CAMPAIGN, mode=Mode.PROGRESSIVE)
DEMO = CampaignId("demo")


def asked_for_it(centre: CallCentre) -> None:
    """Every contact that is claimed from now on asked to be called now."""
    claim_due = centre.store.claim_due

    async def claimed(*args: object) -> list[Due]:
        found = await claim_due(*args)  # type: ignore[arg-type]
        return [replace(one, callback_at=centre.clock.now()) for one in found]

    centre.store.claim_due = claimed  # type: ignore[method-assign]


async def test_the_desk_is_reserved_from_the_dial_on_and_joined_to_them(
    centre: CallCentre,
) -> None:
    asked_for_it(centre)
    await centre.log_in("tc-1")
    await centre.people(1, OWED)
    [live] = await centre.dialled(1)
    assert centre.state("tc-1") == "reserved"
    line = centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-1") == "talking")
    assert line.held == 0
    line.talk.set()


async def test_the_offer_gate_lets_them_through_to_the_desk_that_is_kept_for_them(
    centre: CallCentre,
) -> None:
    asked_for_it(centre)
    await centre.log_in("tc-1")
    await centre.people(1, OWED, flow=gated(offer_say=say(OFFER)))
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0")
    await until(lambda: centre.state("tc-1") == "talking")
    assert texts(line) == [OFFER]
    line.talk.set()


async def test_the_desk_is_free_again_when_they_do_not_answer(
    centre: CallCentre,
) -> None:
    asked_for_it(centre)
    await centre.log_in("tc-1")
    await centre.people(1, OWED)
    [live] = await centre.dialled(1)
    assert centre.state("tc-1") == "reserved"
    centre.switch.end(live.call.call_id, cause=17)
    await until(lambda: centre.state("tc-1") == "ready")


async def test_a_call_that_cannot_be_placed_frees_its_desk(centre: CallCentre) -> None:
    asked_for_it(centre)
    await centre.log_in("tc-1")
    centre.running.dial_loop.is_draining = True
    await centre.people(1, OWED)
    centre.running.dial_loop.is_draining = False
    centre.running.router.place = _refuses  # type: ignore[method-assign,assignment]
    centre.running.dial_loop.wake()
    await until(lambda: ("tc-1", "reserved") in _states(centre))
    await until(lambda: centre.state("tc-1") == "ready")


async def test_with_nobody_free_they_are_asked_again_a_moment_later(
    centre: CallCentre,
) -> None:
    asked_for_it(centre)
    await centre.log_in("tc-1")
    loop = centre.running.dial_loop
    desks = centre.running.desks_room
    desks.promise = lambda *_: False  # type: ignore[method-assign]
    await centre.people(1, OWED)
    now = centre.clock.now()
    await until(lambda: loop.run_of(DEMO) is not None)
    run = loop.run_of(DEMO)
    assert run is not None
    await until(lambda: "next at" in run.because)
    assert await centre.store.next_due_at(DEMO, now) == now + timedelta(seconds=15)
    assert centre.switch.dials == []


def _states(centre: CallCentre) -> list[tuple[str, str]]:
    return [(str(who), str(state)) for who, state, *_ in centre.store.desk_log]


async def _refuses(*_: object, **__: object) -> None:
    raise SwitchGone("a test refuses")
