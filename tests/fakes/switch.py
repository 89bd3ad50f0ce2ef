"""A switch and a line that a test can script: controller.ports without Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ivr.controller.ports import (
    DeskDial,
    Dial,
    Heard,
    OutsideDial,
    Recorded,
    Standing,
)
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    CallRinging,
    Joined,
    LegDown,
    LegUp,
    Parted,
    SwitchBack,
    SwitchEvent,
    SwitchLost,
)
from ivr.core.flow_model import Clip
from ivr.core.model import CallId, ListenMode
from ivr.errors import CallerHungUp, SwitchGone, SwitchRefused

BEGIN = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # a Tuesday noon in India


class FakeClock:
    """Stands still until moved. Sleepers wake when it passes them."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self.at = at
        self.steady = at.timestamp()
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self.at

    def steady_s(self) -> float:
        return self.steady

    def step(self, **time: float) -> None:
        """Somebody sets the clock; no time passes."""
        self.at += timedelta(**time)

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.at + timedelta(seconds=seconds), future))
        await future

    def move(self, **time: float) -> None:
        self.at += timedelta(**time)
        self.steady += timedelta(**time).total_seconds()
        for due, future in list(self._sleepers):
            if due <= self.at:
                self._sleepers.remove((due, future))
                if not future.done():
                    future.set_result(None)


