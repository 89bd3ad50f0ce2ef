"""What the controller needs of the world, in Samvad's words.

Real adapters live in ivr/asterisk and ivr/store, fakes in tests/fakes; both pass
the same contract tests. Nothing here knows how any of it is done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ivr.core.call import Call
from ivr.core.card import EarlierCall, OwnDay
from ivr.core.events import SwitchEvent
from ivr.core.flow_model import Clip, Flow
from ivr.core.model import (
    Answer,
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    Contact,
    ContactId,
    DeskState,
    Disposition,
    Due,
    FlowId,
    ListenMode,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
    Trunk,
)
from ivr.core.pacer import Pacer


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time, in UTC, timezone-aware."""

    def steady_s(self) -> float:
        """Return seconds that only ever grow, whatever is done to the time.

        They go on over a restart, about: for ages, and for what is forgotten.
        """

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Dial:
    """One call to be placed."""

    call_id: CallId
    number: PhoneNumber
    trunk: Trunk
    caller_id: PhoneNumber
    ring_timeout: timedelta


@dataclass(frozen=True, slots=True)
class OutsideDial:
    """A leg to be rung by a trunk: no voter, and only a number of the settings'."""

    number: PhoneNumber
    trunk: Trunk
    caller_id: PhoneNumber
    ring_timeout: timedelta


@dataclass(frozen=True, slots=True)
class DeskDial:
    """A phone of the house to be rung: no trunk carries it."""

    address: str
    ring_timeout: timedelta


@dataclass(frozen=True, slots=True)
class WayOut:
    """By which trunk telecallers' own numbers are rung, and with which caller ID."""

    trunk: Trunk
    caller_id: PhoneNumber


@dataclass(frozen=True, slots=True)
class Standing:
    """What is up in the switch, as it says itself."""

    calls: Mapping[CallId, bool]  # whether they were answered
    legs: frozenset[str]  # of telecallers, partners, in-charges
    joined: Mapping[CallId, frozenset[str]]  # which legs a voter talks with


class Switch(Protocol):
    """The telephone switch. Every method ends within its named timeout."""

    async def dial(self, dial: Dial) -> None:
        """Place the call; return when the switch accepted it.

        What becomes of it comes as events. Sending the same call_id twice never
        rings a person twice. Raises SwitchRefused, SwitchGone.
        """

    async def hang_up(self, call_or_leg_id: str) -> bool:
        """End a call or leg; False when it was already gone."""

    async def ring_desk(
        self, leg_id: str, address: str, ring_timeout: timedelta
    ) -> None:
        """Ring a telecaller's softphone and park it: LegUp or LegDown follows."""

    async def ring_outside(self, leg_id: str, dial: OutsideDial) -> None:
        """Ring a listed number and park it: LegUp or LegDown follows.

        Raises SwitchRefused, SwitchGone, BadInput.
        """

    async def park(self, leg_id: str) -> bool:
        """Take a leg out of what it is in; it waits again. False: it was gone."""

    async def consult(self, leg_id: str, partner_leg_id: str) -> bool:
        """Let two parked legs hear each other. False: one was gone."""

    async def bring_in(self, leg_id: str, call_id: CallId) -> bool:
        """Bring a parked leg to a voter who is joined to another: Joined follows."""

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        """Join a virtual voter to a parked leg. False: it is not there.

        No event tells of it: it is no call. Their line comes as every line does.
        """

    async def ring_trial(self, trial_id: str, dial: DeskDial | OutsideDial) -> None:
        """Ring somebody who wants to hear a flow: LegUp or LegDown follows.

        Once they answer, their line comes as every line does, with `trial_id`.
        Raises SwitchRefused, SwitchGone, BadInput.
        """

    async def listen(self, leg_id: str, to_leg_id: str, mode: ListenMode) -> bool:
        """Let a leg hear what another hears and says. `park` ends it."""

    async def standing(self) -> Standing:
        """Return what is up now, of a former controller's too."""

    async def keys_pressed(self) -> Mapping[CallId, str]:
        """Return what voters pressed, by the switch's own notes, in order.

        For calls that were answered, those that are over too; as far back as the notes
        go. Events of these keys that were not taken yet are dropped.
        """

    async def forget_keys(self) -> None:
        """Begin those notes anew: all of them are stored elsewhere by now."""

    def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield everything that happens, in order. One consumer only."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a voter pressed during or after a prompt."""

    keys: str
    terminated: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    file: str
    duration_s: float
    stopped_by: str
    key: str = ""  # that ended it, or asked for something else before it began
    early: str = ""  # pressed during the prompt: the recording began sooner


class Line(Protocol):
    """The voice path to one voter who has answered. Raises CallerHungUp."""

    call_id: CallId

    async def ask(
        self,
        clips: Sequence[Clip],
        *,
        max_digits: int,
        first_timeout_s: float,
        between_timeout_s: float,
        terminator: str,
    ) -> Heard: ...

    async def record(
        self,
        clips: Sequence[Clip],
        *,
        name: str,
        max_s: float,
        silence_s: float,
        beep: bool,
    ) -> Recorded: ...

    async def join(self, leg_id: str) -> bool:
        """Join the voter to a parked telecaller; return when they part.

        False when the leg was not there. The telecaller's leg is parked again.
        """

    async def say(self, words: str, language: str) -> None:
        """Say one of our own sentences, asked for by name; keys do nothing."""

    async def hold(self) -> None:
        """Start music on hold."""

    async def unhold(self) -> None: ...

    async def hang_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Abandonment:
    """Counts for the cap: over 30 days and over the last 500 answers."""

    answered_30d: int
    abandoned_30d: int
    answered_last: int
    abandoned_last: int


