"""What both the real Operations and the fake promise of desks that have a voter.

What takes a telephone a moment is waited for: the fake does it at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from ivr.controller.operations import Operations
from ivr.core.model import CallId, DeskState, TelecallerId
from ivr.core.talk import TalkState
from ivr.core.transfer import Target, TargetKind
from ivr.errors import BadInput
from tests.fakes.operations import FakeOperations
from tests.polling import until
from tests.unit.controller.conftest import CallCentre
from tests.unit.controller.conftest import centre as centre
from tests.unit.controller.test_desks import talking

TC1, TC2 = TelecallerId("tc-1"), TelecallerId("tc-2")
ASK = TargetKind.TELECALLER
S = DeskState


@dataclass
class Talking:
    """tc-1 talks to a voter, who may hang up; tc-2 is at home."""

    operations: Operations
    call_id: CallId
    hang_up: Callable[[], Awaitable[None]]

    async def become(self, *states: DeskState) -> None:
        """Wait until tc-1, and tc-2 if two are given, are in these states."""
        await until(lambda: self.states()[: len(states)] == states)

    def states(self) -> tuple[DeskState, ...]:
        return tuple(self.operations.desk(one).state for one in (TC1, TC2))

    async def with_partner(self, *, is_cold: bool = False) -> None:
        await self.operations.log_in(TC2)
        await self.become(S.TALKING, S.READY)
        await self.operations.transfer(TC1, ASK, "tc-2", is_cold=is_cold)

    async def consulting(self) -> None:
        await self.with_partner()
        await until(lambda: self.operations.desk(TC1).talk is TalkState.CONSULTING)


@pytest.fixture(params=["real", "fake"])
async def it(
    request: pytest.FixtureRequest, centre: CallCentre
) -> AsyncIterator[Talking]:
    if request.param == "fake":
        fake = FakeOperations()
        await fake.log_in(TC1)
        await fake.talk("tc-1", "c-1")
        yield Talking(fake, CallId("c-1"), lambda: fake.voter_leaves("tc-1"))
        return
    live, _ = await talking(centre)

    async def hang_up() -> None:
        centre.switch.end(live.call.call_id)

    yield Talking(centre.running, live.call.call_id, hang_up)


async def refused(*acts: Awaitable[object]) -> None:
    for act in acts:
        with pytest.raises(BadInput):
            await act


async def test_who_is_spoken_to_is_seen_until_they_hang_up(it: Talking) -> None:
    view = it.operations.desk(TC1)
    assert (view.state, view.talk, view.call_id) == (
        S.TALKING,
        TalkState.JOINED,
        it.call_id,
    )
    assert view.contact_name and "•" in view.contact_number
    await it.hang_up()
    await it.become(S.WRAP_UP)
    view = it.operations.desk(TC1)
    assert (view.call_id, view.talk, view.contact_name) == (it.call_id, None, "")
    assert (await it.operations.ready(TC1)).state is S.READY
    assert it.operations.desk(TC1).call_id is None


async def test_a_talk_is_ended_once(it: Talking) -> None:
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP)
    await refused(it.operations.end_talk(TC1), it.operations.hold(TC1))


async def test_who_talks_cannot_log_in_or_ask_for_another(it: Talking) -> None:
    await refused(it.operations.log_in(TC1), it.operations.preview_dial(TC1))
    assert it.states()[0] is S.TALKING


async def test_a_pause_asked_for_in_a_talk_comes_after_its_noting(it: Talking) -> None:
    since = it.operations.desk(TC1).since
    view = await it.operations.pause(TC1, " चाय ")
    assert (view.state, view.reason, view.since) == (S.TALKING, "चाय", since)
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP)
    assert (await it.operations.ready(TC1)).state is S.PAUSED


async def test_a_pause_asked_for_in_a_talk_is_taken_back(it: Talking) -> None:
    await it.operations.pause(TC1, "चाय")
    view = await it.operations.ready(TC1)
    assert (view.state, view.reason) == (S.TALKING, "")


async def test_a_log_out_asked_for_in_a_talk_comes_after_its_noting(
    it: Talking,
) -> None:
    assert (await it.operations.log_out(TC1)).state is S.TALKING
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP)
    assert (await it.operations.ready(TC1)).state is S.OFFLINE


async def test_another_who_logs_them_out_waits_for_the_noting_too(it: Talking) -> None:
    await it.operations.floor.force_log_out(TC1, " पाली समाप्त ", by="मीरा")
    assert it.states()[0] is S.TALKING
    assert [m.text for m in it.operations.desk(TC1).messages] == ["लॉग-आउट: पाली समाप्त"]
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP)
    assert (await it.operations.log_out(TC1)).state is S.OFFLINE


async def test_an_outcome_is_kept_for_ones_own_call_alone(it: Talking) -> None:
    await it.operations.log_in(TC2)
    await it.become(S.TALKING, S.READY)
    said = (it.call_id, "resolved", "ठीक")
    assert (await it.operations.outcome(TC1, *said)).state is S.TALKING
    await refused(
        it.operations.outcome(TC2, *said),
        it.operations.outcome(TC1, CallId("c-none"), "resolved", ""),
        it.operations.form_answer(TC2, it.call_id, "water", "yes"),
        it.operations.call_back(TC2, it.call_id, it.operations.desk(TC1).since),
    )
    with pytest.raises(BadInput):
        it.operations.callback_days(TC2, it.call_id)
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP)
    assert (await it.operations.outcome(TC1, *said)).state is S.WRAP_UP
    await it.operations.ready(TC1)
    await it.operations.outcome(TC1, *said)  # the last one's may be put right


async def test_a_voter_is_held_once_and_taken_back_once(it: Talking) -> None:
    await refused(it.operations.take_back(TC1))
    view = await it.operations.hold(TC1)
    assert (view.state, view.talk) == (S.HOLDING, TalkState.ON_HOLD)
    await refused(it.operations.hold(TC1))
    await it.operations.take_back(TC1)
    await it.become(S.TALKING)
    assert it.operations.desk(TC1).talk is TalkState.JOINED
    await refused(it.operations.take_back(TC1))


async def test_without_a_partner_nobody_is_handed_over(it: Talking) -> None:
    await refused(it.operations.hand_over(TC1), it.operations.bring_together(TC1))
    await it.operations.hold(TC1)
    await refused(it.operations.hand_over(TC1), it.operations.bring_together(TC1))
    assert it.states()[0] is S.HOLDING


async def test_who_is_not_free_is_not_handed_a_voter(it: Talking) -> None:
    def to(kind: TargetKind, key: str) -> Awaitable[object]:
        return it.operations.transfer(TC1, kind, key, is_cold=True)

    named = {one.key for one in it.operations.transfer_targets(TC1)}
    assert not {TC1, TC2} & named, "who is at home, and who asks"
    nobody = [to(ASK, "tc-2"), to(ASK, "tc-1"), to(ASK, "tc-9")]
    await refused(*nobody, to(TargetKind.NUMBER, "112"))
    await refused(to(TargetKind.CENTRE, "MP"), to(TargetKind.CENTRE, "XX"))
    await it.operations.log_in(TC2)
    await it.become(S.TALKING, S.READY)
    await it.operations.pause(TC2, "चाय")
    tc2 = Target(ASK, "tc-2", it.operations.desk(TC2).name, is_free=False)
    assert tc2 in it.operations.transfer_targets(TC1)
    await refused(to(ASK, "tc-2"), to(TargetKind.CENTRE, "MP"))
    await it.operations.ready(TC2)
    assert replace(tc2, is_free=True) in it.operations.transfer_targets(TC1)
    assert it.operations.desk(TC1).talk is TalkState.JOINED


async def test_a_partner_is_asked_first_and_then_has_the_voter(it: Talking) -> None:
    await it.consulting()
    assert it.states() == (S.CONSULTING, S.RESERVED)
    first, second = it.operations.desk(TC1), it.operations.desk(TC2)
    assert (first.with_whom, second.with_whom) == (second.name, first.name)
    assert (first.is_partner, second.is_partner) == (False, True)
    await refused(
        it.operations.transfer(TC1, ASK, "tc-2", is_cold=True),
        it.operations.hold(TC1),
        it.operations.hold(TC2),
    )
    await it.operations.hand_over(TC1)
    await it.become(S.WRAP_UP, S.TALKING)
    assert not it.operations.desk(TC2).is_partner
    assert it.operations.desk(TC2).call_id == it.call_id
    for one in (TC1, TC2):  # it was at both desks
        await it.operations.outcome(one, it.call_id, "resolved", "")
    await it.operations.end_talk(TC2)
    await it.become(S.WRAP_UP, S.WRAP_UP)


async def test_a_voter_is_handed_over_at_once(it: Talking) -> None:
    await it.with_partner(is_cold=True)
    await it.become(S.WRAP_UP, S.TALKING)
    assert it.operations.desk(TC2).talk is TalkState.JOINED


async def test_a_centre_gives_one_of_its_own(it: Talking) -> None:
    await it.operations.log_in(TC2)
    await it.become(S.TALKING, S.READY)
    await it.operations.transfer(TC1, TargetKind.CENTRE, "MP", is_cold=True)
    await it.become(S.WRAP_UP, S.TALKING)


async def test_a_partner_who_was_asked_goes_when_the_voter_is_taken_back(
    it: Talking,
) -> None:
    await it.consulting()
    await it.operations.take_back(TC1)
    await it.become(S.TALKING, S.READY)
    assert it.operations.desk(TC1).with_whom == ""


async def test_a_partner_who_hangs_up_leaves_the_voter_where_they_were(
    it: Talking,
) -> None:
    await it.consulting()
    await it.operations.end_talk(TC2)
    await it.become(S.TALKING, S.READY)


async def test_of_three_who_talk_the_first_leaves_the_voter_to_the_other(
    it: Talking,
) -> None:
    await it.consulting()
    await it.operations.bring_together(TC1)
    await it.become(S.TALKING, S.TALKING)
    assert it.operations.desk(TC1).talk is TalkState.TOGETHER
    assert it.operations.desk(TC2).is_partner
    await it.operations.end_talk(TC1)
    await it.become(S.WRAP_UP, S.TALKING)
    assert not it.operations.desk(TC2).is_partner


async def test_of_three_who_talk_all_are_free_when_the_voter_hangs_up(
    it: Talking,
) -> None:
    await it.consulting()
    await it.operations.bring_together(TC1)
    await it.become(S.TALKING, S.TALKING)
    await it.hang_up()
    await it.become(S.WRAP_UP, S.WRAP_UP)
