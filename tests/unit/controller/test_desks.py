"""Telecallers' desks: parked legs, voters joined to them, legs that die."""

from __future__ import annotations

import asyncio

import pytest

from ivr.controller.live_call import LiveCall
from ivr.core.call import CallState
from ivr.core.card import OwnDay
from ivr.core.model import CampaignId, DeskPhone, Disposition, TelecallerId
from ivr.errors import BadInput
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import CallCentre

DEMO = CampaignId("demo")
TC1 = TelecallerId("tc-1")


async def talking(centre: CallCentre) -> tuple[LiveCall, FakeLine]:
    """One voter presses 0 and talks to the one telecaller there is."""
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-1") == "talking")
    return live, line


async def test_a_voter_who_asks_is_joined_to_a_parked_telecaller(
    centre: CallCentre,
) -> None:
    live, line = await talking(centre)
    desk = centre.running.desk(TC1)
    assert desk.call_id == live.call.call_id
    assert desk.contact_number == "98•••••400"
    assert line.joined == [centre.switch.desk_rings[0]]
    assert line.held == 0  # a free desk is joined without a wait
    await centre.running.end_talk(TC1)
    line.talk.set()
    await centre.over()
    [(_, disposition)] = await centre.store.calls_of(DEMO)
    assert disposition is Disposition.TALKED
    [talk] = centre.store.conversations.values()
    assert talk.parted_at is not None
    assert centre.state("tc-1") == "wrap_up"


async def test_the_wrap_up_ends_by_itself_and_notes_that_nothing_was_noted(
    centre: CallCentre,
) -> None:
    _live, line = await talking(centre)
    await centre.running.end_talk(TC1)
    line.talk.set()
    await until(lambda: centre.state("tc-1") == "wrap_up")
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=16)
    await until(lambda: centre.state("tc-1") == "ready")
    [talk] = centre.store.conversations.values()
    assert talk.outcome == "not_noted"


async def test_an_outcome_that_was_noted_stays(centre: CallCentre) -> None:
    live, line = await talking(centre)
    await centre.running.end_talk(TC1)
    line.talk.set()
    await until(lambda: centre.state("tc-1") == "wrap_up")
    await centre.running.outcome(TC1, live.call.call_id, "resolved", "राशन कार्ड बना")
    await centre.running.ready(TC1)
    assert centre.state("tc-1") == "ready"
    [talk] = centre.store.conversations.values()
    assert (talk.outcome, talk.notes) == ("resolved", "राशन कार्ड बना")


async def test_a_voter_for_whom_nobody_is_free_is_abandoned_and_told_so(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "", "")
    await centre.over()
    [(call, disposition)] = await centre.store.calls_of(DEMO)
    assert disposition is Disposition.ABANDONED
    assert call.abandoned
    assert line.held == 1
    texts = [clip.text for clips in line.asked for clip in clips]
    assert "क्षमा कीजिए" in texts


async def test_an_abandoned_voter_is_counted_before_the_apology_begins(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    counted: list[bool] = []

    def look() -> None:
        counted.append(centre.store.attempts[live.call.call_id].call.abandoned)

    centre.pick_up(live, "0", "", "", before_ask=look)
    await centre.over()
    assert counted[:2] == [False, True]  # the question, then the apology


async def test_one_telecaller_is_never_promised_to_two_voters(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    await centre.people(2)
    first, second = await centre.dialled(2)
    lines = [centre.pick_up(live, "0", "", "") for live in (first, second)]
    await until(lambda: sum(bool(line.joined) for line in lines) == 1)
    await until(lambda: centre.running.router.count() == 1)
    joined = [line.joined for line in lines]
    assert sorted(map(len, joined)) == [0, 1]


async def test_a_voter_who_hangs_up_while_promised_frees_the_desk(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0")
    original = line.join

    async def hang_up_first(leg_id: str) -> bool:
        line._gone()
        return await original(leg_id)

    line.join = hang_up_first  # type: ignore[method-assign]
    await centre.over()
    await until(lambda: centre.state("tc-1") == "ready")


async def test_a_dead_leg_is_rung_again_until_it_is_back(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    leg = centre.switch.desk_rings[0]
    centre.switch.end(leg)
    await until(lambda: centre.state("tc-1") == "reconnecting")
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=1)
    await until(lambda: centre.state("tc-1") == "ready")
    assert len(centre.switch.desk_rings) == 2


async def test_a_leg_that_never_comes_back_logs_the_telecaller_out(
    centre: CallCentre,
) -> None:
    await centre.log_in("tc-1")
    centre.switch.desks_answer = False
    centre.switch.end(centre.switch.desk_rings[0])
    for _ in range(20):
        await until(
            lambda: bool(centre.clock._sleepers) or centre.state("tc-1") == "offline"
        )
        centre.clock.move(seconds=20)
    await until(lambda: centre.state("tc-1") == "offline")


async def test_a_telecaller_cannot_log_in_twice(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    with pytest.raises(BadInput, match="logged in already"):
        await centre.running.log_in(TC1)


async def test_a_pause_needs_a_reason_and_takes_no_calls(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    with pytest.raises(BadInput, match="reason"):
        await centre.running.pause(TC1, "  ")
    await centre.running.pause(TC1, "चाय")
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.pick_up(live, "0", "", "")
    await centre.over()
    assert centre.state("tc-1") == "paused"
    assert live.state is CallState.ENDED and live.call.abandoned


async def test_an_unknown_telecaller_is_named_with_those_known(
    centre: CallCentre,
) -> None:
    with pytest.raises(BadInput, match="tc-1, tc-2"):
        await centre.running.log_in(TelecallerId("tc-9"))


async def test_every_state_of_a_desk_is_kept(centre: CallCentre) -> None:
    _live, line = await talking(centre)
    await centre.running.end_talk(TC1)
    line.talk.set()
    await centre.over()
    states = [str(state) for _, state, *_ in centre.store.desk_log]
    assert states == ["calling", "ready", "reserved", "talking", "wrap_up"]


async def test_the_phone_chosen_at_log_in_is_rung_and_rung_again(
    centre: CallCentre,
) -> None:
    assert (await centre.running.log_in(TC1, DeskPhone.BROWSER)).phone == "browser"
    await until(lambda: centre.state("tc-1") == "ready")
    [telecaller] = [
        session.telecaller
        for session in centre.running.desks_room.sessions()
        if session.telecaller.telecaller_id == TC1
    ]
    assert centre.switch.rung == [telecaller.web_address]
    centre.switch.end(centre.switch.desk_rings[0])
    await until(lambda: centre.state("tc-1") == "reconnecting")
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=1)
    await until(lambda: centre.state("tc-1") == "ready")
    assert centre.switch.rung == [telecaller.web_address] * 2
    # The next day they have their softphone again.
    await centre.running.log_out(TC1)
    await centre.log_in("tc-1")
    assert centre.switch.rung[-1] == telecaller.address


async def test_a_card_does_not_wait_for_a_store_that_says_nothing(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("ivr.controller.desk_cards.SHOWN_WITHIN_S", 0.01)
    for question in ("earlier_calls", "own_day"):
        monkeypatch.setattr(centre.store, question, hangs)
    live, _line = await talking(centre)
    card = await centre.running.card(TC1)
    assert card is not None and card.call_id == live.call.call_id
    assert card.earlier == ()
    assert await centre.running.own_day(TC1) == OwnDay(0, 0.0, {})
