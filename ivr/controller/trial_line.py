"""One trial call on its way through the flow, without anything that would be kept.

The flow runner is the one that serves voters; what stands around it here answers in
the place of the store, the desks and the gate, and tells what is heard and pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Heard, Line, Recorded
from ivr.core.call import Call
from ivr.core.flow_model import (
    Clip,
    ConnectTelecaller,
    FlowEvent,
    MayOffer,
    OfferAllowed,
    OfferAnswered,
    OfferHeld,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.model import Answer, CallId

TALK_S = 3.0  # of music, where a telecaller would talk

OnSaid = Callable[[str, tuple[Clip, ...]], None]  # at which node, and what


class TrialMemory:
    """controller.flow_runner.FlowMemory: tells, and keeps nothing."""

    def __init__(
        self, on_answer: Callable[[Answer], None], on_note: Callable[[str], None]
    ) -> None:
        self._on_answer = on_answer
        self._on_note = on_note

    async def save_call(self, call: Call) -> None:
        return

    async def keep_answer(self, answer: Answer, place: str = "") -> None:
        self._on_answer(answer)

    async def keep_callback(
        self, call_id: CallId, due_at: datetime, at: datetime
    ) -> None:
        self._on_note("callback")

    async def opt_out(self, live: LiveCall) -> None:
        """Whoever tries a flow does not leave the lists by it."""
        self._on_note("opt_out")


class TrialGate:
    """controller.flow_runner.Gate, and the desks behind it: as the person chose."""

    def __init__(self, clock: Clock, *, is_free: bool, on_said: OnSaid) -> None:
        self._clock = clock
        self._is_free = is_free
        self._on_said = on_said

    def may_offer(self, live: LiveCall, command: MayOffer) -> FlowEvent:
        return OfferAllowed() if self._is_free else OfferHeld()

    async def connect(
        self, live: LiveCall, line: Line, command: ConnectTelecaller
    ) -> FlowEvent:
        """Music, and then on as after a talk, or as when nobody is free."""
        self._on_said(str(command.node), ())
        patience_s = live.campaign.connect_patience.total_seconds()
        await line.hold()
        await self._clock.sleep(TALK_S if self._is_free else patience_s)
        await line.unhold()
        return TelecallerTalked(TALK_S) if self._is_free else TelecallerUnavailable()

    def answered(self, live: LiveCall, command: OfferAnswered) -> None:
        return

    def promised(self, live: LiveCall) -> None:
        return

    def over(self, live: LiveCall) -> None:
        return

    def left(self, live: LiveCall) -> None:
        return


class WatchedLine:
    """controller.ports.Line: another's, with what is asked on it told."""

    def __init__(self, line: Line, live: LiveCall, on_said: OnSaid) -> None:
        self.call_id = line.call_id
        self._line = line
        self._live = live
        self._on_said = on_said

    def _says(self, clips: Sequence[Clip]) -> None:
        self._on_said(str(self._live.call.node), tuple(clips))

    async def ask(
        self,
        clips: Sequence[Clip],
        *,
        max_digits: int,
        first_timeout_s: float,
        between_timeout_s: float,
        terminator: str,
    ) -> Heard:
        self._says(clips)
        return await self._line.ask(
            clips,
            max_digits=max_digits,
            first_timeout_s=first_timeout_s,
            between_timeout_s=between_timeout_s,
            terminator=terminator,
        )

    async def record(
        self,
        clips: Sequence[Clip],
        *,
        name: str,
        max_s: float,
        silence_s: float,
        beep: bool,
    ) -> Recorded:
        self._says(clips)
        return await self._line.record(
            clips, name=name, max_s=max_s, silence_s=silence_s, beep=beep
        )

    async def join(self, leg_id: str) -> bool:
        return False  # a trial joins nobody

    async def say(self, words: str, language: str) -> None:
        await self._line.say(words, language)

    async def hold(self) -> None:
        await self._line.hold()

    async def unhold(self) -> None:
        await self._line.unhold()

    async def hang_up(self) -> None:
        await self._line.hang_up()
