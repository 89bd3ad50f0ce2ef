"""Flows heard on one's own phone, from the click to the hang-up.

The phone is rung, and the line that comes is walked through the flow by the runner
that serves voters. It is no attempt: not in the store, the router or any figure. Who
may be rung, how often and with whom in it, core.trial_call says.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from ivr.controller.live_trial import LiveTrial, walk
from ivr.controller.ports import Clock, DeskDial, Line, OutsideDial, WayOut
from ivr.controller.trial_ports import (
    TRIAL_PREFIX,
    TrialRefused,
    TrialSurroundings,
    TrialSwitch,
)
from ivr.core.access import User, UserId
from ivr.core.events import LegDown, LegUp, SwitchBack, SwitchEvent
from ivr.core.model import Campaign, DeskPhone, Due, Telecaller, TrunkName
from ivr.core.trial_call import (
    MOST_IN_AN_HOUR,
    RING,
    Ended,
    NoTrial,
    Phase,
    TrialCall,
    Wanted,
    invented,
    left,
    next_at,
    phones_of,
)
from ivr.errors import CallerHungUp, SamvadError, SwitchGone

log = structlog.get_logger(__name__)

MakeSound = Callable[[], Awaitable[Sequence[str]]]


class TrialCalls:
    """All trial calls of this controller, one at a time for each user and phone."""

    def __init__(
        self, switch: TrialSwitch, clock: Clock, surroundings: TrialSurroundings
    ) -> None:
        self._switch = switch
        self._clock = clock
        self._around = surroundings
        self._trials: dict[UserId, LiveTrial] = {}  # each one's last
        self._begun: dict[UserId, list[datetime]] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        # Set by who wires: takes away what was recorded, by the beginning of its name.
        self.forget: Callable[[str], None] = lambda trial_id: None

    # Seen by the pages

    def phones(self, user: User, *, in_page: bool = True) -> tuple[DeskPhone, ...]:
        """Return which phones of the user's may be rung."""
        way_out = self._around.way_out is not None
        return phones_of(self._person(user), in_page=in_page, way_out=way_out)

    def mobile(self, user: User) -> str:
        """Return the user's own number, as the settings have it; "": none."""
        person = self._person(user)
        return (person.mobile or "") if person else ""

    def left(self, user: User) -> int:
        """Return how many more the user may have just now."""
        return left(self._begun.get(user.user_id, ()), self._clock.now())

    def of(self, user: User) -> TrialCall | None:
        """Return the user's last trial call."""
        trial = self._trials.get(user.user_id)
        return trial.view if trial else None

    async def changed(self, user: User, seen: int, timeout_s: float) -> None:
        """Return once the user's trial call is another than at step `seen`."""
        trial = self._trials.get(user.user_id)
        if trial is None or trial.is_over or trial.view.step != seen:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await trial.changed.wait()

    def on_trunk(self, trunk: TrunkName) -> int:
        """Return how many of the trunk's channels trial calls take."""
        return sum(
            one.trunk.name == trunk and one.view.phase in (Phase.RINGING, Phase.PLAYING)
            for one in self._trials.values()
        )

    def has(self, leg_id: str) -> bool:
        return leg_id.startswith(TRIAL_PREFIX)

    def _person(self, user: User) -> Telecaller | None:
        own = user.telecaller_id
        return self._around.person(own) if own is not None else None

    # What the user does

    async def begin(
        self, user: User, wanted: Wanted, organisation: str, make_sound: MakeSound
    ) -> TrialCall:
        """Have the user's own phone rung with the flow. Raises TrialRefused.

        `make_sound`: speaks what has no sound yet; returns what could not be spoken.
        """
        whose = self._person(user)
        if whose is None or wanted.phone not in self.phones(user):
            raise TrialRefused(
                NoTrial.NO_PHONE,
                f"no {wanted.phone} of yours is known: an admin enters it in "
                "config/telecallers.yaml and at your user",
            )
        self._is_free(user, whose)
        trial = self._new(user, whose, wanted, organisation)
        before = self._trials.get(user.user_id)
        self._trials[user.user_id] = trial  # from here on nobody comes between
        try:
            dial = await self._dial(trial)
        except BaseException:
            del self._trials[user.user_id]
            if before is not None:
                self._trials[user.user_id] = before
            raise
        begun = [*self._begun.get(user.user_id, ()), self._clock.now()]
        self._begun[user.user_id] = begun[-MOST_IN_AN_HOUR:]
        log.info(
            "Trial call",
            trial_id=trial.trial_id,
            user=user.user_id,
            flow=wanted.flow.flow_id,
            version=wanted.flow.version,
            phone=str(wanted.phone),
        )
        self._spawn(self._ring(trial, dial, make_sound))
        return trial.view

    def _is_free(self, user: User, whose: Telecaller) -> None:
        """Go on only if the phone is free, and it is not too often."""
        for one in self._trials.values():
            is_theirs = user.user_id == one.user_id or whose == one.whose
            if is_theirs and not one.is_over:
                raise TrialRefused(NoTrial.UNDER_WAY, "a trial call is under way")
        if self._around.is_on_the_phone(whose.telecaller_id):
            raise TrialRefused(
                NoTrial.PHONE_BUSY, "your phone is at your desk, or listens: end that"
            )
        begun, now = self._begun.get(user.user_id, []), self._clock.now()
        at = next_at(begun, now)
        if at is not None:
            minutes = max(1, round((at - now).total_seconds() / 60))
            raise TrialRefused(
                NoTrial.TOO_MANY, f"too many trial calls: again in {minutes} minutes"
            )

    def _new(
        self, user: User, whose: Telecaller, wanted: Wanted, organisation: str
    ) -> LiveTrial:
        now, way = self._clock.now(), self._around.way_out
        self._count += 1
        caller_id = way.caller_id if way else None
        due, campaign = invented(wanted.flow, organisation, whose, caller_id)
        view = TrialCall(
            trial_id=f"{TRIAL_PREFIX}{int(now.timestamp() * 1000):x}-{self._count}",
            flow_id=wanted.flow.flow_id,
            version=wanted.flow.version,
            revision=wanted.revision,
            phone=wanted.phone,
            phase=Phase.PREPARING,
            since=now,
        )
        return LiveTrial(user.user_id, whose, wanted, due, campaign, view)

    async def _dial(self, trial: LiveTrial) -> DeskDial | OutsideDial:
        """Return what is to be rung. Raises TrialRefused, StoreUnavailable."""
        if trial.wanted.phone is not DeskPhone.MOBILE:
            return DeskDial(trial.whose.address_at(trial.wanted.phone), RING)
        way, number = self._around.way_out, trial.whose.mobile
        assert way is not None and number is not None  # else it is no phone of theirs
        is_barred = await self._around.is_do_not_call(number)
        due = replace(trial.due, on_do_not_call=is_barred)
        self._may_be_dialled(due, trial.campaign, way)
        trial.trunk = way.trunk
        return OutsideDial(number, way.trunk, way.caller_id, RING)

    def _may_be_dialled(self, due: Due, campaign: Campaign, way: WayOut) -> None:
        # Our caller ID is the trunk's: campaigns' other rules are not asked.
        no = self._around.forbids(due, campaign, way.trunk)
        if no is not None:
            raise TrialRefused(NoTrial(no.reason), no.rule)
        if self._around.free_channels(way.trunk) < 1:
            raise TrialRefused(
                NoTrial.TRUNK_FULL, "the trunk has no free channel: voters come first"
            )

    async def _ring(
        self, trial: LiveTrial, dial: DeskDial | OutsideDial, make_sound: MakeSound
    ) -> None:
        try:
            missing = await make_sound()
            if missing:
                self._is_over(trial, Ended.NO_SOUND, missing[0])
            if trial.is_over:
                return
            await self._dial(trial)  # what forbids it may have come meanwhile
            trial.tell(phase=Phase.RINGING)
            await self._switch.ring_trial(trial.trial_id, dial)
        except SamvadError as exc:  # whatever it was, nothing rings
            log.warning("Not rung", trial_id=trial.trial_id, error=str(exc))
            self._is_over(trial, Ended.FAILED, str(exc))

    async def end(self, user: User) -> None:
        """Hang the user's trial call up, if there is one."""
        trial = self._trials.get(user.user_id)
        if trial is not None and not trial.is_over:
            await self._stop(trial)

    async def _stop(self, trial: LiveTrial) -> None:
        trial.is_stopped = True
        await self._hang_up(trial.trial_id)
        if trial.view.phase is not Phase.PLAYING:
            self._is_over(trial, Ended.STOPPED)

    async def _hang_up(self, trial_id: str) -> None:
        try:
            await self._switch.hang_up(trial_id)
        except SwitchGone as exc:
            log.warning("Trial call not hung up", trial_id=trial_id, error=str(exc))

    # What happens

    def on_event(self, event: SwitchEvent) -> None:
        """Take what happens to legs, in order; what follows is not awaited."""
        match event:
            case LegUp() if self.has(event.leg_id):
                trial = self._by_id(event.leg_id)
                if trial is None:  # given up meanwhile
                    self._spawn(self._hang_up(event.leg_id))
                else:
                    trial.is_up = True
            case LegDown() if (trial := self._by_id(event.leg_id)) is not None:
                # Once it plays, the line's own end says how.
                if trial.view.phase is not Phase.PLAYING:
                    how = Ended.FAILED if trial.is_up else Ended.NOT_ANSWERED
                    self._is_over(trial, how)
            case SwitchBack():
                self._after_blindness(event.legs)

    def _after_blindness(self, legs: frozenset[str]) -> None:
        for trial in list(self._trials.values()):
            if trial.view.phase is Phase.RINGING and trial.trial_id not in legs:
                self._is_over(trial, Ended.FAILED)
        for leg_id in filter(self.has, legs):
            if self._by_id(leg_id) is None:
                self._spawn(self._hang_up(leg_id))

    def _by_id(self, trial_id: str) -> LiveTrial | None:
        """Return the trial, while it is not over."""
        found = (
            one
            for one in self._trials.values()
            if one.trial_id == trial_id and not one.is_over
        )
        return next(found, None)

    async def serve(self, line: Line) -> None:
        """Walk whoever took up their phone through the flow."""
        trial = self._by_id(line.call_id)
        if trial is None:
            await line.hang_up()
            return
        trial.tell(phase=Phase.PLAYING, since=self._clock.now())
        ended, problem = Ended.FAILED, ""
        try:
            await walk(trial, line, self._clock)
            ended = Ended.COMPLETED
        except CallerHungUp:
            ended = Ended.STOPPED if trial.is_stopped else Ended.HUNG_UP
        except SamvadError as exc:
            log.warning("Trial call broke", trial_id=line.call_id, error=str(exc))
            problem = str(exc)
        finally:
            self._is_over(trial, ended, problem)

    def _is_over(self, trial: LiveTrial, ended: Ended, problem: str = "") -> None:
        if trial.is_over:
            return
        now = self._clock.now()
        trial.tell(phase=Phase.OVER, since=now, ended=ended, problem=problem)
        log.info("Trial call ends", trial_id=trial.trial_id, how=str(ended))
        try:
            self.forget(trial.trial_id)
        except OSError as exc:
            log.error("Trial's recordings are left", error=str(exc))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Hang up what is left."""
        for trial in list(self._trials.values()):
            if not trial.is_over:
                await self._stop(trial)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
