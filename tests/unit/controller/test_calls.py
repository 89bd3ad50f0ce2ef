"""Calls from dial to disposition, on good days and bad ones."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.controller.ports import Dial
from ivr.core.call import CallState
from ivr.core.model import CallId, CampaignId, Disposition
from ivr.errors import StoreUnavailable, SwitchGone, SwitchRefused
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre

DEMO = CampaignId("demo")


async def outcomes(centre: CallCentre) -> list[Disposition | None]:
    return [disposition for _, disposition in await centre.store.calls_of(DEMO)]


async def test_an_attempt_is_written_before_it_is_dialled(centre: CallCentre) -> None:
    written: list[bool] = []

    def on_dial(dial: Dial) -> None:
        written.append(dial.call_id in centre.store.attempts)

    centre.switch.on_dial = on_dial
    await centre.people(3)
    await centre.dialled(3)
    assert written == [True, True, True]


async def test_nothing_is_dialled_that_could_not_be_written(
    centre: CallCentre,
) -> None:
    await centre.people(2)
    await centre.dialled(2)
    for live in centre.running.router.live():
        centre.switch.end(live.call.call_id, 17, 486)
    await centre.over()
    centre.store.fail_with = StoreUnavailable("disk full")
    centre.clock.move(minutes=20)  # busy people are due again
    centre.running.dial_loop.wake()
    await until(lambda: bool(centre.clock._sleepers))  # the loop waits for the store
    assert len(centre.switch.dials) == 2


async def test_each_answer_is_stored_before_the_next_prompt_plays(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    stored: list[int] = []

    def before_ask() -> None:
        stored.append(len(centre.store.answers.get(live.call.call_id, {})))

    centre.pick_up(live, "2", "7", "1", "", before_ask=before_ask)
    await centre.over()
    answers = await centre.store.answers_of(live.call.call_id)
    assert [(a.node, a.value, a.accepted) for a in answers] == [
        ("q1", "2", True),
        ("q2", "7", False),
        ("q2", "1", True),
    ]
    assert stored[:3] == [0, 1, 2]
    assert await outcomes(centre) == [Disposition.COMPLETED]


async def test_a_voter_who_hangs_up_keeps_what_they_said(centre: CallCentre) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.pick_up(live, "1")
    await centre.over()
    assert await outcomes(centre) == [Disposition.PARTIAL]
    [answer] = await centre.store.answers_of(live.call.call_id)
    assert answer.meaning == "yes"


async def test_a_busy_person_is_due_again_and_not_twice_at_once(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.end(live.call.call_id, 17, 486)
    await centre.over()
    assert await outcomes(centre) == [Disposition.BUSY]
    assert await centre.store.undone(DEMO) == 1
    following = await centre.store.next_due_at(DEMO, centre.clock.now())
    assert following is not None and following > centre.clock.now()


async def test_key_nine_is_do_not_call_before_its_confirmation_plays(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    seen: list[bool] = []

    def before_ask() -> None:
        seen.append(live.call.number in centre.store.do_not_call)

    centre.pick_up(live, "9", "", before_ask=before_ask)
    await centre.over()
    assert seen[0] is False
    assert seen[1:] and all(seen[1:])
    assert await outcomes(centre) == [Disposition.OPTED_OUT]


async def test_an_opt_out_drops_a_ringing_call_to_that_number(
    centre: CallCentre,
) -> None:
    await centre.people(2)
    first, second = await centre.dialled(2)
    centre.switch.ring(first.call.call_id)
    centre.switch.ring(second.call.call_id)
    await centre.running.opt_out(first.call.number, "a letter")
    await until(lambda: centre.running.router.count() == 1)
    assert centre.switch.hung_up == [first.call.call_id]
    assert await centre.store.is_do_not_call(first.call.number)


async def test_a_dial_that_the_switch_refused_ends_as_failed(
    centre: CallCentre,
) -> None:
    def refuse(_dial: Dial) -> None:
        raise SwitchRefused("no such trunk")

    centre.switch.on_dial = refuse
    await centre.people(1)
    await until(lambda: centre.running.router.outcomes[Disposition.FAILED] == 1)


async def test_a_break_between_dial_and_answer_never_dials_twice(
    centre: CallCentre,
) -> None:
    def break_down(_dial: Dial) -> None:
        raise SwitchGone("the connection broke")

    centre.switch.on_dial = break_down
    await centre.people(1)
    await centre.dialled(1)
    centre.switch.lost()
    centre.switch.on_dial = lambda dial: None
    centre.clock.move(seconds=1)
    centre.switch.back()
    await centre.over()
    assert await outcomes(centre) == [Disposition.INTERRUPTED]
    assert len(centre.switch.dials) == 1


async def test_a_call_that_survived_the_break_goes_on(centre: CallCentre) -> None:
    def break_down(dial: Dial) -> None:
        centre.switch.up.add(dial.call_id)
        raise SwitchGone("the connection broke")

    centre.switch.on_dial = break_down
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.lost()
    centre.switch.back()
    await until(lambda: not live.uncertain)
    centre.pick_up(live, "1", "1", "")
    await centre.over()
    assert await outcomes(centre) == [Disposition.COMPLETED]


async def test_a_call_that_vanished_with_the_switch_is_closed(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.ring(live.call.call_id)
    await until(lambda: live.state is CallState.RINGING)
    centre.switch.up.clear()
    centre.switch.lost()
    centre.clock.move(seconds=2)
    centre.switch.back()
    await centre.over()
    assert len(await outcomes(centre)) == 1


async def test_a_call_that_vanished_is_closed_though_the_clock_went_back(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.ring(live.call.call_id)
    await until(lambda: live.state is CallState.RINGING)
    centre.clock.step(minutes=-10)
    centre.switch.up.clear()
    centre.switch.lost()
    centre.switch.back()
    await centre.over()
    assert len(await outcomes(centre)) == 1


async def test_events_twice_and_late_change_nothing(centre: CallCentre) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    call_id = live.call.call_id
    centre.switch.ring(call_id)
    centre.switch.ring(call_id)
    centre.switch.answer(call_id)
    centre.switch.answer(call_id)
    centre.switch.ring(call_id)  # after the answer: out of order
    await until(lambda: centre.running.router.unexpected == 1)
    assert live.state is CallState.IN_FLOW
    centre.switch.end(call_id)
    centre.switch.end(call_id)
    centre.switch.end(CallId("c-unknown"))
    await centre.over()
    assert len(await outcomes(centre)) == 1


async def test_an_end_is_kept_once_the_store_is_back(centre: CallCentre) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.store.fail_with = StoreUnavailable("disk full")
    centre.switch.end(live.call.call_id, 17, 486)
    await until(lambda: live.state is CallState.ENDED)
    assert centre.running.router.count() == 1
    centre.store.fail_with = None
    await until(lambda: bool(centre.clock._sleepers))
    centre.clock.move(seconds=5)
    await centre.over()
    assert await outcomes(centre) == [Disposition.BUSY]


async def test_an_answer_that_cannot_be_stored_gives_the_line_back(
    centre: CallCentre,
) -> None:
    """The next prompt must not play; the dialplan says sorry instead."""
    await centre.people(1)
    [live] = await centre.dialled(1)

    def disk_full() -> None:
        centre.store.fail_with = StoreUnavailable("disk full")

    line = centre.pick_up(live, "1", "1", before_ask=disk_full)
    await until(lambda: centre.lines[0].done())
    assert len(line.asked) == 1


async def test_a_crash_leaves_no_attempt_open_and_dials_nobody_again(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    await centre.running.router.stop()  # the controller dies
    centre.switch.up.clear()
    await centre.running._rooms.taking_over.run()  # and starts anew
    await centre.over()
    assert await centre.store.open_attempts() == []
    assert await outcomes(centre) == [Disposition.INTERRUPTED]
    assert len(centre.switch.dials) == 1
    assert live.call.call_id in centre.store.attempts


async def test_the_first_ctrl_c_finishes_live_calls_and_dials_no_more(
    centre: CallCentre,
) -> None:
    await centre.people(2)
    answered, ringing = await centre.dialled(2)
    line = centre.pick_up(answered, "1", "1", "")
    await until(lambda: bool(line.asked))
    assert await centre.running.drain(timedelta(seconds=5))
    results = dict(
        (call.call_id, disposition)
        for call, disposition in await centre.store.calls_of(DEMO)
    )
    assert results[answered.call.call_id] is Disposition.COMPLETED
    assert results[ringing.call.call_id] is Disposition.CANCELLED


async def test_the_second_ctrl_c_ends_them_now(centre: CallCentre) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.switch.answer(live.call.call_id)
    await until(lambda: live.state is CallState.IN_FLOW)
    await centre.running.shut_down()
    assert centre.switch.up == set()
    assert await centre.store.open_attempts() == []


@pytest.mark.parametrize("hour_utc", [13, 15, 2])
async def test_the_clock_crossing_the_window_stops_the_dialling(
    centre: CallCentre, hour_utc: int
) -> None:
    centre.clock.at = centre.clock.at.replace(hour=hour_utc, minute=30)
    await centre.people(1, CAMPAIGN)
    run_of = centre.running.dial_loop.run_of
    await until(
        lambda: (run := run_of(DEMO)) is not None and "outside_window" in run.because
    )
    assert centre.switch.dials == []


async def test_a_campaign_whose_people_are_all_done_is_finished(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.pick_up(live, "1", "1", "")
    await centre.over()
    centre.clock.move(seconds=2)
    centre.running.dial_loop.wake()
    await until(lambda: centre.running.dial_loop.run_of(DEMO) is None)
    assert await centre.store.campaign_state(DEMO) == "finished"


@pytest.mark.parametrize("key", ["9", "1"])
async def test_a_key_left_with_the_dialplan_is_kept_later(
    centre: CallCentre, key: str
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    call = live.call
    await centre.running.key_left(call.call_id, key, centre.clock.now())
    await centre.running.key_left(CallId("c-unknown"), key, centre.clock.now())
    opted_out = await centre.store.is_do_not_call(call.number)
    assert opted_out is (key == "9")
    assert (call.call_id in centre.store.callbacks) is (key == "1")
