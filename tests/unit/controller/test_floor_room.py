"""The floors as the controller makes them: from calls, desks, the store, the clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.core.day_counts import Counts
from ivr.core.dial_stops import StopScope
from ivr.core.floor import Floor
from ivr.core.model import CentreCode, Mode
from ivr.errors import StoreUnavailable
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, MP, SEH, CallCentre

DEMO = CAMPAIGN.campaign_id


async def floor(centre: CallCentre, code: CentreCode = MP) -> Floor:
    """Return the floor as it is now, with the campaigns that run now."""
    centre.clock.move(seconds=6)
    await centre.running.floor.refresh()
    return centre.running.floor.view(code).floor


async def names_of_alarms(centre: CallCentre, **later: float) -> list[str]:
    centre.clock.move(**later)
    await centre.running.floor.refresh()
    return [one.name for one in centre.running.floor.view(MP).alarms]


async def test_a_call_is_live_by_its_prompt_and_then_of_today(
    centre: CallCentre,
) -> None:
    await centre.people(2, last_of=SEH)
    first, last = await centre.dialled(2)
    assert first.due.contact.centre is None
    assert (await floor(centre, SEH)).calls == {"dialling": 1}
    assert (await floor(centre)).calls == {"dialling": 2}
    for live in (first, last):
        centre.pick_up(live, "1", "1")
    await centre.over()
    whole, part = await floor(centre), await floor(centre, SEH)
    assert whole.calls == part.calls == {}
    assert (whole.today.dialled, whole.today.answered) == (2, 2)
    assert (part.today.dialled, part.today.answered) == (1, 1)
    minutes = centre.running.floor.last_hour(SEH)
    assert [(one.dialled, one.answered) for one in minutes] == [(1, 1)]


async def test_a_campaign_shows_what_pacing_decided_and_because_of_what(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    await centre.dialled(1)
    (campaign,) = (await floor(centre)).campaigns
    run = centre.running.dial_loop.run_of(DEMO)
    assert run is not None
    assert (campaign.because, campaign.held) == (run.because, "")
    await centre.running.pause_campaign(DEMO)
    (campaign,) = (await floor(centre)).campaigns
    assert (campaign.state, bool(campaign.held)) == ("paused", True)


async def test_today_is_told_by_the_store_after_a_restart(centre: CallCentre) -> None:
    await centre.people(1, last_of=SEH)
    (live,) = await centre.dialled(1)
    centre.pick_up(live, "1", "1")
    await centre.over()
    before = (await floor(centre, SEH)).today
    centre.running.floor._day.restore([], centre.clock.now())
    assert (await floor(centre, SEH)).today == Counts()
    await centre.running.floor.restore()
    # How long an answer lasted is of the last minutes only.
    assert (await floor(centre, SEH)).today == replace(before, short=0)


async def test_nothing_dials_for_minutes_while_somebody_is_free(
    centre: CallCentre,
) -> None:
    await centre.people(1, replace(CAMPAIGN, mode=Mode.PROGRESSIVE))
    await centre.log_in("tc-1")
    (live,) = await centre.dialled(1)
    await floor(centre)
    assert await names_of_alarms(centre, minutes=6) == []  # it rings
    centre.switch.end(live.call.call_id)
    await centre.over()
    for turn in centre.store.turns_of(DEMO):
        turn.state = "refused"  # nobody is left to dial, and the campaign runs on
    await names_of_alarms(centre, seconds=1)
    assert await names_of_alarms(centre, minutes=4) == []
    assert await names_of_alarms(centre, minutes=2) == ["nothing_dials"]
    floor_room = centre.running.floor
    await floor_room.stop_dialling(StopScope.ALL, "", by="मीरा", why="आपात")
    await names_of_alarms(centre, seconds=1)
    assert await names_of_alarms(centre, seconds=21) == []


async def test_no_telecaller_is_logged_in_while_a_campaign_wants_them(
    centre: CallCentre,
) -> None:
    await centre.people(1, replace(CAMPAIGN, mode=Mode.PROGRESSIVE))
    await until(lambda: centre.running.dial_loop.run_of(DEMO) is not None)
    await floor(centre)
    assert await names_of_alarms(centre, seconds=59) == []
    assert await names_of_alarms(centre, seconds=2) == ["no_telecallers"]
    await centre.log_in("tc-1")
    await names_of_alarms(centre, seconds=1)
    assert "no_telecallers" not in await names_of_alarms(centre, seconds=21)


async def test_without_the_store_the_floors_go_on(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    before = centre.running.floor.view(MP).number
    centre.store.fail_with = StoreUnavailable("the disk is full")
    shown = await floor(centre)
    assert centre.running.floor.view(MP).number > before
    assert shown.by_desk_state["ready"] == 1
    centre.store.fail_with = None


@pytest.mark.parametrize("says", ["no", "nothing"])
async def test_a_database_that_is_away_is_an_alarm_that_ends_by_itself(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    async def away() -> None:
        if says == "nothing":
            await asyncio.Event().wait()
        raise StoreUnavailable("no answer")

    monkeypatch.setattr("ivr.controller.floor_room.STORE_S", 0.01)
    await floor(centre)
    with monkeypatch.context() as patched:
        patched.setattr(centre.store, "list_campaigns", away)
        assert await names_of_alarms(centre, seconds=6) == []  # for an instant only
        assert await names_of_alarms(centre, seconds=3) == ["store_away"]
    await names_of_alarms(centre, seconds=1)
    assert await names_of_alarms(centre, seconds=21) == []


async def test_a_campaign_says_that_the_database_holds_it(centre: CallCentre) -> None:
    await centre.people(1)
    await centre.dialled(1)
    centre.store.fail_with = StoreUnavailable("no answer")
    run = centre.running.dial_loop.run_of(DEMO)
    assert run is not None
    centre.running.dial_loop.refresh()  # it asks the store, whatever pacing says
    centre.running.dial_loop.wake()
    await until(lambda: run.held == "the store is away: no answer")
    centre.store.fail_with = None


async def test_a_campaign_started_while_nobody_could_look_is_found_afterwards(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def away() -> None:
        asked.set()
        raise StoreUnavailable("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(centre.store, "running_campaigns", away)
        await centre.people(1)
        await asked.wait()
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=5)
    await until(lambda: centre.running.dial_loop.run_of(DEMO) is not None)


async def test_how_many_writes_wait_is_told(centre: CallCentre) -> None:
    centre.floor_store.aside = 42
    await floor(centre)
    await names_of_alarms(centre, seconds=3)
    [alarm] = centre.running.floor.view(MP).alarms
    assert "42" in alarm.says_hi and "42" in alarm.says_en


async def test_why_nothing_dials_is_asked_for_a_centres_people_alone(
    centre: CallCentre,
) -> None:
    await centre.people(3, last_of=SEH)
    await centre.dialled(3)
    whole = await centre.running.floor.why_not(DEMO, MP)
    part = await centre.running.floor.why_not(DEMO, SEH)
    assert (whole.in_lists, part.in_lists) == (3, 1)
    assert [(gate.name, gate.count) for gate in part.gates] == [("live", 1)]
    assert part.holding_en == "the last 1 calls are going on"
    await centre.running.floor.stop_dialling(
        StopScope.CENTRE, SEH, by="मीरा", why="आपात"
    )
    part = await centre.running.floor.why_not(DEMO, SEH)
    assert part.holding_hi == "मीरा ने डायलिंग रोकी है: आपात"
    assert part.next_at is None
