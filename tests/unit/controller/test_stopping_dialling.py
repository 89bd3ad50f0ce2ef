"""The kill switch: after it no dial goes out, whatever was under way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.controller import dial_stops
from ivr.controller.ports import Dial
from ivr.core.dial_stops import StopScope
from ivr.core.model import CampaignState, Disposition, Mode, TelecallerId
from ivr.errors import BadInput, StoreUnavailable, SwitchGone
from tests.polling import until
from tests.unit.controller.conftest import (
    CAMPAIGN,
    FLOW,
    SEH,
    CallCentre,
    call_centre,
)

DEMO = CAMPAIGN.campaign_id


async def stop(
    centre: CallCentre, scope: StopScope = StopScope.ALL, about: str = ""
) -> str:
    floor = centre.running.floor
    made = await floor.stop_dialling(scope, about, by="meera", why="ग़लत संदेश")
    return made.stop_id


async def lift(centre: CallCentre, stop_id: str) -> None:
    await centre.running.floor.resume_dialling(stop_id, by="meera")
    centre.clock.move(seconds=2)  # a look at the queue may have been under way


async def ticks(centre: CallCentre, count: int = 5) -> None:
    """Let the dial loop look so many times."""
    loop = centre.running.dial_loop
    await until(lambda: loop.last_tick_at is not None)
    for _ in range(count):
        loop.last_tick_at = None
        loop.look_again()
        await until(lambda: loop.last_tick_at is not None)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("scope", "about"),
    [
        (StopScope.ALL, ""),
        (StopScope.CAMPAIGN, "demo"),
        (StopScope.CENTRE, "MP"),
    ],
)
async def test_after_a_stop_nobody_is_dialled_until_it_is_lifted(
    centre: CallCentre, scope: StopScope, about: str
) -> None:
    await centre.store.save_campaign(CAMPAIGN, FLOW, "", centre.clock.now())
    stop_id = await stop(centre, scope, about)
    await centre.people(3)
    await ticks(centre)
    assert centre.switch.dials == []
    run = centre.running.dial_loop.run_of(DEMO)
    assert run is not None
    assert "stopped by meera: ग़लत संदेश" in run.because
    await lift(centre, stop_id)
    await centre.dialled(3)


async def test_a_centres_stop_leaves_the_others_and_its_people_are_due_again(
    centre: CallCentre,
) -> None:
    stop_id = await stop(centre, StopScope.CENTRE, SEH)
    await centre.people(2, last_of=SEH)
    first, last = centre.store.turns_of(DEMO)
    await until(lambda: last.reason == "dialling_stopped")
    (live,) = await centre.dialled(1)
    assert live.call.contact_id == first.contact.contact_id
    await lift(centre, stop_id)
    await centre.dialled(2)


async def test_calls_that_ring_are_dropped_and_conversations_go_on(
    centre: CallCentre,
) -> None:
    await centre.people(2)
    answered, ringing = await centre.dialled(2)
    centre.pick_up(answered, "1")
    await until(lambda: answered.call.answered_at is not None)
    await stop(centre)
    assert ringing.call.call_id in centre.switch.hung_up
    assert answered.call.call_id not in centre.switch.hung_up
    await until(lambda: ringing.ended.is_set())
    attempt = centre.store.attempts[ringing.call.call_id]
    await until(lambda: attempt.disposition is not None)
    assert attempt.disposition is Disposition.CANCELLED


async def test_a_call_whose_attempt_is_being_written_is_not_dialled(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, is_writing = asyncio.Event(), asyncio.Event()
    write = centre.store.open_attempt

    async def slowly(call: object) -> None:
        is_writing.set()
        await may_write.wait()
        await write(call)  # type: ignore[arg-type]

    monkeypatch.setattr(centre.store, "open_attempt", slowly)
    await centre.people(1)
    await is_writing.wait()
    await stop(centre)
    may_write.set()
    await centre.over()
    assert centre.switch.dials == []
    (attempt,) = centre.store.attempts.values()
    assert attempt.disposition is Disposition.CANCELLED


async def test_who_was_claimed_is_not_dialled_either(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_claim, is_claiming = asyncio.Event(), asyncio.Event()
    claim = centre.store.claim_due

    async def slowly(*asked: object) -> object:
        claimed = await claim(*asked)  # type: ignore[arg-type]
        is_claiming.set()
        await may_claim.wait()
        return claimed

    monkeypatch.setattr(centre.store, "claim_due", slowly)
    await centre.people(1)
    await is_claiming.wait()
    stop_id = await stop(centre)
    may_claim.set()
    (turn,) = centre.store.turns_of(DEMO)
    await until(lambda: turn.reason == "dialling_stopped")
    assert centre.store.attempts == {}
    monkeypatch.undo()
    await lift(centre, stop_id)
    await centre.dialled(1)


async def test_a_dial_that_was_on_its_way_is_the_last(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many placed together, those that were not yet at the switch never are."""
    dial, stopped = centre.switch.dial, False

    async def and_stop(one: Dial) -> None:
        nonlocal stopped
        assert not stopped, "a dial went out after the stop"
        stopped = True
        await dial(one)
        await stop(centre)

    monkeypatch.setattr(centre.switch, "dial", and_stop)
    await centre.people(20)
    await until(lambda: stopped)
    await ticks(centre)
    assert len(centre.switch.dials) == 1


