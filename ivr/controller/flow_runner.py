"""Walks one voter through the flow: asks core what to do, does it, tells what came.

Each answer is stored before the next prompt plays. Decides nothing about the
flow, the law or the desks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Line
from ivr.core import flow as core_flow
from ivr.core.call import Call, CallEvent, CallState
from ivr.core.flow_again import SAID, first_keys, in_order, take_keys
from ivr.core.flow_facts import facts_for
from ivr.core.flow_model import (
    Ask,
    ConnectTelecaller,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    HangUp,
    KeepAnswer,
    KeysPressed,
    MayOffer,
    OfferAnswered,
    OptOut,
    Record,
    RequestCallback,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_place import place_of, place_text
from ivr.core.flow_state import FlowState, Waiting
from ivr.core.model import Answer, CallId
from ivr.errors import StoreUnavailable

log = structlog.get_logger(__name__)

Connect = Callable[[LiveCall, Line, ConnectTelecaller], Awaitable[FlowEvent]]
OnOptOut = Callable[[LiveCall], Awaitable[None]]
OnAnswer = Callable[[LiveCall, Answer], None]

DEFAULT_CALLBACK = timedelta(hours=2)


class FlowMemory(Protocol):
    """Where what is said in a flow is kept. Raises StoreUnavailable."""

    async def save_call(self, call: Call) -> None: ...

    async def keep_answer(self, answer: Answer, place: str = "") -> None: ...

    async def keep_callback(
        self, call_id: CallId, due_at: datetime, at: datetime
    ) -> None: ...


class Gate(Protocol):
    """Who may be offered a telecaller (offers.py)."""

    def may_offer(self, live: LiveCall, command: MayOffer) -> FlowEvent: ...

    def answered(self, live: LiveCall, command: OfferAnswered) -> None: ...

    def promised(self, live: LiveCall) -> None: ...

    def over(self, live: LiveCall) -> None: ...

    def left(self, live: LiveCall) -> None: ...


class FlowRunner:
    """Runs flows. One instance serves every call; it keeps no state of its own."""

    def __init__(
        self,
        store: FlowMemory,
        clock: Clock,
        *,
        connect: Connect,
        offers: Gate,
        on_opt_out: OnOptOut,
        district_names: Mapping[str, str],
        on_answer: OnAnswer = lambda _live, _answer: None,
    ) -> None:
        self._store = store
        self._district_names = district_names
        self._clock = clock
        self._connect = connect
        self._offers = offers
        self._on_opt_out = on_opt_out
        self._on_answer = on_answer

    async def run(self, live: LiveCall, line: Line) -> None:
        """Walk the flow to its end. Raises CallerHungUp, StoreUnavailable."""
        await self._keep_passed_over(live)
        state, commands = self._begin(live)
        is_kept = True  # who begins anew, or goes on where a place says, is there
        try:
            while True:
                live.note(place=place_text(state))
                if not is_kept:
                    await self._keep_place(live)
                event = await self._carry_out(live, line, in_order(commands))
                if event is None:
                    return
                facts = self._facts(live)
                state, commands = core_flow.step(live.flow, state, event, facts)
                is_kept = any(isinstance(one, KeepAnswer) for one in commands)
        finally:
            self._offers.left(live)

    async def keep_left(self, live: LiveCall) -> None:
        """Keep what a voter pressed whose line is gone; what cannot be kept is owed."""
        await self._keep_passed_over(live)
        keys, live.untaken = live.untaken, ""
        if not keys:
            return
        facts, place = self._facts(live), place_of(live.call.place)
        state, commands = (
            core_flow.start(live.flow, facts)
            if place is None
            else core_flow.resume(live.flow, place, facts)
        )
        state, said = take_keys(live.flow, state, commands, keys, facts)
        live.note(place=place_text(state))
        for command in in_order(said):
            await self._said(live, command)

    async def _keep_passed_over(self, live: LiveCall) -> None:
        keys, live.passed_over = live.passed_over, ()
        for node, key in keys:
            await self._keep(live, KeepAnswer(node, "key", key, False))

    def _begin(self, live: LiveCall) -> tuple[FlowState, list[FlowCommand]]:
        """Begin the flow, or go on where a broken line or a former controller was."""
        facts, place = self._facts(live), place_of(live.call.place)
        if place is None:
            return core_flow.start(live.flow, facts)
        was_served = live.call.parted_at is not None and live.state is CallState.IN_FLOW
        if live.state is not CallState.IN_FLOW:
            was_served = live.state is CallState.TALKING
            live.apply(CallEvent.RESUMED, self._clock.now())
        log.info("Taken up again", call_id=live.call.call_id, node=place.node)
        if place.waiting is Waiting.TELECALLER and was_served:
            return core_flow.step(live.flow, place, TelecallerTalked(0.0), facts)
        return core_flow.resume(live.flow, place, facts)

    def _facts(self, live: LiveCall) -> FlowFacts:
        contact = live.due.contact
        return facts_for(
            contact,
            live.campaign,
            now=self._clock.now(),
            district_name=self._district_names.get(contact.district, ""),
        )

    async def _carry_out(
        self, live: LiveCall, line: Line, commands: list[FlowCommand]
    ) -> FlowEvent | None:
        """Do all of `commands`; return what came of the last, None at the end."""
        for command in commands:
            live.note(node=command.node)
            if live.owed and not isinstance(command, SAID):
                raise StoreUnavailable("what the voter said is not kept yet")
            match command:
                case KeepAnswer() | OptOut() | RequestCallback():
                    await self._said(live, command)
                case Ask() if live.untaken:
                    return await self._pressed_before(live, line, command)
                case Ask():
                    return await self._ask(line, command)
                case Record():
                    return await self._record(live, line, command)
                case MayOffer():
                    return self._offers.may_offer(live, command)
                case OfferAnswered():
                    self._offers.answered(live, command)
                case ConnectTelecaller():
                    return await self._hand_over(live, line, command)
                case HangUp():
                    live.note(completed=command.completed)
                    await line.hang_up()
                    return None
        raise AssertionError(
            "a flow's commands end with Ask, Record, MayOffer, Connect or HangUp"
        )

    async def _said(self, live: LiveCall, command: FlowCommand) -> None:
        match command:
            case KeepAnswer():
                await self._keep(live, command)
            case OptOut():
                live.note(opted_out=True)
                await self._write(live, partial(self._on_opt_out, live))
            case RequestCallback():
                await self._callback(live, command)

    async def _hand_over(
        self, live: LiveCall, line: Line, command: ConnectTelecaller
    ) -> FlowEvent:
        self._offers.promised(live)
        event = await self._connect(live, line, command)
        if isinstance(event, TelecallerTalked) or not command.tries_again:
            self._offers.over(live)
        if isinstance(event, TelecallerUnavailable) and not command.tries_again:
            await self._count(live)
        return event

    async def _count(self, live: LiveCall) -> None:
        """Keep an abandoned call as one, now: the apology takes its time.

        The ladder counts by the store. The closing write has it again.
        """
        await self._save(live)

    async def _keep_place(self, live: LiveCall) -> None:
        """Keep where a call is that went on without an answer.

        Who takes it over would put the old question to the voter, and take for its
        answer what they pressed at the new one.
        """
        await self._save(live)

    async def _save(self, live: LiveCall) -> None:
        try:
            await self._store.save_call(live.call)
        except StoreUnavailable as exc:
            log.error("Not kept yet", call_id=live.call.call_id, error=str(exc))

    async def _pressed_before(
        self, live: LiveCall, line: Line, command: Ask
    ) -> FlowEvent:
        """Take what was pressed while nobody was there, if it answers the question.

        Half a number does not: it is kept as it is, and the question comes again.
        """
        event, live.untaken = first_keys(live.untaken, command)
        is_whole = event.terminated or len(event.keys) == command.max_digits
        if is_whole:
            return event
        await self._keep(live, KeepAnswer(command.node, "digits", event.keys, False))
        return await self._ask(line, command)

    async def _keep(self, live: LiveCall, command: KeepAnswer) -> None:
        live.seq += 1
        answer = Answer(
            call_id=live.call.call_id,
            seq=live.seq,
            node=command.node,
            kind=command.kind,
            value=command.value,
            accepted=command.accepted,
            meaning=command.meaning,
            at=self._clock.now(),
        )
        pressed = len(command.value) if command.kind != "speech" else 0
        live.note(
            keys=live.call.keys + pressed,
            answers=live.call.answers + command.accepted,
        )
        keep, place = self._store.keep_answer, live.call.place
        await self._write(live, partial(keep, answer, place))
        if command.accepted:
            live.heard.append((command.node, command.meaning or command.value))
            self._on_answer(live, answer)

    async def _write(
        self, live: LiveCall, write: Callable[[], Awaitable[None]]
    ) -> None:
        """Write what the voter said. What the store cannot take now is owed to it."""
        try:
            await write()
        except StoreUnavailable as exc:
            log.error("Not kept yet", call_id=live.call.call_id, error=str(exc))
            live.owed.append(write)

    async def _callback(self, live: LiveCall, command: RequestCallback) -> None:
        now = self._clock.now()
        delay = (
            DEFAULT_CALLBACK
            if command.delay_s is None
            else timedelta(seconds=command.delay_s)
        )
        live.callback_at = now + delay
        live.note(callback=True)
        call_id, at = live.call.call_id, live.callback_at
        await self._write(live, partial(self._store.keep_callback, call_id, at, now))

    async def _ask(self, line: Line, command: Ask) -> FlowEvent:
        heard = await line.ask(
            command.clips,
            max_digits=command.max_digits,
            first_timeout_s=command.first_timeout_s,
            between_timeout_s=command.between_timeout_s,
            terminator=command.terminator,
        )
        return KeysPressed(heard.keys, heard.terminated)

    async def _record(self, live: LiveCall, line: Line, command: Record) -> FlowEvent:
        recorded = await line.record(
            command.clips,
            name=f"{live.call.call_id}-{live.seq + 1}",
            max_s=command.max_s,
            silence_s=command.silence_s,
            beep=command.beep,
        )
        if recorded.early and recorded.early != "#":
            early = KeepAnswer(command.node, "key", recorded.early, accepted=False)
            await self._keep(live, early)
        return SpeechRecorded(
            recorded.file, recorded.duration_s, recorded.stopped_by, recorded.key
        )
