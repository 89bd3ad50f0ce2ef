"""What a new controller does with what a former one left: calls, desks, keys.

Calls that live go on where they were; those that ended meanwhile are closed, and what
their voters pressed is kept. Decides nothing: core.flow, core.disposition and core.desk
do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Standing, Store, Switch
from ivr.controller.telecaller_desk import Desks
from ivr.core.call import UNANSWERED, Call, CallEvent, CallState
from ivr.core.disposition import INTERRUPTED
from ivr.core.events import CallEnded, LegDown
from ivr.core.flow_again import OPT_OUT_KEY, Untaken, untaken
from ivr.core.flow_place import place_of
from ivr.core.model import Answer, CallId, Due, Trunk, TrunkName

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How many of what was found, for the log."""

    calls: int  # that go on
    closed: int  # that ended while nobody was there
    desks: int
    strays: int  # calls and legs of nobody: hung up


class TakingOver:
    """Once, at each start."""

    def __init__(
        self,
        *,
        store: Store,
        switch: Switch,
        clock: Clock,
        router: CallRouter,
        desks: Desks,
        trunk_of: Callable[[TrunkName], Trunk],
    ) -> None:
        self._store = store
        self._switch = switch
        self._clock = clock
        self._router = router
        self._desks = desks
        self._trunk_of = trunk_of

    async def run(self) -> TakenOver:
        """Take over what lives, close what does not. Raises SwitchGone."""
        left = await self._store.open_attempts()
        pressed = await self._switch.keys_pressed()
        lives = await asyncio.gather(*(self._made(call, pressed) for call in left))
        for live in lives:
            self._router.adopt(live)
        # Only now is it asked what lives: what ends from here on, ends by its event.
        standing = await self._switch.standing()
        talking: dict[str, LiveCall] = {}
        closed = 0
        for live in lives:
            if live.call.call_id in standing.calls:
                self._goes_on(live, standing)
                talking |= dict.fromkeys(live.legs, live)
            else:
                self._is_over(live, pressed)
                closed += 1
        known = await self._take_desks(standing, talking)
        strays = [i for i in standing.calls if self._router.find(i) is None]
        for stray in (*strays, *(standing.legs - known)):
            await self._switch.hang_up(stray)
        # Paused ones too: a telecaller may have been looking at somebody.
        for campaign, _state in await self._store.list_campaigns():
            await self._store.release_claims(campaign.campaign_id)
        if not left:  # nobody's keys are to be looked for again
            await self._switch.forget_keys()
        found = TakenOver(
            len(left) - closed,
            closed,
            len(known),
            len(strays) + len(standing.legs - known),
        )
        if left or known or found.strays:
            log.warning(
                "Taken over from a former run",
                calls=found.calls,
                closed=found.closed,
                desks=found.desks,
                strays=found.strays,
            )
        return found

    async def _take_desks(
        self, standing: Standing, talking: Mapping[str, LiveCall]
    ) -> frozenset[str]:
        """Go on with telecallers' legs; tell of those that went down meanwhile."""
        known = await self._desks.restore(standing.legs, talking)
        if known:
            legs = (await self._switch.standing()).legs
            for leg_id in sorted(known - legs):
                await self._desks.on_leg_event(LegDown(leg_id, self._clock.now()))
        return known

    async def _made(self, call: Call, pressed: Mapping[CallId, str]) -> LiveCall:
        """Return the call as the former controller had it, with keys nobody took."""
        answers = await self._store.answers_of(call.call_id)
        contact = await self._store.contact(call.contact_id)
        live = LiveCall(
            call,
            Due(contact, call.attempt_no, 0, 0, False, dials=call.attempt_no - 1),
            await self._store.campaign(call.campaign_id),
            await self._store.flow(call.flow_id, call.flow_version),
            self._trunk_of(call.trunk),
        )
        live.seq = max((one.seq for one in answers), default=0)
        live.heard = [(a.node, a.meaning or a.value) for a in answers if a.accepted]
        live.callback_at = await self._store.callback_of(call.call_id)
        _recall(live, answers)
        left = _untaken(live, answers, pressed.get(call.call_id, ""))
        live.untaken, live.passed_over = left.keys, left.passed_over
        if not live.call.place:  # they answer no question
            live.untaken = OPT_OUT_KEY if OPT_OUT_KEY in left.keys else ""
            keys = left.keys.replace(OPT_OUT_KEY, "")
            live.passed_over += tuple((live.flow.start, key) for key in keys)
        return live

    def _goes_on(self, live: LiveCall, standing: Standing) -> None:
        """The voter is there, or their telephone rings."""
        now, call_id = self._clock.now(), live.call.call_id
        if live.state is CallState.ENDED:
            return
        if standing.calls[call_id] and live.state in UNANSWERED:
            live.apply(CallEvent.ANSWERED, now)
        live.legs = set(standing.joined.get(call_id, ()))
        if live.legs and live.state is not CallState.TALKING:
            live.apply(CallEvent.JOINED, now)
        elif live.state is CallState.TALKING and not live.legs:
            live.apply(CallEvent.PARTED, now)

    def _is_over(self, live: LiveCall, pressed: Mapping[CallId, str]) -> None:
        """It ended while nobody was there to see how."""
        call_id, now = live.call.call_id, self._clock.now()
        if live.state is CallState.ENDED:
            return
        if call_id in pressed and live.state in UNANSWERED:
            # The dialplan had them: they heard an apology, and no flow of ours.
            live.apply(CallEvent.ANSWERED, now)
            live.note(abandoned=True)
        live.note(cancelled=INTERRUPTED)
        live.events.put_nowait(CallEnded(call_id, now, 0))


def _recall(live: LiveCall, answers: list[Answer]) -> None:
    """Set what the call is known for by what was kept of it."""
    place = place_of(live.call.place)
    live.note(
        answers=sum(one.accepted for one in answers),
        keys=sum(len(one.value) for one in answers if one.kind != "speech"),
        opted_out=live.call.opted_out or (place is not None and place.opted_out),
        callback=live.call.callback or live.callback_at is not None,
    )


def _untaken(live: LiveCall, answers: list[Answer], pressed: str) -> Untaken:
    """Return the keys that were taken by nobody; those of a talk have no meaning."""
    if live.call.joined_at is not None:
        return Untaken("")
    return untaken(pressed, answers)
