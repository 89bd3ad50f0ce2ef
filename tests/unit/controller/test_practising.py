"""Practising: the desk is out of the pool, the voter answers, the practice is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.controller.practice import COMES_WITHIN_S, Practices, PracticeState
from ivr.core.model import CampaignId, Mode, TelecallerId
from ivr.core.practice import PracticeEnd, score
from ivr.errors import BadInput
from tests.fakes.practices import (
    SCENARIO,
    FakePracticeDesks,
    FakePracticeSwitch,
    FakeVoterLine,
    MemoryPractices,
)
from tests.fakes.switch import FakeClock
from tests.polling import until
from tests.unit.controller.conftest import CAMPAIGN, CallCentre

TC1 = TelecallerId("tc-1")
SPEAKS = (1.0, 3.0)  # waits, then speaks
SILENT = (8.0, 0.0)


class Room:
    """Practices on fakes."""

    def __init__(self) -> None:
        self.desks, self.switch = FakePracticeDesks(), FakePracticeSwitch()
        self.store, self.clock = MemoryPractices(), FakeClock()
        self.practices = Practices(
            scenarios=[SCENARIO],
            desks=self.desks,
            switch=self.switch,
            store=self.store,
            clock=self.clock,
        )

    async def begin(self) -> str:
        await self.practices.begin(TC1, "pension")
        return self.switch.legs[-1][0]

    def state(self) -> PracticeState | None:
        view = self.practices.view(TC1)
        return view.state if view else None


async def test_a_whole_practice_is_kept_with_what_was_found_out() -> None:
    room = Room()
    practice_id = await room.begin()
    assert room.state() is PracticeState.CALLING and room.practices.card(TC1) is None
    line = FakeVoterLine(practice_id, room.clock, [SPEAKS, SPEAKS, (0.5, 2.0)])
    await room.practices.serve(line)
    assert line.said == ["pension-1", "pension-2"] and line.is_hung_up
    assert room.state() is PracticeState.NOTING
    card = room.practices.card(TC1)
    assert card is not None and card.call_id == practice_id
    await room.practices.answer(TC1, "since", "months")
    room.clock.move(seconds=20)
    await room.practices.outcome(TC1, "needs_help", "चार महीने")
    [kept] = await room.practices.of([TC1])
    assert (kept.first_word_s, kept.spoke_s, kept.heard_s) == (1.0, 8.0, 8.0)
    assert (kept.lines_heard, kept.ended_by) == (2, PracticeEnd.VOTER)
    assert (kept.wrap_up_s, kept.notes) == (20.0, "चार महीने")
    assert score(kept) == 100
    assert room.state() is None


async def test_a_voter_to_whom_nobody_speaks_asks_once_and_then_goes() -> None:
    room = Room()
    line = FakeVoterLine(await room.begin(), room.clock, [SPEAKS, SILENT, SILENT])
    await room.practices.serve(line)
    assert line.said == ["pension-1", "pension-silence"] and line.is_hung_up
    [kept] = room.store.kept.values()
    assert (kept.ended_by, kept.lines_heard) == (PracticeEnd.LOST_PATIENCE, 1)


async def test_a_first_word_after_the_voter_asked_is_counted_from_the_beginning() -> (
    None
):
    room = Room()
    line = FakeVoterLine(await room.begin(), room.clock, [SILENT, SPEAKS])
    await room.practices.serve(line)
    [kept] = room.store.kept.values()
    assert kept.first_word_s == 8.0 + 4.0 + 1.0  # silence, the voter's words, silence


async def test_who_hangs_up_before_the_end_is_known() -> None:
    room = Room()
    practice_id = await room.begin()
    line = FakeVoterLine(practice_id, room.clock, [SPEAKS])
    talk = asyncio.create_task(room.practices.serve(line))
    await room.practices.end(TC1)
    await talk
    assert room.switch.hung_up == [practice_id]
    [kept] = room.store.kept.values()
    assert kept.ended_by is PracticeEnd.TELECALLER


async def test_a_line_that_breaks_ends_the_practice_and_it_is_kept() -> None:
    room = Room()
    await room.practices.serve(FakeVoterLine(await room.begin(), room.clock, []))
    [kept] = room.store.kept.values()
    assert kept.ended_by is PracticeEnd.LINE and kept.first_word_s is None


async def test_what_was_noted_while_talking_ends_the_practice_with_the_call() -> None:
    room = Room()
    line = FakeVoterLine(
        await room.begin(), room.clock, [SPEAKS], waits=(wait := asyncio.Event())
    )
    talk = asyncio.create_task(room.practices.serve(line))
    await until(lambda: room.state() is PracticeState.TALKING)
    await room.practices.outcome(TC1, "needs_help", "")
    wait.set()
    await talk
    assert room.state() is None
    [kept] = room.store.kept.values()
    assert kept.outcome == "needs_help" and kept.wrap_up_s == 0.0


async def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    room = Room()
    with pytest.raises(BadInput):
        await room.practices.begin(TC1, "nobody")
    with pytest.raises(BadInput):
        await room.practices.end(TC1)
    room.switch.is_there = False
    with pytest.raises(BadInput):
        await room.practices.begin(TC1, "pension")
    assert room.state() is None
    room.switch.is_there = True
    await room.begin()
    with pytest.raises(BadInput):
        await room.practices.begin(TC1, "pension")
    with pytest.raises(BadInput):
        await room.practices.answer(TC1, "since", "months")  # nobody is there yet
    with pytest.raises(BadInput):
        room.practices.may_leave(TC1)


async def test_answers_and_outcomes_of_no_form_are_refused() -> None:
    room = Room()
    await room.practices.serve(FakeVoterLine(await room.begin(), room.clock, []))
    for question, value in (("since", "never"), ("other", "months")):
        with pytest.raises(BadInput):
            await room.practices.answer(TC1, question, value)
    with pytest.raises(BadInput):
        await room.practices.outcome(TC1, "fine", "")
    room.desks.away.clear()  # logged out
    with pytest.raises(BadInput):
        await room.practices.outcome(TC1, "resolved", "")


async def test_a_voter_who_never_comes_leaves_the_desk_as_it_was() -> None:
    room = Room()
    practice_id = await room.begin()
    await until(lambda: bool(room.clock._sleepers))
    room.clock.move(seconds=COMES_WITHIN_S + 1)
    await until(lambda: room.state() is None)
    assert room.switch.hung_up == [practice_id]
    late = FakeVoterLine(practice_id, room.clock, [SPEAKS])
    await room.practices.serve(late)
    assert late.is_hung_up and not late.said and not room.store.kept


# With real desks and real voters


async def test_a_practising_desk_is_given_to_no_voter_and_waits_for_none(
    centre: CallCentre,
) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await practices.begin(TC1, "pension")
    assert centre.state("tc-1") == "paused"
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "", "")
    await centre.over()
    assert line.joined == [] and live.call.abandoned
    with pytest.raises(BadInput):
        await centre.running.ready(TC1)
    assert centre.state("tc-1") == "paused"
    assert not centre.store.conversations


async def test_after_the_practice_the_desk_serves_voters_again(
    centre: CallCentre,
) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await practices.begin(TC1, "pension")
    [(practice_id, leg_id)] = centre.switch.practised
    assert leg_id == centre.switch.desk_rings[0]
    await practices.serve(FakeVoterLine(practice_id, centre.clock, []))
    await practices.outcome(TC1, "needs_help", "")
    assert centre.state("tc-1") == "paused"  # until they say that they are ready
    await centre.running.ready(TC1)
    await centre.people(1)
    [live] = await centre.dialled(1)
    line = centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-1") == "talking")
    assert line.joined == [leg_id]
    centre.switch.end(live.call.call_id)
    await centre.over()
    assert len(await centre.store.calls_of(CampaignId("demo"))) == 1  # the real one


async def test_a_desk_with_a_voter_cannot_be_taken_to_practise(
    centre: CallCentre,
) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await centre.people(1)
    [live] = await centre.dialled(1)
    centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-1") == "talking")
    with pytest.raises(BadInput):
        await practices.begin(TC1, "pension")
    assert centre.state("tc-1") == "talking" and not centre.switch.practised
    centre.switch.end(live.call.call_id)
    await centre.over()


async def test_who_looks_at_a_person_to_dial_gives_them_back_to_practise(
    centre: CallCentre,
) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await centre.people(1, replace(CAMPAIGN, mode=Mode.PREVIEW))
    await until(lambda: centre.running.dial_loop.run_of(CAMPAIGN.campaign_id))
    await centre.running.preview_dial(TC1)
    assert centre.running.desk(TC1).preview_contact_id is not None
    await practices.begin(TC1, "pension")
    assert centre.running.desk(TC1).preview_contact_id is None
    due = await centre.store.claim_due(CAMPAIGN.campaign_id, 5, centre.clock.now())
    assert len(due) == 1  # others may have them


async def test_who_had_a_person_dialled_waits_for_them_and_cannot_practise(
    centre: CallCentre,
) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await centre.people(1, replace(CAMPAIGN, mode=Mode.PREVIEW))
    await until(lambda: centre.running.dial_loop.run_of(CAMPAIGN.campaign_id))
    for _ in range(2):  # seen, then dialled
        await centre.running.preview_dial(TC1)
    [live] = await centre.dialled(1)
    with pytest.raises(BadInput):
        await practices.begin(TC1, "pension")
    centre.pick_up(live, "0", "")
    await until(lambda: centre.state("tc-1") == "talking")
    centre.switch.end(live.call.call_id)
    await centre.over()


async def test_who_logs_out_takes_the_virtual_voter_along(centre: CallCentre) -> None:
    practices = centre.running.practices
    assert practices is not None
    await centre.log_in("tc-1")
    await practices.begin(TC1, "pension")
    [(practice_id, _)] = centre.switch.practised
    centre.switch.up.add(practice_id)
    await centre.running.log_out(TC1)
    await until(lambda: practice_id in centre.switch.hung_up)
    await practices.serve(FakeVoterLine(practice_id, centre.clock, []))
    assert practices.view(TC1) is None