@dataclass(frozen=True, slots=True)
class DeskThen:
    """How a desk was kept last: what a new controller finds of a former one's."""

    telecaller_id: TelecallerId
    state: DeskState
    since: datetime
    reason: str = ""
    call_id: CallId | None = None


class Store(Protocol):
    """The memory. Each method is one transaction; when it returns, it is kept.

    Raises StoreUnavailable.
    """

    async def campaign(self, campaign_id: CampaignId) -> Campaign: ...

    async def campaign_state(self, campaign_id: CampaignId) -> CampaignState: ...

    async def set_campaign_state(
        self, campaign_id: CampaignId, state: CampaignState, at: datetime
    ) -> None: ...

    async def list_campaigns(self) -> list[tuple[Campaign, CampaignState]]: ...

    async def running_campaigns(self) -> list[Campaign]: ...

    async def campaign_flow(self, campaign_id: CampaignId) -> Flow:
        """Return the flow as it was when the campaign was made or last updated."""

    async def flow(self, flow_id: FlowId, version: str) -> Flow: ...

    async def claim_due(
        self,
        campaign_id: CampaignId,
        limit: int,
        now: datetime,
        centres: Sequence[CentreCode] = (),
    ) -> list[Due]:
        """Take up to `limit` contacts whose time has come; nobody else gets them.

        Who asked to be called comes first. Then, for each of `centres` one of its
        people, and anybody where it has none.

        A claim ends with `refuse`, `open_attempt` + `close_attempt`, or
        `release_claims` after a crash.
        """

    async def release_claims(self, campaign_id: CampaignId) -> int:
        """Give back claims for which no attempt was opened; return how many."""

    async def refuse(
        self, campaign_id: CampaignId, contact_id: ContactId, why: Refused, at: datetime
    ) -> None: ...

    async def open_attempt(self, call: Call) -> None:
        """Write the attempt before it is dialled."""

    async def save_call(self, call: Call) -> None:
        """Keep the call's present state and times."""

    async def keep_answer(self, answer: Answer, place: str = "") -> None:
        """Keep the answer, and the place in the flow (core.flow_place) it leads to."""

    async def keep_opt_out(
        self, number: PhoneNumber, at: datetime, source: str, call_id: CallId | None
    ) -> None: ...

    async def is_do_not_call(self, number: PhoneNumber) -> bool: ...

    async def keep_callback(
        self, call_id: CallId, due_at: datetime, at: datetime
    ) -> None: ...

    async def contact(self, contact_id: ContactId) -> Contact: ...

    async def callback_of(self, call_id: CallId) -> datetime | None:
        """Return when the call's person asked to be called, if they did."""

    async def close_attempt(
        self,
        call: Call,
        disposition: Disposition,
        next_at: datetime | None,
        because: str,
    ) -> None:
        """Write how it ended, and make the contact due again or done."""

    async def call(self, call_id: CallId) -> Call | None:
        """Return an attempt as it was last kept, or None."""

    async def open_attempts(self) -> list[Call]:
        """Return attempts that were opened and never closed (after a crash)."""

    async def answers_of(self, call_id: CallId) -> list[Answer]:
        """Return the call's answers in the order they were given."""

    async def next_due_at(
        self, campaign_id: CampaignId, after: datetime
    ) -> datetime | None: ...

    async def undone(self, campaign_id: CampaignId) -> int:
        """Return how many contacts are not done: due, claimed, dialling or waiting."""

    async def abandonment(
        self, campaign_id: CampaignId, now: datetime
    ) -> Abandonment: ...

    async def abandonment_by_centre(
        self, now: datetime
    ) -> Mapping[CentreCode, Abandonment]:
        """Return the 30 days of each centre's people, whichever campaign called."""

    async def telecaller(self, telecaller_id: TelecallerId) -> Telecaller: ...

    async def telecallers(self) -> list[Telecaller]: ...

    async def keep_desk_state(
        self,
        telecaller_id: TelecallerId,
        state: DeskState,
        at: datetime,
        reason: str = "",
        call_id: CallId | None = None,
    ) -> None: ...

    async def last_desk_state(self, telecaller_id: TelecallerId) -> DeskThen | None:
        """Return how the telecaller's desk was kept last, if it ever was."""

    async def keep_conversation(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        joined_at: datetime,
        parted_at: datetime | None,
    ) -> None:
        """Write, or update, one voter's talk with one telecaller."""

    async def keep_outcome(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        outcome: str,
        notes: str,
        at: datetime,
    ) -> None:
        """Write what the telecaller made of the conversation."""

    async def keep_form_answer(
        self, call_id: CallId, place: int, question: str, value: str, at: datetime
    ) -> None:
        """Write a telecaller's answer to their form's question; the last counts."""

    async def earlier_calls(
        self, number: PhoneNumber, but: CallId | None, limit: int
    ) -> list[EarlierCall]:
        """Return the last calls to a number that are over, the latest first."""

    async def own_day(
        self, telecaller_id: TelecallerId, since: datetime, now: datetime
    ) -> OwnDay:
        """Return a telecaller's own figures since a moment."""

    async def keep_learned(self, about: str, state: str, at: datetime) -> None:
        """Keep what pacing learned `about` a campaign or centre, in place of before."""

    async def learned(self, about: str) -> str | None:
        """Return what was kept last, or None; what it means is core's own affair."""


class Pacers(Protocol):
    async def of(self, campaign: Campaign) -> Pacer:
        """Return the campaign's pacer, with what was learned before a restart."""

    async def save(self) -> None:
        """Keep what was learned. Never raises: pacing goes on without."""
