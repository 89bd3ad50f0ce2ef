"""A flow on one's own phone: the runner that serves voters, and nothing is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.ports import DeskDial, OutsideDial
from ivr.controller.trial_calls import TrialCalls
from ivr.controller.trial_ports import TrialRefused
from ivr.core.access import Role, User, UserId
from ivr.core.dial_stops import StopScope
from ivr.core.events import LegDown, LegUp, SwitchBack
from ivr.core.flow_model import Flow, NodeKind, When
from ivr.core.flow_trial import Given
from ivr.core.model import (
    CallId,
    DeskPhone,
    PhoneNumber,
    Refused,
    TelecallerId,
    TrunkName,
)
from ivr.core.trial_call import (
    MOST_IN_AN_HOUR,
    Ended,
    NoTrial,
    Phase,
    TrialCall,
    Wanted,
)
from tests.fakes.flow_files import flow, hang_up, menu, node, play
from tests.fakes.places import MP
from tests.fakes.switch import FakeClock, FakeLine, FakeSwitch
from tests.fakes.trials import CALLER_ID, IC_1, MOBILE, FakeSurroundings
from tests.polling import until
from tests.unit.controller.conftest import FLOW, CallCentre

MEERA = User(UserId("meera"), "मीरा", Role.ADMIN, MP, TelecallerId("ic-1"))
PHONE, BROWSER, OWN = DeskPhone.SOFTPHONE, DeskPhone.BROWSER, DeskPhone.MOBILE


async def all_is_there() -> list[str]:
    return []


class Room:
    """Trial calls on fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.switch = FakeSwitch(self.clock)
        self.around = FakeSurroundings()
        self.trials = TrialCalls(self.switch, self.clock, self.around)
        self.forgotten: list[str] = []
        self.trials.forget = self.forgotten.append

    async def begin(
        self, flow: Flow = FLOW, phone: DeskPhone = PHONE, *, free: bool = False
    ) -> str:
        wanted = Wanted(flow, 3, phone, free)
        call = await self.trials.begin(MEERA, wanted, "संवाद", all_is_there)
        return call.trial_id

    async def rung(self, flow: Flow = FLOW, phone: DeskPhone = PHONE) -> str:
        trial_id = await self.begin(flow, phone)
        await until(lambda: trial_id in self.switch.trials)
        return trial_id

    def line(self, trial_id: str, *keys: str) -> FakeLine:
        return FakeLine(CallId(trial_id), self.switch, keys)

    @property
    def call(self) -> TrialCall:
        found = self.trials.of(MEERA)
        assert found is not None
        return found

    async def refused(self, phone: DeskPhone = PHONE) -> NoTrial:
        with pytest.raises(TrialRefused) as refused:
            await self.begin(phone=phone)
        return refused.value.why


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    one = Room()
    yield one
    await one.trials.stop()


async def test_a_flow_is_walked_to_its_end_and_shown_as_it_goes(room: Room) -> None:
    trial_id = await room.rung()
    assert room.call.phase is Phase.RINGING
    assert room.switch.trials[trial_id] == DeskDial("ic-1", timedelta(seconds=30))
    line = room.line(trial_id, "1", "2", "")
    await room.trials.serve(line)
    call = room.call
    assert [one.node for one in call.heard] == ["q1", "q2", "bye"]
    assert call.heard[0].clips[0].text == "संवाद"
    assert call.answers == (
        Given("q1", "key", "1", True, "yes"),
        Given("q2", "key", "2", True, "bad"),
    )
    assert (call.phase, call.ended, call.revision) == (Phase.OVER, Ended.COMPLETED, 3)
    assert room.forgotten == [trial_id]


async def test_the_page_phone_and_the_own_mobile_are_rung_as_they_are_known(
    room: Room,
) -> None:
    trial_id = await room.rung(phone=BROWSER)
    dial = room.switch.trials[trial_id]
    assert isinstance(dial, DeskDial) and dial.address == "ic-1-web"
    await room.trials.end(MEERA)
    trial_id = await room.rung(phone=OWN)
    dial = room.switch.trials[trial_id]
    assert isinstance(dial, OutsideDial)
    assert (dial.number, dial.caller_id) == (MOBILE, CALLER_ID)
    assert room.trials.on_trunk(dial.trunk.name) == 1
    await room.trials.end(MEERA)
    assert room.trials.on_trunk(dial.trunk.name) == 0


