"""Brings every event of a call to its one task, and every command to the switch.

`place` writes the attempt before it is dialled; the call's task stores each step
and closes the attempt when the call is over, whatever happened. Decides nothing:
core.call, core.disposition and core.retry do.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from ivr.controller.flow_runner import FlowRunner
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Dial, Line, Store, Switch
from ivr.core.call import UNANSWERED, Call, CallEvent, CallState
from ivr.core.disposition import INTERRUPTED, dispose
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRinging,
    Joined,
    LegDown,
    LegUp,
    Parted,
    SwitchBack,
    SwitchEvent,
    SwitchLost,
)
from ivr.core.flow_model import Flow
from ivr.core.model import (
    CallId,
    Campaign,
    Disposition,
    Due,
    TelecallerId,
    Trunk,
    masked,
)
from ivr.errors import (
    CallerHungUp,
    SamvadError,
    StoreUnavailable,
    SwitchGone,
    SwitchRefused,
    UnexpectedEvent,
)

log = structlog.get_logger(__name__)

STORE_RETRY_S = 0.5
FLOW_ENDS_S = 5.0  # for a flow to notice that its voter is gone
ASK_PLACED_S = 0.02
UNKNOWN_LINE_S = 1.0  # a line whose attempt is not in memory: silence meanwhile

# What follows an attempt, by disposition: core.retry with the campaign's rules.
After = Callable[[LiveCall, Disposition, datetime], tuple[datetime | None, str]]
OnEvent = Callable[[SwitchEvent], Awaitable[None]]


def new_call_id(now: datetime) -> CallId:
    """Return an id that sorts by time and never repeats."""
    millis = int(now.timestamp() * 1000)
    return CallId(f"c-{millis:012x}{secrets.token_hex(5)}")


class CallRouter:
    """All live calls of this controller."""

    def __init__(
        self,
        *,
        store: Store,
        switch: Switch,
        clock: Clock,
        flow_runner: FlowRunner,
        after: After,
        on_leg_event: OnEvent,
        on_ended: Callable[[LiveCall, Disposition], None],
        stopped: Callable[[LiveCall], str] = lambda _live: "",
    ) -> None:
        """`stopped`: why a call may not be dialled after all, asked at the last."""
        self._store = store
        self._switch = switch
        self._clock = clock
        self._flow_runner = flow_runner
        self._after = after
        self._on_leg_event = on_leg_event
        self._on_ended = on_ended
        self._stopped = stopped
        self._live: dict[str, LiveCall] = {}
        self._placing = 0  # calls that are written, and not given to the switch yet
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost_with: set[str] = set()  # what lived when the switch was lost
        self.switch_is_up = asyncio.Event()
        self.is_ready = asyncio.Event()  # what a former controller left is taken over
        self.outcomes: Counter[str] = Counter()  # by disposition, since the start
        self.unexpected = 0  # events that had no entry in the table

    # What is going on

    def live(self) -> Sequence[LiveCall]:
        return list(self._live.values())

    def find(self, call_id: str) -> LiveCall | None:
        return self._live.get(call_id)

    def count(self) -> int:
        return len(self._live)

    def adopt(self, live: LiveCall) -> None:
        """Go on with a call of a former controller's."""
        live.is_adopted = True
        self._live[live.call.call_id] = live
        self._spawn(self._run(live))

    # Placing

    async def place(
        self,
        due: Due,
        campaign: Campaign,
        flow: Flow,
        trunk: Trunk,
        *,
        asked_by: TelecallerId | None = None,
        call_id: CallId | None = None,
    ) -> LiveCall:
        """Write the attempt, then dial. Raises StoreUnavailable: nothing dialled."""
        now = self._clock.now()
        call = Call(
            call_id=call_id or new_call_id(now),
            campaign_id=campaign.campaign_id,
            contact_id=due.contact.contact_id,
            number=due.contact.number,
            caller_id=campaign.caller_id,
            trunk=trunk.name,
            flow_id=flow.flow_id,
            flow_version=flow.version,
            attempt_no=due.dials + 1,
            placed_at=now,
        )
        live = LiveCall(call, due, campaign, flow, trunk, asked_by=asked_by)
        self._live[call.call_id] = live
        self._placing += 1
        try:
            await self._open(live)
            self._spawn(self._run(live))
            await self._dial(live)
        finally:
            self._placing -= 1
        return live

    async def _open(self, live: LiveCall) -> None:
        try:
            await self._store.open_attempt(live.call)
        except BaseException:
            self._live.pop(live.call.call_id, None)
            raise

    async def until_placed(self, within_s: float) -> None:
        """Wait until no attempt is written without being dialled, at most so long.

        Cut off between the two, an attempt would count as made with nobody called.
        """
        for _ in range(round(within_s / ASK_PLACED_S)):
            if not self._placing:
                return
            await asyncio.sleep(ASK_PLACED_S)

    async def _dial(self, live: LiveCall) -> None:
        if stopped := self._stopped(live):
            live.note(cancelled=stopped)
        call = live.call
        if call.cancelled:  # opted out, or stopped, since it was claimed
            self._end(live, CallRefused(call.call_id, self._clock.now(), "cancelled"))
            return
        dial = Dial(
            call.call_id,
            call.number,
            live.trunk,
            call.caller_id,
            live.campaign.ring_timeout,
        )
        log.info("Call placed", call_id=call.call_id, number=masked(call.number))
        try:
            await self._switch.dial(dial)
        except SwitchRefused as exc:
            self._end(live, CallRefused(call.call_id, self._clock.now(), str(exc)))
        except SwitchGone:
            # The dial may have reached the switch: SwitchBack will tell.
            live.uncertain = True
            log.warning("Nobody knows whether the dial went out", call_id=call.call_id)

    def _end(self, live: LiveCall, event: SwitchEvent) -> None:
        live.events.put_nowait(event)

    # Events

    async def run(self) -> None:
        """Take the switch's events in order, for ever. The only consumer."""
        async for event in self._switch.events():
            match event:
                case LegUp() | LegDown():
                    await self._on_leg_event(event)
                case SwitchLost():
                    self.switch_is_up.clear()
                    self._lost_with |= self._live.keys()
                    log.error("The switch cannot be reached")
                case SwitchBack():
                    self._after_blindness(event)
                    await self._on_leg_event(event)
                    self.switch_is_up.set()
                case Joined() | Parted():
                    await self._on_leg_event(event)
                    self._deliver(event.call_id, event)
                case _:
                    self._deliver(event.call_id, event)

    def _deliver(self, call_id: CallId, event: SwitchEvent) -> None:
        live = self._live.get(call_id)
        if live is not None:
            live.events.put_nowait(event)
        elif isinstance(event, CallRinging) and self.is_ready.is_set():
            # Dialled by a controller that is gone, after we had looked.
            log.warning("A call of nobody is ended", call_id=call_id)
            self._spawn(self._end_stray(call_id))

    async def _end_stray(self, call_id: CallId) -> None:
        with contextlib.suppress(SwitchGone):
            await self._switch.hang_up(call_id)

    def _after_blindness(self, back: SwitchBack) -> None:
        """Calls that the switch no longer has ended while we could not see.

        No clock says which were there before: clocks are set back.
        """
        before, self._lost_with = self._lost_with, set()
        for live in self.live():
            if live.call.call_id in back.calls:
                live.uncertain = False
            elif live.uncertain or live.call.call_id in before:
                live.note(cancelled=INTERRUPTED)
                self._end(live, CallEnded(live.call.call_id, back.at, 0))

    # One call's task

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, live: LiveCall) -> None:
        call_id = live.call.call_id
        try:
            while live.state is not CallState.ENDED:
                event = await live.events.get()
                await self._on_event(live, event)
        except Exception:  # one call's failure is that call's alone
            log.exception("Call failed", call_id=call_id)
            if live.state is not CallState.ENDED:
                live.note(cancelled="failed")
                live.apply(CallEvent.ENDED, self._clock.now())
                with contextlib.suppress(SamvadError):
                    await self._switch.hang_up(call_id)
        await self._close(live)

    async def _on_event(self, live: LiveCall, event: SwitchEvent) -> None:
        call_id = live.call.call_id
        try:
            self._advance(live, event)
        except UnexpectedEvent as exc:
            self.unexpected += 1
            log.warning("Event ignored", call_id=call_id, error=str(exc))
            return
        if live.state is CallState.ENDED:
            return
        try:
            await self._store.save_call(live.call)
        except StoreUnavailable as exc:
            # The closing write holds everything: this one was for a crash's sake.
            log.error("Call's step not kept", call_id=call_id, error=str(exc))

    def _advance(self, live: LiveCall, event: SwitchEvent) -> None:
        match event:
            case CallRinging():
                live.apply(CallEvent.RANG, event.at)
            case CallAnswered():
                if live.state in UNANSWERED:
                    live.apply(CallEvent.ANSWERED, event.at)
            case Joined():
                live.legs.add(event.leg_id)
                live.apply(CallEvent.JOINED, event.at)
            case Parted():
                live.legs.discard(event.leg_id)
                if live.state is CallState.TALKING and not live.legs:
                    live.apply(CallEvent.PARTED, event.at)
            case CallRefused():
                live.note(cause_text=event.reason, dial_status="REFUSED")
                live.apply(CallEvent.ENDED, event.at)
            case CallEnded():
                live.note(
                    cause=event.cause,
                    cause_text=event.cause_text,
                    sip_code=event.sip_code,
                    dial_status=event.dial_status,
                )
                live.apply(CallEvent.ENDED, event.at)

    async def _close(self, live: LiveCall) -> None:
        if live.flow_task is not None:
            # The line is dead: let what the voter already said be stored.
            if live.flow_task is not asyncio.current_task():
                await asyncio.wait({live.flow_task}, timeout=FLOW_ENDS_S)
        # Adopted, and ended before their line was offered again.
        try:
            await self._flow_runner.keep_left(live)
        except SamvadError as exc:  # the attempt is closed all the same
            log.error("Keys not kept", call_id=live.call.call_id, error=str(exc))
        disposition = dispose(live.call)
        next_at, because = self._after(live, disposition, self._clock.now())
        call, close = live.call, self._store.close_attempt
        live.owed.append(partial(close, call, disposition, next_at, because))
        for write in live.owed:
            await self._write_at_last(call.call_id, write)
        self._live.pop(live.call.call_id, None)
        self.outcomes[disposition] += 1
        log.info(
            "Call ended",
            call_id=live.call.call_id,
            disposition=str(disposition),
            because=because,
        )
        self._on_ended(live, disposition)

    async def _write_at_last(
        self, call_id: CallId, write: Callable[[], Awaitable[None]]
    ) -> None:
        """Try until the store takes it: a full disk is not full for ever."""
        while True:
            try:
                return await write()
            except StoreUnavailable as exc:
                log.error("Call's end not kept yet", call_id=call_id, error=str(exc))
                await self._clock.sleep(STORE_RETRY_S)

    # The voter's line

    async def serve(self, line: Line) -> None:
        """Walk the voter on `line` through the flow of their call."""
        live = await self._known(line.call_id)
        if live is None:
            log.warning("A line without an attempt", call_id=line.call_id)
            raise SwitchGone("no such attempt")  # the dialplan says sorry
        await self._let_go(live)
        live.line = line
        live.flow_task = asyncio.current_task()
        if live.state in UNANSWERED:
            live.apply(CallEvent.ANSWERED, self._clock.now())
        try:
            await self._flow_runner.run(live, line)
        except CallerHungUp:
            return
        except StoreUnavailable as exc:
            log.error("Answer not kept", call_id=line.call_id, error=str(exc))
            raise SwitchGone("the store is away") from exc

    async def _known(self, call_id: CallId) -> LiveCall | None:
        """Return the call; a little later, if what was left is being taken over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(UNKNOWN_LINE_S):
                await self.is_ready.wait()
        return self._live.get(call_id)

    async def _let_go(self, live: LiveCall) -> None:
        """End the flow on a line that broke: the voter is on a new one."""
        # Ours from here on, so that a third line lets us go, and not the first again.
        before, live.flow_task = live.flow_task, asyncio.current_task()
        if before is None or before.done() or before is asyncio.current_task():
            return
        before.cancel()
        await asyncio.wait({before}, timeout=FLOW_ENDS_S)

    # Ending

    async def drop_unanswered(self, which: Callable[[LiveCall], bool], why: str) -> int:
        """End those of the calls that nobody has answered yet; return how many."""
        some = [one for one in self.live() if one.state in UNANSWERED and which(one)]
        await self._cancel(some, why)
        return len(some)

    async def end_all(self, why: str) -> None:
        await self._cancel(self.live(), why)

    async def _cancel(self, some: Sequence[LiveCall], why: str) -> None:
        """Hang all of them up together: with a switch that hangs, each takes seconds.

        Each is marked before the first is waited for: what was not dialled yet,
        never will be.
        """
        for live in some:
            live.note(cancelled=why)
        await asyncio.gather(*(self._hang_up(live) for live in some))

    async def _hang_up(self, live: LiveCall) -> None:
        with contextlib.suppress(SwitchGone):
            await self._switch.hang_up(live.call.call_id)

    async def wait_idle(self, at_most: timedelta) -> bool:
        """Return True once no call is live, False after `at_most`."""
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
                return True
        except TimeoutError:
            return False

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
