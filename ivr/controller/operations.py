"""What people and programs may ask of a running Samvad, as one Protocol.

`ivr/web` serves it over HTTP; the commands of dialer.py are its clients.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ivr.controller.decisions import DecisionView
from ivr.controller.floor_operations import FloorOperations
from ivr.controller.listening import ListenView
from ivr.core.callback_days import CallbackDay
from ivr.core.card import Card, OwnDay
from ivr.core.desk_messages import DeskMessage
from ivr.core.model import (
    CallId,
    CampaignId,
    CampaignState,
    CentreCode,
    ContactId,
    DeskPhone,
    DeskState,
    ListenMode,
    Telecaller,
    TelecallerId,
)
from ivr.core.talk import TalkState
from ivr.core.transfer import Target, TargetKind


@dataclass(frozen=True, slots=True)
class DeskView:
    """A desk as a telecaller or in-charge sees it. The number is masked."""

    telecaller_id: TelecallerId
    name: str
    centre: str
    state: DeskState
    since: datetime
    reason: str = ""
    call_id: CallId | None = None
    contact_name: str = ""
    contact_number: str = ""
    district: str = ""
    schemes: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()  # (node, meaning)
    # Preview: who would be dialled, when the telecaller says so.
    preview_contact_id: ContactId | None = None
    ends_at: datetime | None = None  # of the wrap-up, by itself
    messages: tuple[DeskMessage, ...] = ()  # that they have not read yet
    phone: DeskPhone = DeskPhone.SOFTPHONE  # the one in use, or used last
    talk: TalkState | None = None  # how it stands with their voter
    with_whom: str = ""  # the other telecaller, or number, in it
    is_partner: bool = False  # they were asked to help; it is the other's voter


@dataclass(frozen=True, slots=True)
class CampaignView:
    campaign_id: CampaignId
    title_hi: str
    state: CampaignState
    calls: dict[str, int] = field(default_factory=dict)  # live calls by CallState
    because: str = ""  # the last pacing decision, or what holds dialling back
    undone: int = 0
    centres: tuple[CentreCode, ...] = ()  # whose telecallers serve it; empty: all
    only_admin_starts: bool = False


class Operations(Protocol):
    """Raises BadInput for what cannot be (unknown desk, wrong state)."""

    @property
    def floor(self) -> FloorOperations:
        """What in-charges see and do."""

    async def log_in(
        self, telecaller_id: TelecallerId, phone: DeskPhone = DeskPhone.SOFTPHONE
    ) -> DeskView:
        """Ring that phone and park the leg; the desk becomes READY."""

    async def log_out(self, telecaller_id: TelecallerId) -> DeskView: ...

    async def ready(self, telecaller_id: TelecallerId) -> DeskView:
        """End a pause or wrap-up."""

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskView:
        """Pause now, or after the present call's wrap-up."""

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskView:
        """The telecaller hangs up; the voter's call is over.

        With a partner there, the voter is left to them; a partner leaves the others.
        """

    async def hold(self, telecaller_id: TelecallerId) -> DeskView:
        """The voter hears music."""

    async def take_back(self, telecaller_id: TelecallerId) -> DeskView:
        """The voter is the telecaller's again; a partner who was asked goes."""

    async def transfer(
        self, telecaller_id: TelecallerId, kind: TargetKind, key: str, *, is_cold: bool
    ) -> DeskView:
        """Ask one of `transfer_targets`: cold, they have the voter as soon as they

        are there; warm, they talk with the telecaller first.
        """

    async def hand_over(self, telecaller_id: TelecallerId) -> DeskView:
        """Leave the voter to the partner."""

    async def bring_together(self, telecaller_id: TelecallerId) -> DeskView:
        """All three hear each other."""

    def transfer_targets(self, telecaller_id: TelecallerId) -> list[Target]:
        """Return to whom the telecaller's voter may be handed."""

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskView:
        """Keep the outcome of the conversation, and notes."""

    async def preview_dial(self, telecaller_id: TelecallerId) -> DeskView:
        """Preview mode: dial the contact that is shown."""

    def desk(self, telecaller_id: TelecallerId) -> DeskView: ...

    async def desk_changed(self, telecaller_id: TelecallerId, timeout_s: float) -> None:
        """Return when anything at the desk changes, or at the timeout."""

    async def card(self, telecaller_id: TelecallerId) -> Card | None:
        """Return the card of whom the desk serves, wraps up, or may dial next."""

    async def form_answer(
        self, telecaller_id: TelecallerId, call_id: CallId, question: str, value: str
    ) -> None:
        """Keep what the person answered to a question of the desk's form."""

    def callback_days(
        self, telecaller_id: TelecallerId, call_id: CallId
    ) -> tuple[CallbackDay, ...]:
        """Return the days and times at which the person may be called back."""

    async def call_back(
        self, telecaller_id: TelecallerId, call_id: CallId, due_at: datetime
    ) -> None:
        """Keep that the person is to be called back then."""

    async def own_day(self, telecaller_id: TelecallerId) -> OwnDay:
        """Return the telecaller's own figures of today."""

    def desks(self) -> list[DeskView]: ...

    async def listen(
        self,
        in_charge_id: TelecallerId,
        telecaller_id: TelecallerId,
        mode: ListenMode,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> ListenView:
        """Ring that phone and let the in-charge hear the telecaller's talks.

        Again: change the mode, or the telecaller. Who listens is noted.
        """

    async def stop_listening(self, in_charge_id: TelecallerId) -> None: ...

    def who_listens(self) -> list[ListenView]: ...

    def in_charges(self) -> list[Telecaller]:
        """Return those who have a phone to listen with."""

    def in_charge_centre(self, in_charge_id: TelecallerId) -> CentreCode | None:
        """Return the centre of an in-charge who may listen; None: there is none."""

    async def wait_desk_change(
        self, telecaller_id: TelecallerId, seen: datetime, timeout_s: float
    ) -> DeskView:
        """Return when the desk's `since` is later than `seen`, or at the timeout."""

    async def start(self, campaign_id: CampaignId) -> CampaignView: ...

    async def pause_campaign(self, campaign_id: CampaignId) -> CampaignView: ...

    async def resume(self, campaign_id: CampaignId) -> CampaignView: ...

    async def stop(self, campaign_id: CampaignId) -> CampaignView: ...

    async def campaigns(self) -> list[CampaignView]:
        """Return those that run."""

    async def campaign(self, campaign_id: CampaignId) -> CampaignView:
        """Return one, in whatever state. Raises BadInput."""

    async def decisions(self, seen: int, timeout_s: float) -> list[DecisionView]:
        """Return the pacing decisions after number `seen`, [] at the timeout."""

    async def opt_out(self, number: str, source: str) -> None:
        """Do-not-call, at once: also drops a queued or ringing call to it."""

    def health(self) -> dict[str, str]:
        """Each part's state in a word: switch, store, dial_loop ... 'ok' or why not."""