async def test_who_hangs_up_ends_it(room: Room) -> None:
    trial_id = await room.rung()
    room.trials.on_event(LegUp(trial_id, room.clock.now()))
    await room.trials.serve(room.line(trial_id, "1"))
    assert (room.call.ended, room.call.node) == (Ended.HUNG_UP, "q2")


async def test_key_9_is_heard_out_and_takes_nobody_off(room: Room) -> None:
    trial_id = await room.rung()
    await room.trials.serve(room.line(trial_id, "9", "", ""))
    assert room.call.notes == ("opt_out",)
    assert [one.node for one in room.call.heard] == ["q1", "stop", "bye"]


@pytest.mark.parametrize(
    ("free", "then"),
    [(False, ["q1", "person", "sorry"]), (True, ["q1", "person", "bye"])],
)
async def test_where_a_telecaller_is_asked_for_music_plays_and_nobody_is_called(
    room: Room, free: bool, then: list[str]
) -> None:
    trial_id = await room.begin(free=free)
    await until(lambda: trial_id in room.switch.trials)
    room.switch.up.add(trial_id)
    line = room.line(trial_id, "0", "")
    serving = asyncio.create_task(room.trials.serve(line))
    await until(lambda: line.music)
    room.clock.move(seconds=4)
    await serving
    assert [one.node for one in room.call.heard][:3] == then
    assert line.joined == []


@pytest.mark.parametrize(
    ("free", "then"), [(False, ["hello"]), (True, ["hello", "offer"])]
)
async def test_an_offer_is_made_or_not_as_the_person_chose(
    room: Room, free: bool, then: list[str]
) -> None:
    offer = node(
        "offer",
        NodeKind.TELECALLER,
        when=When.FREE,
        offer_say="शून्य दबाएँ",
        otherwise="continue",
        next="bye",
    )
    trial_id = await room.begin(flow(play(to="offer"), offer, hang_up()), free=free)
    await room.trials.serve(room.line(trial_id, "", ""))
    assert [one.node for one in room.call.heard] == then
    assert room.call.ended is Ended.COMPLETED


async def test_a_part_is_heard_by_itself_under_its_own_names(room: Room) -> None:
    part = flow(menu("ask", {"1": "yes"}, next="return"), name="ask-age", is_part=True)
    trial_id = await room.rung(part)
    await room.trials.serve(room.line(trial_id, "1"))
    assert [one.node for one in room.call.heard] == ["ask"]
    assert room.call.ended is Ended.COMPLETED


async def test_what_cannot_be_spoken_rings_nobody(room: Room) -> None:
    async def mute() -> list[str]:
        return ["नमस्ते: no voice"]

    await room.trials.begin(MEERA, Wanted(FLOW, 1, PHONE), "संवाद", mute)
    await until(lambda: room.call.phase is Phase.OVER)
    assert (room.call.ended, room.call.problem) == (Ended.NO_SOUND, "नमस्ते: no voice")
    assert room.switch.trials == {}


async def test_a_phone_that_nobody_takes_up_ends_it(room: Room) -> None:
    room.switch.trials_answer = False
    trial_id = await room.rung()
    room.trials.on_event(LegDown(trial_id, room.clock.now()))
    assert room.call.ended is Ended.NOT_ANSWERED


async def test_a_switch_that_does_not_answer_ends_it(room: Room) -> None:
    room.switch.silent.add("ring_trial")
    await room.begin()
    await until(lambda: room.call.phase is Phase.OVER)
    assert room.call.ended is Ended.FAILED
    # Should it ring all the same, it is hung up.
    room.switch.up.add(room.call.trial_id)
    room.trials.on_event(LegUp(room.call.trial_id, room.clock.now()))
    await until(lambda: room.switch.hung_up == [room.call.trial_id])


async def test_a_call_that_the_switch_forgot_is_over(room: Room) -> None:
    await room.rung()
    room.trials.on_event(SwitchBack(room.clock.now(), frozenset(), frozenset({"t-x"})))
    assert room.call.ended is Ended.FAILED


async def test_hanging_up_from_the_page_ends_the_flow(room: Room) -> None:
    trial_id = await room.rung()
    room.switch.up.add(trial_id)
    line = room.line(trial_id, "0", "")
    serving = asyncio.create_task(room.trials.serve(line))
    await until(lambda: line.music)
    await room.trials.end(MEERA)
    assert room.switch.hung_up == [trial_id]
    room.clock.move(seconds=4)
    await serving
    assert room.call.ended is Ended.STOPPED