async def test_without_the_store_it_stops_all_the_same_and_says_so(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    (live,) = await centre.dialled(1)
    centre.store.fail_with = StoreUnavailable("the disk is full")
    with pytest.raises(StoreUnavailable, match="dialling is stopped, but"):
        await stop(centre)
    assert centre.running.floor.stops()
    assert live.call.call_id in centre.switch.hung_up
    centre.store.fail_with = None
    await centre.running.floor.refresh()  # as it does each second
    assert await centre.floor_store.dial_stops() == centre.running.floor.stops()


async def test_a_store_that_hangs_does_not_let_the_telephones_ring_on(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_stop: object) -> None:
        await asyncio.Event().wait()

    await centre.people(1)
    (live,) = await centre.dialled(1)
    monkeypatch.setattr(dial_stops, "WRITE_S", 0.05)
    monkeypatch.setattr(centre.floor_store, "keep_dial_stop", hangs)
    with pytest.raises(StoreUnavailable, match="dialling is stopped, but"):
        await stop(centre)
    assert live.call.call_id in centre.switch.hung_up
    monkeypatch.undo()
    await centre.running.floor.refresh()  # as it does each second
    assert await centre.floor_store.dial_stops() == centre.running.floor.stops()


async def test_it_is_written_before_any_call_is_dropped_and_all_are_together(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch that hangs takes its five seconds once, and no restart forgets it."""
    written_at_drops: list[int] = []
    lets_go = asyncio.Event()

    async def hangs(_call_id: str) -> bool:
        written_at_drops.append(len(centre.floor_store.stops))
        await lets_go.wait()
        raise SwitchGone("no answer in time")

    await centre.people(5)
    await centre.dialled(5)
    monkeypatch.setattr(centre.switch, "hang_up", hangs)
    stopping = asyncio.create_task(stop(centre))
    await until(lambda: len(written_at_drops) == 5)
    assert written_at_drops == [1] * 5
    assert {live.call.cancelled for live in centre.running.router.live()} == {
        "stopped: ग़लत संदेश"
    }
    lets_go.set()
    await stopping
    monkeypatch.undo()


async def test_a_stop_outlives_a_restart() -> None:
    """Another controller on the same store, with people who are due: no dial."""
    async with call_centre() as before:
        await before.store.save_campaign(CAMPAIGN, FLOW, "", before.clock.now())
        stop_id = await stop(before, StopScope.CAMPAIGN, "demo")
        await before.people(3)
        await ticks(before)
        assert before.switch.dials == []
    async with call_centre(after=before) as centre:
        (kept,) = centre.running.floor.stops()
        assert (kept.stop_id, kept.by, kept.why) == (stop_id, "meera", "ग़लत संदेश")
        assert await centre.store.campaign_state(DEMO) is CampaignState.RUNNING
        await ticks(centre, 10)
        assert centre.switch.dials == []
        assert centre.store.attempts == {}
        await lift(centre, stop_id)
        await centre.dialled(3)


async def test_what_is_not_there_cannot_be_stopped_or_lifted(
    centre: CallCentre,
) -> None:
    floor = centre.running.floor
    with pytest.raises(BadInput):
        await stop(centre, StopScope.CENTRE, "XX")
    with pytest.raises(BadInput):
        await stop(centre, StopScope.CAMPAIGN, "nobody")
    with pytest.raises(BadInput):
        await floor.resume_dialling("s-none", by="meera")
    with pytest.raises(BadInput, match="say why"):
        await floor.stop_dialling(StopScope.ALL, "", by="meera", why="  ")
    assert floor.stops() == []


async def test_preview_shows_nobody_who_may_not_be_dialled(
    centre: CallCentre,
) -> None:
    await centre.people(1, replace(CAMPAIGN, mode=Mode.PREVIEW))
    await centre.log_in("tc-1")
    await ticks(centre)
    await centre.running.preview_dial(TelecallerId("tc-1"))
    await stop(centre)
    with pytest.raises(BadInput, match="stopped by meera"):
        await centre.running.preview_dial(TelecallerId("tc-1"))
    assert centre.switch.dials == []
