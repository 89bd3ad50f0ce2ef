"""A new controller goes on with the calls and desks of one that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ivr.controller.ports import DeskThen, Standing
from ivr.core.call import Call, CallState
from ivr.core.model import (
    Answer,
    Contact,
    ContactId,
    Disposition,
    TelecallerId,
    Trunk,
)
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import (
    CAMPAIGN,
    SEH,
    TRUNK,
    CallCentre,
    call_centre,
)

DEMO = CAMPAIGN.campaign_id


@asynccontextmanager
async def next_one(
    first: CallCentre, trunk: Trunk = TRUNK
) -> AsyncIterator[CallCentre]:
    """The controller dies at once; another starts beside the same switch."""
    await first.running.let_go()
    for line in first.lines:
        line.cancel()
    async with call_centre(trunk, after=first, same_switch=True) as second:
        yield second


async def said(centre: CallCentre, line: FakeLine) -> list[str]:
    kept = await centre.store.answers_of(line.call_id)
    return [f"{one.node}:{one.value}" for one in kept if isinstance(one, Answer)]


def asked(line: FakeLine) -> list[str]:
    return [" ".join(clip.text for clip in clips) for clips in line.asked]


async def answered_first(centre: CallCentre) -> FakeLine:
    """A voter who has answered the first question, and thinks about the second."""
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = FakeLine(live.call.call_id, centre.switch, ["1"], thinks=True)
    centre.switch.answer(line.call_id)
    centre.answers(line)
    await until(lambda: len(line.asked) == 2)
    return line


async def test_a_voter_goes_on_at_the_question_where_they_were(
    centre: CallCentre,
) -> None:
    line = await answered_first(centre)
    async with next_one(centre) as second:
        [live] = second.running.router.live()
        assert live.state is CallState.IN_FLOW
        again = FakeLine(line.call_id, second.switch, ["2", ""])
        second.answers(again)
        await second.over()
        assert "दूसरा सवाल" in asked(again)[0]
        assert await said(second, again) == ["q1:1", "q2:2"]
        [(call, ended)] = await second.store.calls_of(DEMO)
        assert (ended, call.answers) == (Disposition.COMPLETED, 2)
        assert call.place == ""  # it told what was answered


async def test_a_voter_who_did_not_answer_goes_on_at_the_next_question_too(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = FakeLine(live.call.call_id, centre.switch, ["", ""], thinks=True)
    centre.switch.answer(line.call_id)
    await until(lambda: centre.store.attempts[line.call_id].call.answered_at)
    centre.answers(line)
    await until(lambda: len(line.asked) == 3)  # once more, and then the second
    centre.switch.keys[line.call_id] = "2"
    async with next_one(centre) as second:
        again = FakeLine(line.call_id, second.switch, [""])
        second.answers(again)
        await second.over()
        assert await said(second, again) == ["q2:2"]


async def test_a_key_that_nobody_took_before_a_later_answer_answers_nothing(
    centre: CallCentre,
) -> None:
    line = await answered_first(centre)
    centre.switch.keys[line.call_id] = "012"  # they asked for a person, then answered
    async with next_one(centre) as second:
        again = FakeLine(line.call_id, second.switch, [""])
        second.answers(again)
        await second.over()
        assert await said(second, again) == ["q1:1", "q1:0", "q2:2"]
        kept = await second.store.answers_of(line.call_id)
        assert [one.accepted for one in kept] == [True, False, True]


async def test_a_key_pressed_while_nobody_was_there_is_the_answer(
    centre: CallCentre,
) -> None:
    line = await answered_first(centre)
    centre.switch.keys[line.call_id] = "12"
    async with next_one(centre) as second:
        again = FakeLine(line.call_id, second.switch, [""])
        second.answers(again)
        await second.over()
        assert await said(second, again) == ["q1:1", "q2:2"]
        assert len(again.asked) == 1  # the farewell


async def test_who_hung_up_meanwhile_is_heard_all_the_same(centre: CallCentre) -> None:
    line = await answered_first(centre)
    centre.switch.keys[line.call_id] = "19"
    centre.switch.up.discard(line.call_id)
    async with next_one(centre) as second:
        await second.over()
        assert await said(second, line) == ["q1:1", "q2:9"]
        [(call, ended)] = await second.store.calls_of(DEMO)
        assert (ended, call.opted_out) == (Disposition.OPTED_OUT, True)
        assert await second.store.is_do_not_call(call.number)


async def test_who_hangs_up_before_their_line_comes_again_is_heard_too(
    centre: CallCentre,
) -> None:
    line = await answered_first(centre)
    centre.switch.keys[line.call_id] = "19"
    async with next_one(centre) as second:
        [live] = second.running.router.live()
        second.switch.end(line.call_id)
        await second.over()
        assert await said(second, line) == ["q1:1", "q2:9"]
        assert await second.store.is_do_not_call(live.call.number)


async def test_what_is_just_written_is_dialled_before_a_controller_lets_go(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_slow, may_go_on = asyncio.Event(), asyncio.Event()
    open_attempt = centre.store.open_attempt

    async def slowly(call: Call) -> None:
        await open_attempt(call)
        is_slow.set()
        await may_go_on.wait()

    monkeypatch.setattr(centre.store, "open_attempt", slowly)
    await centre.people(1)
    await is_slow.wait()
    stopping = asyncio.create_task(centre.running.stop_dialling(5.0))
    await asyncio.sleep(0.1)
    assert not stopping.done() and centre.switch.up == set()
    may_go_on.set()
    await stopping
    [call] = await centre.store.open_attempts()
    assert call.call_id in centre.switch.up


async def test_a_call_that_ends_while_it_is_taken_over_is_closed(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await answered_first(centre)
    contact = centre.store.contact

    async def and_they_hang_up(contact_id: ContactId) -> Contact:
        centre.switch.end(line.call_id)
        await asyncio.sleep(0)  # its event comes while nobody has the call yet
        return await contact(contact_id)

    monkeypatch.setattr(centre.store, "contact", and_they_hang_up)
    async with next_one(centre) as second:
        await second.over()
        assert await second.store.open_attempts() == []


async def test_a_call_that_ends_once_it_is_taken_over_is_closed_too(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await answered_first(centre)
    standing = centre.switch.standing

    async def and_then_they_hang_up() -> Standing:
        found = await standing()
        centre.switch.end(line.call_id)
        await asyncio.sleep(0.01)
        return found

    monkeypatch.setattr(centre.switch, "standing", and_then_they_hang_up)
    async with next_one(centre) as second:
        await second.over()
        assert await second.store.open_attempts() == []


async def test_a_leg_that_goes_down_while_it_is_taken_over_is_not_waited_for(
    centre: CallCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await centre.log_in("tc-1")
    then, [leg] = centre.store.last_desk_state, centre.switch.up

    async def and_it_dies(telecaller_id: TelecallerId) -> DeskThen | None:
        centre.switch.end(leg)
        await asyncio.sleep(0.01)
        return await then(telecaller_id)

    monkeypatch.setattr(centre.store, "last_desk_state", and_it_dies)
    async with next_one(centre) as second:
        await until(lambda: second.state("tc-1") == "reconnecting")


async def test_a_campaign_whose_trunk_is_out_of_the_settings_hinders_nobody(
    centre: CallCentre,
) -> None:
    line = await answered_first(centre)
    centre.switch.up.discard(line.call_id)
    async with next_one(centre, trunk=Trunk(TRUNK.name, "", channels=0)) as second:
        await second.over()
        assert await second.store.open_attempts() == []
        run = second.running.dial_loop.run_of(DEMO)
        assert run is not None
        await until(lambda: run.held)
        assert "caller" in run.held or "a2p" in run.held


@pytest.mark.parametrize(("keys", "barred"), [("", False), ("1", False), ("19", True)])
async def test_who_answered_and_heard_no_question_answered_none_and_was_abandoned(
    centre: CallCentre, keys: str, barred: bool
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.keys[live.call.call_id] = keys
    centre.switch.up.discard(live.call.call_id)
    async with next_one(centre) as second:
        await second.over()
        kept = await second.store.answers_of(live.call.call_id)
        assert [(one.value, one.accepted) for one in kept] == [
            (key, key == "9") for key in keys
        ]
        [(call, _)] = await second.store.calls_of(DEMO)
        assert call.abandoned
        assert await second.store.is_do_not_call(call.number) is barred


async def test_a_ringing_telephone_is_not_dialled_again(centre: CallCentre) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    async with next_one(centre) as second:
        [same] = second.running.router.live()
        assert same.call.call_id == live.call.call_id
        second.pick_up(same, "1", "1", "")
        await second.over()
        assert len(second.switch.dials) == 1
        [(_, ended)] = await second.store.calls_of(DEMO)
        assert ended is Disposition.COMPLETED


async def test_a_call_of_nobody_is_ended(centre: CallCentre) -> None:
    centre.switch.up.add("c-000000000000aa")
    async with next_one(centre) as second:
        assert second.switch.hung_up == ["c-000000000000aa"]


async def test_a_talk_goes_on_and_then_the_flow(centre: CallCentre) -> None:
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0")
    await until(lambda: centre.state("tc-1") == "talking")
    async with next_one(centre) as second:
        assert second.state("tc-1") == "talking"
        [same] = second.running.router.live()
        assert same.state is CallState.TALKING
        [leg] = same.legs
        second.switch.part(line.call_id, leg)
        await until(lambda: second.state("tc-1") == "wrap_up")
        again = FakeLine(line.call_id, second.switch, [""])
        second.answers(again)
        await second.over()
        assert "धन्यवाद" in asked(again)[0]
        [(_, ended)] = await second.store.calls_of(DEMO)
        assert ended is Disposition.TALKED
        [talk] = second.store.conversations.values()
        assert talk.parted_at is not None


async def test_desks_are_as_they_were(centre: CallCentre) -> None:
    await centre.log_in("tc-1", "tc-2")
    await centre.running.pause(TelecallerId("tc-2"), "चाय")
    async with next_one(centre) as second:
        assert (second.state("tc-1"), second.state("tc-2")) == ("ready", "paused")
        assert second.running.desk(TelecallerId("tc-2")).reason == "चाय"
        assert second.switch.hung_up == []
        await second.running.log_out(TelecallerId("tc-1"))
        assert second.state("tc-1") == "offline"


async def test_a_line_that_broke_is_taken_up_again(centre: CallCentre) -> None:
    line = await answered_first(centre)
    again = FakeLine(line.call_id, centre.switch, ["2", ""])
    centre.answers(again)  # the first has not even noticed
    await centre.over()
    assert await said(centre, again) == ["q1:1", "q2:2"]
    [(_, ended)] = await centre.store.calls_of(DEMO)
    assert ended is Disposition.COMPLETED


async def test_who_waited_for_a_telecaller_waits_again(centre: CallCentre) -> None:
    patient = replace(CAMPAIGN, connect_patience=CAMPAIGN.ring_timeout)
    await centre.people(1, patient, last_of=SEH)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0")
    await until(lambda: live.state is CallState.WAITING)
    again = FakeLine(line.call_id, centre.switch)
    centre.answers(again)
    await until(lambda: again.held > 0)
    await centre.log_in_without_waiting("tc-1")
    await until(lambda: bool(again.joined))
    centre.switch.end(line.call_id)
    await centre.over()
