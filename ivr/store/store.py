"""`SqlStore`: the controller's Store port (ivr/controller/ports.py) on a database.

Every method asks one question of a module beside this one. No SQL here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from ivr.controller.ports import Abandonment, DeskThen
from ivr.core.call import Call
from ivr.core.card import EarlierCall, OwnDay
from ivr.core.erasure import NumberKey
from ivr.core.flow_model import Flow
from ivr.core.model import (
    Answer,
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    Conversation,
    DeskState,
    Disposition,
    Due,
    FlowId,
    ListName,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
)
from ivr.errors import SetupFailed, StoreUnavailable
from ivr.store import (
    answers,
    attempts,
    campaigns,
    cards,
    desks,
    enrolment,
    erasures,
    learned,
    people,
    queue,
)
from ivr.store.database import Database, Question
from ivr.store.group_commit import GroupCommit
from ivr.store.opt_out_ledger import ErasedNumber, OptOut, OptOutLedger
from ivr.store.spool import PATIENCE_S, Spool
from ivr.store.spool_calls import (
    CloseAttempt,
    GiveBack,
    KeepAnswer,
    KeepCallback,
    KeepConversation,
    KeepDeskState,
    KeepFormAnswer,
    KeepLearned,
    KeepOptOut,
    KeepOutcome,
    Refuse,
    SaveCall,
    SpoolCall,
)

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

WRITE_TIMEOUT_S = 10.0
MOST_WAITING = 20_000  # writes; at 100 calls a second, more than ten seconds' worth
MOST_AT_ONCE = 500
ENROL_SPAN = 5_000  # contacts in one transaction, some tens of milliseconds


class SqlStore:
    """Made by `open_store`. Close it, or use it as an async context manager."""

    def __init__(
        self,
        database: Database,
        *,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        ledger: OptOutLedger | None = None,
        spool: Spool | None = None,
        erased: NumberKey | None = None,
    ) -> None:
        """`spool`: where small writes wait while the database does not take them.

        `erased`: by which numbers of erased people are known.
        """
        self._database = database
        self._ledger = ledger
        self._spool = spool
        self.erased = erased
        self._writes = GroupCommit(
            database,
            timeout_s=PATIENCE_S if spool else write_timeout_s,
            most_waiting=MOST_WAITING,
            most_at_once=MOST_AT_ONCE,
            aside=spool,
        )
        if spool is not None:
            spool.before(self._writes)
        self._flows: dict[tuple[FlowId, str], Flow] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Write what still waits, then let go of the database."""
        await self._writes.close()
        if self._spool is not None:
            await self._spool.close()
        await self._database.close()

    @property
    def writes_waiting(self) -> int:
        """Return how many small writes are not committed yet (a metric)."""
        return self._writes.waiting

    @property
    def spooled(self) -> tuple[int, float]:
        """Return how many writes wait in the spool, and since how many seconds."""
        spool = self._spool
        if spool is None or not spool.is_on:
            return 0, 0.0
        return spool.waiting, spool.on_for_s

    def _must_know_all(self) -> None:
        """Raise StoreUnavailable while anything is known that the database is not.

        An opt-out that waits in the spool holds at once: nobody is claimed or dialled.
        """
        if self._spool is not None and self._spool.is_on:
            raise self._spool.refusal()

    async def _keep(self, call: SpoolCall) -> None:
        await self._writes.submit(call.write(), call)

    # For the rooms' own questions: results, imports.

    async def read(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `ask(connection, ...)`, run in one reading transaction."""
        return await self._database.read(ask, *args, **kwargs)

    async def change(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `ask(connection, ...)` once what it changed is committed.

        Keep it short: on SQLite all other writes wait meanwhile.
        """
        return await self._database.change(ask, *args, **kwargs)

    # Campaigns

    async def save_campaign(
        self,
        campaign: Campaign,
        flow: Flow,
        flow_text: str,
        at: datetime,
        *,
        campaign_text: str = "",
    ) -> None:
        """Write a campaign with its flow; a known one keeps state and queue."""
        texts = (campaign_text, flow_text)
        await self.change(campaigns.save_campaign, campaign, flow, texts, at)
        self._flows.pop((flow.flow_id, flow.version), None)

    async def enrol(
        self, campaign: Campaign, at: datetime, *, at_most: int | None = None
    ) -> int:
        """Put the lists' contacts that are meant, and new, in the campaign's queue.

        One row for each number, due at `at`; those already there stay as they are,
        if they are still meant: others leave the queue, or are done if dialled.
        `at_most`: only so many new ones, the first of the lists (a pilot).
        """
        looked: int | None = 0
        while looked is not None:
            looked = await self.change(
                enrolment.take_out_span, campaign, at, looked, ENROL_SPAN
            )
        enrolled, last = 0, 0
        while True:
            left = None if at_most is None else at_most - enrolled
            new, seen = await self.change(
                enrolment.enrol_span, campaign, at, last, ENROL_SPAN, left
            )
            enrolled += new
            if seen is None or (at_most is not None and enrolled >= at_most):
                return enrolled
            last = seen

    async def list_campaigns(self) -> list[tuple[Campaign, CampaignState]]:
        return await self.read(campaigns.list_campaigns)

    async def campaign(self, campaign_id: CampaignId) -> Campaign:
        return await self.read(campaigns.campaign, campaign_id)

    async def campaign_state(self, campaign_id: CampaignId) -> CampaignState:
        return await self.read(campaigns.campaign_state, campaign_id)

    async def set_campaign_state(
        self, campaign_id: CampaignId, state: CampaignState, at: datetime
    ) -> None:
        await self.change(campaigns.set_campaign_state, campaign_id, state, at)

    async def running_campaigns(self) -> list[Campaign]:
        return await self.read(campaigns.running_campaigns)

    async def campaign_flow(self, campaign_id: CampaignId) -> Flow:
        flow_id, version = await self.read(campaigns.flow_version, campaign_id)
        return await self.flow(flow_id, version)

    async def flow(self, flow_id: FlowId, version: str) -> Flow:
        known = self._flows.get((flow_id, version))
        if known is None:
            known = await self.read(campaigns.flow, flow_id, version)
            self._flows[flow_id, version] = known
        return known

    async def funnel(self, campaign_id: CampaignId, now: datetime) -> Mapping[str, int]:
        """Return where the campaign's contacts stand (see campaigns.funnel)."""
        return await self.read(campaigns.funnel, campaign_id, now)

    # The queue

    async def claim_due(
        self,
        campaign_id: CampaignId,
        limit: int,
        now: datetime,
        centres: Sequence[CentreCode] = (),
    ) -> list[Due]:
        self._must_know_all()
        taken: list[ContactId] = []

        def claim(connection: Connection) -> list[Due]:
            due = queue.claim_due(
                connection, campaign_id, limit, now, centres, self.erased
            )
            taken.extend(one.contact.contact_id for one in due)
            return due

        claimed: list[Due] = []
        try:
            claimed = await self.change(claim)
        finally:
            # Claimed by a commit whose answer was lost, perhaps: nobody holds them.
            lost = set(taken) - {one.contact.contact_id for one in claimed}
            await self._give_back(campaign_id, lost, now)
        return claimed

    async def _give_back(
        self, campaign_id: CampaignId, lost: Collection[ContactId], now: datetime
    ) -> None:
        if not lost or self._spool is None:
            return
        why = Refused("store_away", "The database went away as they were claimed", now)
        writes = [self._keep(Refuse(campaign_id, one, why)) for one in sorted(lost)]
        for failed in await asyncio.gather(*writes, return_exceptions=True):
            if failed is not None:
                log.error("A claim is given back at the next start: %s", failed)

    async def release_claims(self, campaign_id: CampaignId) -> int:
        return await self.change(queue.release_claims, campaign_id)

    async def refuse(
        self, campaign_id: CampaignId, contact_id: ContactId, why: Refused, at: datetime
    ) -> None:
        await self._keep(Refuse(campaign_id, contact_id, why))

    async def next_due_at(
        self, campaign_id: CampaignId, after: datetime
    ) -> datetime | None:
        return await self.read(queue.next_due_at, campaign_id, after)

    async def undone(self, campaign_id: CampaignId) -> int:
        return await self.read(queue.undone, campaign_id)

    # Attempts

    async def open_attempt(self, call: Call) -> None:
        try:
            await self._writes.submit(attempts.opened(call))
        except StoreUnavailable:
            if self._spool is not None:
                # It may be written yet, and nobody dials it.
                with contextlib.suppress(StoreUnavailable):
                    await self._keep(GiveBack(call))
            raise

    async def save_call(self, call: Call) -> None:
        await self._keep(SaveCall(call))

    async def close_attempt(
        self,
        call: Call,
        disposition: Disposition,
        next_at: datetime | None,
        because: str,
    ) -> None:
        await self._keep(CloseAttempt(call, disposition, next_at, because))

    async def call(self, call_id: CallId) -> Call | None:
        return await self.read(attempts.one_call, call_id)

    async def open_attempts(self) -> list[Call]:
        return await self.read(attempts.open_attempts)

    async def calls_of(
        self, campaign_id: CampaignId
    ) -> list[tuple[Call, Disposition | None]]:
        """Return every call of the campaign as placed; None: it is not over."""
        return await self.read(attempts.calls_of, campaign_id)

    async def abandonment(self, campaign_id: CampaignId, now: datetime) -> Abandonment:
        return await self.read(attempts.abandonment, campaign_id, now)

    async def abandonment_by_centre(
        self, now: datetime
    ) -> Mapping[CentreCode, Abandonment]:
        return await self.read(attempts.abandonment_by_centre, now)

    # What voters said

    async def keep_answer(self, answer: Answer, place: str = "") -> None:
        await self._keep(KeepAnswer(answer, place))

    async def keep_opt_out(
        self, number: PhoneNumber, at: datetime, source: str, call_id: CallId | None
    ) -> None:
        # The ledger first: it holds also when the database is away or lost later.
        if self._ledger is not None:
            try:
                await self._ledger.keep(OptOut(number, at, source, call_id))
            except SetupFailed as exc:  # the next start writes it, from the database
                log.error("An opt-out is not noted: %s", exc)
        await self._keep(KeepOptOut(number, at, source, call_id))

    async def forget_opt_out(self, number: PhoneNumber, at: datetime) -> None:
        """Keep the number's hash in the ledger, and no longer itself."""
        if self._ledger is None or self.erased is None:
            return
        key = self.erased
        gone = ErasedNumber(key.of(number), key.key_id, at)
        await self._ledger.forget(lambda one: one == number, [gone])

    async def is_do_not_call(self, number: PhoneNumber) -> bool:
        if self._spool is not None and self._spool.is_barred(number):
            return True
        return await self.read(answers.is_do_not_call, number, self.erased)

    async def keep_callback(
        self, call_id: CallId, due_at: datetime, at: datetime
    ) -> None:
        await self._keep(KeepCallback(call_id, due_at, at))

    async def callback_of(self, call_id: CallId) -> datetime | None:
        return await self.read(answers.callback_of, call_id)

    async def answers_of(self, call_id: CallId) -> list[Answer]:
        return await self.read(answers.answers_of, call_id)

    # People

    async def upsert_people(
        self, centres: Sequence[Centre], telecallers: Sequence[Telecaller]
    ) -> None:
        """Write centres and telecallers as configured; nobody is removed."""
        await self.change(people.upsert_people, centres, telecallers)

    async def telecaller(self, telecaller_id: TelecallerId) -> Telecaller:
        return await self.read(people.telecaller, telecaller_id)

    async def telecallers(self) -> list[Telecaller]:
        return await self.read(people.all_telecallers)

    async def centres(self) -> list[Centre]:
        return await self.read(people.all_centres)

    async def contact(self, contact_id: ContactId) -> Contact:
        return await self.read(people.contact, contact_id)

    async def add_contacts(
        self,
        list_name: ListName,
        origin: str,
        at: datetime,
        contacts: Sequence[Contact],
    ) -> int:
        """Add a few people to a list, made if new; return how many were new."""
        numbers = [one.number for one in contacts]
        known = await self.read(erasures.erased_of, numbers, self.erased)
        welcome = [one for one in contacts if one.number not in known]
        return await self.change(people.add_contacts, list_name, origin, at, welcome)

    # Desks

    async def keep_desk_state(
        self,
        telecaller_id: TelecallerId,
        state: DeskState,
        at: datetime,
        reason: str = "",
        call_id: CallId | None = None,
    ) -> None:
        await self._keep(KeepDeskState(telecaller_id, state, at, reason, call_id))

    async def keep_conversation(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        joined_at: datetime,
        parted_at: datetime | None,
    ) -> None:
        await self._keep(KeepConversation(call_id, telecaller_id, joined_at, parted_at))

    async def last_desk_state(self, telecaller_id: TelecallerId) -> DeskThen | None:
        return await self.read(desks.last_desk_state, telecaller_id)

    async def conversations_of(self, campaign_id: CampaignId) -> list[Conversation]:
        return await self.read(desks.conversations_of, campaign_id)

    async def keep_outcome(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        outcome: str,
        notes: str,
        at: datetime,
    ) -> None:
        await self._keep(KeepOutcome(call_id, telecaller_id, outcome, notes, at))

    # What a telecaller's desk shows

    async def keep_form_answer(
        self, call_id: CallId, place: int, question: str, value: str, at: datetime
    ) -> None:
        await self._keep(KeepFormAnswer(call_id, place, question, value, at))

    async def earlier_calls(
        self, number: PhoneNumber, but: CallId | None, limit: int
    ) -> list[EarlierCall]:
        self._must_know_all()  # at once: a telecaller's desk waits for it
        return await self.read(cards.earlier_calls, number, but, limit)

    async def own_day(
        self, telecaller_id: TelecallerId, since: datetime, now: datetime
    ) -> OwnDay:
        self._must_know_all()
        return await self.read(cards.own_day, telecaller_id, since, now)

    # What pacing learned

    async def keep_learned(self, about: str, state: str, at: datetime) -> None:
        await self._keep(KeepLearned(about, state, at))

    async def learned(self, about: str) -> str | None:
        return await self.read(learned.learned_of, about)