class FakeSwitch:
    """Keeps what it was asked; a test says what happens next."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._events: asyncio.Queue[SwitchEvent] = asyncio.Queue()
        self.dials: list[Dial] = []
        self.desk_rings: list[str] = []
        self.rung: list[str] = []  # the addresses
        self.hung_up: list[str] = []
        self.up: set[str] = set()  # calls and legs
        self._told_up: set[str] = set()
        self.answered: set[CallId] = set()
        self.keys: dict[CallId, str] = {}  # its own notes
        self.silent: set[str] = set()  # commands that get no answer in time
        self.on_dial: Callable[[Dial], None] = lambda dial: None
        self.desks_answer = True
        self.outside: dict[str, OutsideDial] = {}
        self.outside_answers = True
        self.consults: list[tuple[str, str]] = []
        self.parked: list[str] = []
        self.practised: list[tuple[str, str]] = []
        self.trials: dict[str, DeskDial | OutsideDial] = {}
        self.trials_answer = True
        self.listened: list[tuple[str, str, ListenMode]] = []
        self._lines: dict[str, FakeLine] = {}  # the line that each leg is joined to

    def back(self) -> None:
        calls = frozenset(i for i in self.up if i.startswith("c-"))
        self._put(SwitchBack(self._clock.now(), calls, frozenset(self.up - calls)))
        for leg_id in sorted(self.up - calls - self._told_up):
            self.answer_leg(leg_id)

    def lost(self) -> None:
        self._put(SwitchLost(self._clock.now()))

    def _must_answer(self, command: str) -> None:
        if command in self.silent:
            raise SwitchGone(f"{command}: no answer in time")

    def _put(self, event: SwitchEvent) -> None:
        self._events.put_nowait(event)

    async def dial(self, dial: Dial) -> None:
        if dial.call_id in {d.call_id for d in self.dials}:
            raise SwitchRefused("a call with this id exists")
        self.dials.append(dial)
        self.on_dial(dial)
        self.up.add(dial.call_id)

    async def ring_desk(
        self, leg_id: str, address: str, ring_timeout: timedelta
    ) -> None:
        self.desk_rings.append(leg_id)
        self.rung.append(address)
        if self.desks_answer:
            self.answer_leg(leg_id)
        else:
            self._put(LegDown(leg_id, self._clock.now()))

    async def ring_outside(self, leg_id: str, dial: OutsideDial) -> None:
        self.outside[leg_id] = dial
        self._must_answer("ring_outside")
        if self.outside_answers:
            self.answer_leg(leg_id)

    async def ring_trial(self, trial_id: str, dial: DeskDial | OutsideDial) -> None:
        self._must_answer("ring_trial")
        self.trials[trial_id] = dial
        if self.trials_answer:
            self.answer_leg(trial_id)

    async def park(self, leg_id: str) -> bool:
        self._must_answer("park")
        if leg_id not in self.up:
            return False
        self.parked.append(leg_id)
        self._free(leg_id)
        return True

    async def consult(self, leg_id: str, partner_leg_id: str) -> bool:
        self._must_answer("consult")
        if not {leg_id, partner_leg_id} <= self.up:
            return False
        self.consults.append((leg_id, partner_leg_id))
        return True

    async def bring_in(self, leg_id: str, call_id: CallId) -> bool:
        self._must_answer("bring_in")
        if not {leg_id, call_id} <= self.up:
            return False
        line = next(one for one in self._lines.values() if one.call_id == call_id)
        line.legs.append(leg_id)
        self._lines[leg_id] = line
        self.join(call_id, leg_id)
        return True

    async def listen(self, leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        self._must_answer("listen")
        self.listened.append((leg_id, to_leg_id, mode))
        return {leg_id, to_leg_id} <= self.up

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        self.practised.append((practice_id, leg_id))
        return leg_id in self.up

    def holds(self, leg_id: str, line: FakeLine) -> None:
        """The leg is in the bridge of `line`."""
        self._lines[leg_id] = line

    def _free(self, leg_id: str) -> None:
        """A leg, or the voter, leaves the bridge, which ends for all who are in it."""
        for leg, line in list(self._lines.items()):
            if leg_id in (leg, line.call_id):
                del self._lines[leg]
                line.talk.set()

    async def hang_up(self, call_or_leg_id: str) -> bool:
        self._must_answer("hang_up")
        if call_or_leg_id not in self.up:
            return False
        self.hung_up.append(call_or_leg_id)
        self.end(call_or_leg_id)
        return True

    async def standing(self) -> Standing:
        calls = {CallId(i) for i in self.up if i.startswith("c-")}
        joined: dict[CallId, frozenset[str]] = {}
        for leg, line in self._lines.items():
            joined[line.call_id] = joined.get(line.call_id, frozenset()) | {leg}
        answered = {call_id: call_id in self.answered for call_id in calls}
        return Standing(answered, frozenset(self.up - calls), joined)

    async def keys_pressed(self) -> Mapping[CallId, str]:
        return dict(self.keys)

    async def forget_keys(self) -> None:
        self.keys.clear()

    def events(self) -> AsyncIterator[SwitchEvent]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[SwitchEvent]:
        while True:
            yield await self._events.get()

    # What happens, as a test says

    def ring(self, call_id: CallId) -> None:
        self._put(CallRinging(call_id, self._clock.now()))

    def answer(self, call_id: CallId) -> None:
        self.answered.add(call_id)
        self._put(CallAnswered(call_id, self._clock.now()))

    def answer_leg(self, leg_id: str) -> None:
        """A phone that was rung is answered."""
        self.up.add(leg_id)
        self._told_up.add(leg_id)
        self._put(LegUp(leg_id, self._clock.now()))

    def end(self, call_or_leg_id: str, cause: int = 16, sip: int | None = None) -> None:
        self.up.discard(call_or_leg_id)
        self._free(call_or_leg_id)
        now = self._clock.now()
        if call_or_leg_id.startswith("c-"):
            ended = CallEnded(CallId(call_or_leg_id), now, cause, sip_code=sip)
            self._put(ended)
        else:
            self._put(LegDown(call_or_leg_id, now, cause))

    def join(self, call_id: CallId, leg_id: str) -> None:
        self._put(Joined(call_id, leg_id, self._clock.now()))

    def part(self, call_id: CallId, leg_id: str) -> None:
        self._put(Parted(call_id, leg_id, self._clock.now()))


class FakeLine:
    """A voter who answers with the next of `keys`, and then hangs up.

    `before_ask` is called at each prompt: what is stored by then is stored in time.
    """

    def __init__(
        self,
        call_id: CallId,
        switch: FakeSwitch,
        keys: Sequence[str] = (),
        *,
        before_ask: Callable[[], None] = lambda: None,
        thinks: bool = False,
    ) -> None:
        """`thinks`: without a key they stay on the line, and say nothing."""
        self.thinks = thinks
        self.call_id = call_id
        self._switch = switch
        self._keys = list(keys)
        self._before_ask = before_ask
        self.asked: list[tuple[Clip, ...]] = []
        self.joined: list[str] = []
        self.held = 0
        self.music = False
        self.said: list[str] = []
        self.legs: list[str] = []  # who is in the bridge with them now
        self.talk = asyncio.Event()  # set: the conversation is over

    async def ask(
        self,
        clips: Sequence[Clip],
        *,
        max_digits: int,
        first_timeout_s: float,
        between_timeout_s: float,
        terminator: str,
    ) -> Heard:
        self._before_ask()
        self.asked.append(tuple(clips))
        if not self._keys and self.thinks:
            await asyncio.Event().wait()
        if not self._keys:
            self._gone()
        return Heard(self._keys.pop(0))

    def _gone(self) -> None:
        self._switch.end(self.call_id)
        raise CallerHungUp

    async def record(
        self,
        clips: Sequence[Clip],
        *,
        name: str,
        max_s: float,
        silence_s: float,
        beep: bool,
    ) -> Recorded:
        return Recorded(f"{name}.wav", 3.0, "silence")

    async def join(self, leg_id: str) -> bool:
        if leg_id not in self._switch.up:
            return False
        self.joined.append(leg_id)
        self.talk.clear()
        self.legs = [leg_id]
        self._switch.holds(leg_id, self)
        self._switch.join(self.call_id, leg_id)
        await self.talk.wait()
        for leg in self.legs:
            self._switch.part(self.call_id, leg)
        self.legs = []
        if self.call_id not in self._switch.up:
            raise CallerHungUp
        return True

    async def say(self, words: str, language: str) -> None:
        self.said.append(words)

    async def hold(self) -> None:
        if self.call_id not in self._switch.up:
            raise CallerHungUp
        self.held += 1
        self.music = True

    async def unhold(self) -> None:
        self.music = False

    async def hang_up(self) -> None:
        self._switch.end(self.call_id)
