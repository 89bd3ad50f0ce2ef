"""The telephone switch as the controller sees it: controller.ports.Switch.

Turns commands into AMI actions and AMI events into the core's events. Keeps only
what the translation needs (which channel is which); decides nothing.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from ivr.asterisk.ami import Ami, AmiAddress
from ivr.asterisk.bridges import CALL_PREFIX, LEG_PREFIX, Bridges
from ivr.asterisk.decode import key as key_of
from ivr.asterisk.decode import number as number_of
from ivr.asterisk.encode import dialled, name, subscriber
from ivr.asterisk.key_log import MOST, KeyLog
from ivr.asterisk.knocks import SIGNS, calling_phone, knock_of
from ivr.asterisk.legs import TECH, Legs
from ivr.asterisk.line import AgiLine
from ivr.controller.ports import DeskDial, Dial, OutsideDial, Standing
from ivr.controller.trial_ports import TRIAL_PREFIX
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRinging,
    LegDown,
    LegUp,
    SwitchBack,
    SwitchEvent,
    SwitchLost,
)
from ivr.core.lockout import Knock
from ivr.core.model import CallId, ListenMode, Trunk
from ivr.errors import SwitchGone, SwitchRefused

log = structlog.get_logger(__name__)

LEG_HEADER = "X-Samvad-Leg"
HOUSE = "100"  # who calls, at phones of the house
REFUSED_AFTER_S = 1.0  # a failed Originate whose channel never showed up
MOST_EARLY_KEYS = 32  # nobody presses more before the first prompt
ASK_DIALLED_S = 0.02
ASK_AGAIN_S = 0.2  # what the switch holds, when it did not say

PRACTICE_COMES = timedelta(seconds=5)  # nobody's phone rings

# Whose keys are counted by the manager's events too.
IN_A_FLOW = (CALL_PREFIX, TRIAL_PREFIX)

# ast_channel_state in an AMI event's ChannelState
RINGING, UP = "5", "6"


@dataclass(slots=True)
class _Seen:
    """What the events said of one channel."""

    channel: str = ""
    state: str = ""
    dial_status: str = ""
    is_told_up: bool = False  # a leg whose LegUp went out
    early_keys: str = ""  # pressed before the voter's line came to us


class AsteriskSwitch:
    """Implements controller.ports.Switch over one AMI connection."""

    def __init__(
        self,
        address: AmiAddress,
        now: Callable[[], datetime],
        *,
        timeout_s: float = 5.0,
        on_answer: Callable[[float], None] = lambda took_s: None,
        key_log: KeyLog | None = None,
    ) -> None:
        """`key_log`: where Asterisk itself notes voters' keys."""
        self._key_log = key_log
        self._ami = Ami(
            address, self._on_event, timeout_s=timeout_s, on_answer=on_answer
        )
        self._now = now
        self._events: asyncio.Queue[SwitchEvent] = asyncio.Queue()
        self._seen: dict[str, _Seen] = {}
        self._bridges = Bridges(self._put, now)
        self._legs = Legs(self._ami.send, self.channel_of, self._bridges)
        # Sent and not yet ended, with the loop's time then; inf: it failed.
        self._dialled: dict[str, float] = {}
        self._lines: dict[str, AgiLine] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._telling: asyncio.Task[None] | None = None
        # Set by who wants to know who tries to be a phone; must not wait.
        self.on_knock: Callable[[Knock], None] = lambda knock: None
        # Set by who wants to know which phone begins a call by itself.
        self.on_stray: Callable[[str], None] = lambda account: None
        # The switch was away, and may have been started anew.
        self.on_back: Callable[[], None] = lambda: None

    @property
    def is_up(self) -> bool:
        return self._ami.is_up

    @property
    def waiting_events(self) -> int:
        return self._events.qsize()

    @property
    def answer_s(self) -> float:
        """Return after how long Asterisk answers an action of ours now."""
        return self._ami.answer_s

    @property
    def undialled_s(self) -> float:
        """Return how long the oldest dial that Asterisk took waits for its channel."""
        waiting = (at for i, at in self._dialled.items() if i not in self._seen)
        return max(0.0, self._loop_s() - min(waiting, default=math.inf))

    async def until_dialled(self, within_s: float) -> None:
        """Wait until each dial that Asterisk took has its channel, at most so long.

        Who comes after us finds it by that.
        """
        for _ in range(round(within_s / ASK_DIALLED_S)):
            if self.undialled_s == 0:
                return
            await asyncio.sleep(ASK_DIALLED_S)

    @staticmethod
    def _loop_s() -> float:
        return asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Keep the manager connection until cancelled."""
        await self._ami.run(on_up=self._on_up, on_down=self._on_down)

    def events(self) -> AsyncIterator[SwitchEvent]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[SwitchEvent]:
        while True:
            yield await self._events.get()

    def watch_line(self, line: AgiLine) -> None:
        """Count keys that the manager sees on this line, until the call ends.

        Those that it saw before the line came to us are counted as well.
        """
        before = self._lines.get(line.call_id)
        self._lines[line.call_id] = line
        seen = self._seen.get(line.call_id)
        early, untaken = (
            seen.early_keys if seen else "",
            before.untaken if before else "",
        )
        for key in untaken + early:
            line.note_key(key)
        if seen:
            seen.early_keys = ""

    def channel_of(self, leg_id: str) -> str | None:
        seen = self._seen.get(leg_id)
        return seen.channel if seen and seen.state == UP else None

    # Commands

    async def dial(self, dial: Dial) -> None:
        """Place the call. Raises SwitchRefused, SwitchGone, BadInput."""
        channel, caller_id = _by_trunk(dial)
        await self._originate(
            dial.call_id,
            channel,
            context="samvad-call",
            caller_id=caller_id,
            ring_timeout=dial.ring_timeout,
        )

    async def ring_desk(
        self, leg_id: str, address: str, ring_timeout: timedelta
    ) -> None:
        await self._originate(
            leg_id,
            f"PJSIP/{name(address)}",
            context="samvad-desk",
            caller_id=HOUSE,
            ring_timeout=ring_timeout,
        )

    async def ring_outside(self, leg_id: str, dial: OutsideDial) -> None:
        channel, caller_id = _by_trunk(dial)
        await self._originate(
            leg_id,
            channel,
            context="samvad-desk",
            caller_id=caller_id,
            ring_timeout=dial.ring_timeout,
        )

    async def ring_trial(self, trial_id: str, dial: DeskDial | OutsideDial) -> None:
        """Ring a phone; once answered it is handed to us, not parked."""
        if isinstance(dial, DeskDial):
            channel, caller_id = f"PJSIP/{name(dial.address)}", HOUSE
        else:
            channel, caller_id = _by_trunk(dial)
        await self._originate(
            trial_id,
            channel,
            context="samvad-trial",
            caller_id=caller_id,
            ring_timeout=dial.ring_timeout,
        )

    async def park(self, leg_id: str) -> bool:
        return await self._legs.park(leg_id)

    async def consult(self, leg_id: str, partner_leg_id: str) -> bool:
        return await self._legs.consult(leg_id, partner_leg_id)

    async def bring_in(self, leg_id: str, call_id: CallId) -> bool:
        return await self._legs.bring_in(leg_id, call_id)

    async def listen(self, leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        return await self._legs.listen(leg_id, to_leg_id, mode)

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        """Join a virtual voter to a parked leg. False: the leg is not there.

        No call and no leg: none of their channel's events is news to us.
        """
        channel = self.channel_of(leg_id)
        if channel is None:
            return False
        try:
            await self._originate(
                practice_id,
                f"Local/{name(channel.removeprefix(TECH))}@samvad-practice-join/n",
                context="samvad-practice",
                caller_id=HOUSE,
                ring_timeout=PRACTICE_COMES,
            )
        except SwitchRefused:
            return False
        return True

    async def _originate(
        self,
        channel_id: str,
        channel: str,
        *,
        context: str,
        caller_id: str,
        ring_timeout: timedelta,
    ) -> None:
        self._dialled[channel_id] = self._loop_s()
        try:
            await self._ami.send(
                {
                    "Action": "Originate",
                    "ActionID": f"dial/{name(channel_id)}",
                    "Channel": channel,
                    # Asterisk refuses a second channel with this id, so the same
                    # attempt can never ring a person twice.
                    "ChannelId": channel_id,
                    "Context": context,
                    "Exten": "s",
                    "Priority": "1",
                    "Timeout": str(int(ring_timeout.total_seconds() * 1000)),
                    "CallerID": f'"Samvad" <{caller_id}>',
                    "Async": "true",
                    **_marked(channel_id, channel),
                }
            )
        except SwitchRefused:
            self._dialled.pop(channel_id, None)
            raise

    async def hang_up(self, call_or_leg_id: str) -> bool:
        """End a call or leg; False when it was already gone."""
        seen = self._seen.get(call_or_leg_id)
        target = seen.channel if seen and seen.channel else call_or_leg_id
        try:
            await self._ami.send({"Action": "Hangup", "Channel": target, "Cause": "16"})
        except SwitchRefused:
            return False
        return True

    async def standing(self) -> Standing:
        """Return what is up now; who is joined to whom is put right by it."""
        shown = await self._ami.send_list({"Action": "CoreShowChannels"})
        ids: set[str] = set()
        bridges: dict[str, set[str]] = {}
        for message in shown:
            unique = message.get("Uniqueid", "")
            if message.get("Event") == "CoreShowChannel" and _is_ours(unique):
                ids.add(unique)
                seen = self._seen.setdefault(unique, _Seen())
                seen.channel = message.get("Channel", "")
                seen.state = message.get("ChannelState", "")
                if bridge := message.get("BridgeId", ""):
                    bridges.setdefault(bridge, set()).add(unique)
        self._bridges.shown(bridges)
        calls = {CallId(i) for i in ids if i.startswith(CALL_PREFIX)}
        answered = {call_id: self._seen[call_id].state == UP for call_id in calls}
        return Standing(answered, frozenset(ids - calls), self._bridges.joined())

    async def keys_pressed(self) -> Mapping[CallId, str]:
        """Return what voters pressed, by Asterisk's own log of keys."""
        found = {} if self._key_log is None else await self._key_log.read()
        for call_id in found:
            if (seen := self._seen.get(call_id)) is not None:
                seen.early_keys = ""
        return found

    async def keep_key_log_small(self) -> None:
        """Shorten Asterisk's log of keys: what people pressed is not to lie about.

        To nothing while there are no calls; to the live ones' when it has grown long.
        """
        log_of_keys = self._key_log
        if log_of_keys is None or not (size := log_of_keys.size()):
            return
        known = self._seen.keys() | self._dialled.keys()
        if size > MOST or not any(i.startswith(CALL_PREFIX) for i in known):
            calls = {i: s.channel for i, s in self._seen.items() if s.state == UP}
            await log_of_keys.begin_anew(
                {CallId(i): c for i, c in calls.items() if i.startswith(CALL_PREFIX)}
            )

    async def forget_keys(self) -> None:
        if self._key_log is not None:
            await self._key_log.begin_anew()

    # Events

    def _put(self, event: SwitchEvent) -> None:
        self._events.put_nowait(event)

    def _on_up(self) -> None:
        self.on_back()
        self._telling = self._spawn(self._tell_back())

    async def _tell_back(self) -> None:
        """Tell what the switch holds; until it has said that, we are not back."""
        ours = self._seen.keys() | self._dialled.keys()
        while True:
            try:
                standing = await self.standing()
                break
            except (SwitchGone, SwitchRefused) as exc:
                log.warning("The switch does not say what it holds", error=str(exc))
                await asyncio.sleep(ASK_AGAIN_S)
        calls, legs = frozenset[str](standing.calls), standing.legs
        for gone in set(self._seen) - calls - legs:
            self._forget(gone)
        self._bridges.keep_only(calls | legs)
        for gone in self._dialled.keys() - calls - legs:
            del self._dialled[gone]
        self._put(SwitchBack(self._now(), calls, legs))
        for leg_id in sorted(ours & legs):
            if self._seen[leg_id].state == UP:  # perhaps since we could not see
                self._leg_up(leg_id)

    def _on_down(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        self._put(SwitchLost(self._now()))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("Switch task failed", error=str(task.exception()))

    def _on_event(self, message: Mapping[str, str]) -> None:
        translate = _TRANSLATE.get(message.get("Event", ""))
        if translate is not None:
            translate(self, message)

    def _newchannel(self, message: Mapping[str, str]) -> None:
        account = calling_phone(message)
        if account and not _is_ours(message.get("Uniqueid", "")):
            self.on_stray(account)
        self._newstate(message)

    def _newstate(self, message: Mapping[str, str]) -> None:
        unique = message.get("Uniqueid", "")
        if not _is_ours(unique):
            return
        seen = self._seen.setdefault(unique, _Seen())
        seen.channel = message.get("Channel", "")
        state = message.get("ChannelState", "")
        if state == seen.state:
            return
        seen.state = state
        now = self._now()
        if unique.startswith(CALL_PREFIX):
            if state == RINGING:
                self._put(CallRinging(CallId(unique), now))
            elif state == UP:
                self._put(CallAnswered(CallId(unique), now))
        elif state == UP:
            self._leg_up(unique)

    def _leg_up(self, leg_id: str) -> None:
        seen = self._seen[leg_id]
        if not seen.is_told_up:
            seen.is_told_up = True
            self._put(LegUp(leg_id, self._now()))

    def _dial_end(self, message: Mapping[str, str]) -> None:
        unique = message.get("DestUniqueid", "")
        if _is_ours(unique):
            seen = self._seen.setdefault(unique, _Seen())
            seen.dial_status = message.get("DialStatus", "")

    def _hangup(self, message: Mapping[str, str]) -> None:
        unique = message.get("Uniqueid", "")
        if not _is_ours(unique):
            return
        seen = self._forget(unique)
        now, cause = self._now(), number_of(message.get("Cause", "")) or 0
        # Without a DialEnd the code answers our own CANCEL: it rang out.
        by_network = bool(seen.dial_status) and seen.state != UP
        if not unique.startswith(CALL_PREFIX):
            self._put(LegDown(unique, now, cause))
            return
        self._put(
            CallEnded(
                CallId(unique),
                now,
                cause,
                message.get("Cause-txt", ""),
                _sip_code(message.get("TechCause", "")) if by_network else None,
                seen.dial_status,
            )
        )

    def _forget(self, unique: str) -> _Seen:
        self._dialled.pop(unique, None)
        self._lines.pop(unique, None)
        self._bridges.gone(unique)
        return self._seen.pop(unique, None) or _Seen()

    def _originate_response(self, message: Mapping[str, str]) -> None:
        unique = message.get("ActionID", "").removeprefix("dial/")
        if message.get("Response") != "Failure" or unique not in self._dialled:
            return
        self._dialled[unique] = math.inf
        # A channel that was made reports its own hang-up; give it the time to.
        reason = f"originate failed, reason {message.get('Reason', '?')}"
        asyncio.get_running_loop().call_later(
            REFUSED_AFTER_S, self._refused, unique, reason
        )

    def _refused(self, unique: str, reason: str) -> None:
        if unique not in self._dialled or unique in self._seen:
            return
        self._dialled.pop(unique, None)
        if unique.startswith(CALL_PREFIX):
            self._put(CallRefused(CallId(unique), self._now(), reason))
        else:
            self._put(LegDown(unique, self._now()))

    def _bridge_enter(self, message: Mapping[str, str]) -> None:
        unique = message.get("Uniqueid", "")
        if _is_ours(unique):
            self._bridges.entered(message.get("BridgeUniqueid", ""), unique)

    def _bridge_leave(self, message: Mapping[str, str]) -> None:
        self._bridges.left(
            message.get("BridgeUniqueid", ""), message.get("Uniqueid", "")
        )

    def _dtmf_end(self, message: Mapping[str, str]) -> None:
        unique = message.get("Uniqueid", "")
        if not unique.startswith(IN_A_FLOW) or message.get("Direction") != "Received":
            return
        line, key = self._lines.get(unique), key_of(message.get("Digit", ""))
        if line is not None and key:
            line.note_key(key)
        elif key:
            seen = self._seen.setdefault(unique, _Seen())
            seen.early_keys = (seen.early_keys + key)[:MOST_EARLY_KEYS]

    def _security(self, message: Mapping[str, str]) -> None:
        knock = knock_of(message, self._now())
        if knock is not None:
            self.on_knock(knock)


_TRANSLATE: dict[str, Callable[[AsteriskSwitch, Mapping[str, str]], None]] = {
    "Newchannel": AsteriskSwitch._newchannel,
    "Newstate": AsteriskSwitch._newstate,
    "DialEnd": AsteriskSwitch._dial_end,
    "Hangup": AsteriskSwitch._hangup,
    "OriginateResponse": AsteriskSwitch._originate_response,
    "BridgeEnter": AsteriskSwitch._bridge_enter,
    "BridgeLeave": AsteriskSwitch._bridge_leave,
    "DTMFEnd": AsteriskSwitch._dtmf_end,
    **dict.fromkeys(SIGNS, AsteriskSwitch._security),
}


def _marked(channel_id: str, channel: str) -> dict[str, str]:
    """Return the header by which a phone knows our leg, and answers by itself."""
    if not channel_id.startswith((LEG_PREFIX, TRIAL_PREFIX)) or "@" in channel:
        return {}  # the network outside, by a trunk, is told nothing of legs
    return {"Variable": f"PJSIP_HEADER(add,{LEG_HEADER})={name(channel_id)}"}


def _is_ours(unique: str) -> bool:
    return unique.startswith((CALL_PREFIX, LEG_PREFIX, TRIAL_PREFIX))


def _sip_code(tech_cause: str) -> int | None:
    """Return 486 for "SIP 486 Busy Here"."""
    codes = (number_of(word) for word in tech_cause.split())
    return next((code for code in codes if code is not None), None)


def _by_trunk(dial: Dial | OutsideDial) -> tuple[str, str]:
    """Return the channel and the caller ID of a dial. Raises BadInput."""
    number = dialled(_as_operator_wants(subscriber(dial.number), dial.trunk))
    caller_id = dialled(_as_operator_wants(dial.caller_id, dial.trunk))
    return f"PJSIP/{number}@{name(dial.trunk.name)}", caller_id


def _as_operator_wants(number: str, trunk: Trunk) -> str:
    if trunk.gateway:
        return number
    return trunk.national_prefix + number.removeprefix("+91")