async def test_one_at_a_time_and_a_few_an_hour(room: Room) -> None:
    await room.begin()
    assert await room.refused() is NoTrial.UNDER_WAY
    await room.trials.end(MEERA)
    for _ in range(MOST_IN_AN_HOUR - 1):
        await room.begin()
        await room.trials.end(MEERA)
    assert room.trials.left(MEERA) == 0
    assert await room.refused() is NoTrial.TOO_MANY
    room.clock.move(minutes=61)
    await room.begin()


async def test_what_forbids_a_number_forbids_it_here_and_costs_no_turn(
    room: Room,
) -> None:
    room.around.do_not_call.add(MOBILE)
    assert await room.refused(OWN) is NoTrial.DO_NOT_CALL
    room.around.do_not_call.clear()
    room.around.forbidden = Refused("dialling_stopped", "stopped", None)
    assert await room.refused(OWN) is NoTrial.STOPPED
    room.around.forbidden = None
    room.around.channels = 0
    assert await room.refused(OWN) is NoTrial.TRUNK_FULL
    assert room.trials.left(MEERA) == MOST_IN_AN_HOUR and room.trials.of(MEERA) is None
    room.around.busy.add(IC_1.telecaller_id)
    assert await room.refused() is NoTrial.PHONE_BUSY


async def test_nobody_rings_a_phone_that_is_not_known_as_theirs(room: Room) -> None:
    room.around.people.clear()
    assert await room.refused() is NoTrial.NO_PHONE
    room.around.people[IC_1.telecaller_id] = replace(IC_1, mobile=None)
    assert await room.refused(OWN) is NoTrial.NO_PHONE


async def test_a_stop_that_comes_while_the_voice_is_made_is_kept(room: Room) -> None:
    made = asyncio.Event()

    async def slow() -> list[str]:
        await made.wait()
        return []

    await room.trials.begin(MEERA, Wanted(FLOW, 1, OWN), "संवाद", slow)
    room.around.forbidden = Refused("dialling_stopped", "stopped", None)
    made.set()
    await until(lambda: room.call.phase is Phase.OVER)
    assert room.call.ended is Ended.FAILED and room.switch.trials == {}


async def test_who_waits_is_told_at_once(room: Room) -> None:
    await room.rung()
    waiting = asyncio.create_task(room.trials.changed(MEERA, room.call.step, 60.0))
    await asyncio.sleep(0)
    assert not waiting.done()
    await room.trials.end(MEERA)
    await asyncio.wait_for(waiting, 5)


# In a whole Samvad


async def test_in_samvad_a_trial_is_no_call_at_all(centre: CallCentre) -> None:
    running, switch = centre.running, centre.switch
    user = replace(MEERA, telecaller_id=TelecallerId("tc-2"))
    wanted = Wanted(FLOW, 1, OWN)
    call = await running.trial_calls.begin(user, wanted, "संवाद", all_is_there)
    await until(lambda: call.trial_id in switch.trials)
    assert running.desks_room.legs_on(TrunkName("carrier")) == 1
    line = FakeLine(CallId(call.trial_id), switch, ["1", "9", "", ""])
    await running.trial_calls.serve(line)
    assert running.router.count() == 0 and running.router.outcomes == {}
    assert not await centre.store.is_do_not_call(PhoneNumber("+919827055501"))
    assert call.trial_id not in switch.hung_up  # no desk took it for a stray leg
    found = running.trial_calls.of(user)
    assert found is not None and found.notes == ("opt_out",)


async def test_in_samvad_a_kill_switch_holds_the_mobile_and_not_the_softphone(
    centre: CallCentre,
) -> None:
    user = replace(MEERA, telecaller_id=TelecallerId("tc-2"))
    trials = centre.running.trial_calls
    await centre.running.floor.stop_dialling(StopScope.ALL, "", by="meera", why="जाँच")
    with pytest.raises(TrialRefused, match="जाँच"):
        await trials.begin(user, Wanted(FLOW, 1, OWN), "संवाद", all_is_there)
    await trials.begin(user, Wanted(FLOW, 1, PHONE), "संवाद", all_is_there)


async def test_in_samvad_a_desk_at_work_is_not_rung(centre: CallCentre) -> None:
    user = replace(MEERA, telecaller_id=TelecallerId("tc-1"))
    await centre.running.log_in(TelecallerId("tc-1"))
    with pytest.raises(TrialRefused, match="at your desk"):
        await centre.running.trial_calls.begin(
            user, Wanted(FLOW, 1, PHONE), "संवाद", all_is_there
        )
