"""A Store that keeps everything in dicts: for tests of the controller.

It passes the same contract tests as the databases (tests/adapters/store). Besides
the port it has SqlStore's other methods that tests need to set the scene, and
`fail_with`, which makes every write raise until it is None again. What was written
can be looked at: `attempts`, `answers`, `desk_log`, `conversations`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from ivr.controller.ports import Abandonment, DeskThen
from ivr.core.call import Call
from ivr.core.card import EarlierCall, OwnDay
from ivr.core.flow_model import Flow
from ivr.core.model import (
    ANSWERED,
    Answer,
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    DeskState,
    Disposition,
    Due,
    FlowId,
    ListName,
    NodeId,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
)
from ivr.core.retry import NOT_COUNTED
from ivr.errors import BadInput, OurBug, StoreUnavailable
from tests.fakes.memory_rows import (
    Attempt,
    CampaignRow,
    Conversation,
    Turn,
    gate_of,
    is_meant,
)

CONVERSATIONS = ANSWERED - {Disposition.SILENT, Disposition.ABANDONED}


class MemoryStore:
    def __init__(self) -> None:
        self.fail_with: StoreUnavailable | None = None
        self.attempts: dict[CallId, Attempt] = {}
        self.answers: dict[CallId, dict[int, Answer]] = {}
        self.callbacks: dict[CallId, datetime] = {}
        self.desk_log: list[
            tuple[TelecallerId, DeskState, datetime, str, CallId | None]
        ] = []
        self.conversations: dict[tuple[CallId, TelecallerId], Conversation] = {}
        self.do_not_call: dict[PhoneNumber, tuple[datetime, str]] = {}
        self._campaigns: dict[CampaignId, CampaignRow] = {}
        self._flows: dict[tuple[FlowId, str], Flow] = {}
        self._contacts: dict[ContactId, Contact] = {}
        self._telecallers: dict[TelecallerId, Telecaller] = {}
        self._centres: dict[CentreCode, Centre] = {}
        self.kept_learned: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None: ...

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
        self._check(at)
        version = (flow.flow_id, flow.version)
        self._flows[version] = flow
        known = self._campaigns.setdefault(
            campaign.campaign_id, CampaignRow(campaign, version)
        )
        known.campaign, known.flow = campaign, version

    async def enrol(self, campaign: Campaign, at: datetime) -> int:
        self._check(at)
        turns = self._known(campaign.campaign_id).turns
        self._take_out(campaign, turns, at)
        numbers = {turn.contact.number for turn in turns.values()}
        before = len(turns)
        for contact in self._contacts.values():
            if is_meant(contact, campaign) and contact.number not in numbers:
                numbers.add(contact.number)
                turns[contact.contact_id] = Turn(contact, due_at=at)
        return len(turns) - before

    def _take_out(
        self, campaign: Campaign, turns: dict[ContactId, Turn], at: datetime
    ) -> None:
        meant = {c.number for c in self._contacts.values() if is_meant(c, campaign)}
        for contact_id, turn in list(turns.items()):
            is_theirs = turn.contact.number in meant
            if turn.attempts == 0 and turn.state in ("due", "refused"):
                if not is_meant(turn.contact, campaign):
                    del turns[contact_id]
            elif turn.state == "due" and not is_theirs:
                turn.state, turn.due_at, turn.callback_at = "done", None, None
                turn.reason = "not_meant"
            elif turn.state == "done" and turn.reason == "not_meant" and is_theirs:
                turn.state, turn.due_at, turn.reason = "due", at, ""
                turn.is_callback = False

    async def list_campaigns(self) -> list[tuple[Campaign, CampaignState]]:
        return [(c.campaign, c.state) for c in self._campaigns.values()]

    async def campaign(self, campaign_id: CampaignId) -> Campaign:
        return self._known(campaign_id).campaign

    async def campaign_state(self, campaign_id: CampaignId) -> CampaignState:
        return self._known(campaign_id).state

    async def set_campaign_state(
        self, campaign_id: CampaignId, state: CampaignState, at: datetime
    ) -> None:
        self._check(at)
        self._known(campaign_id).state = state

    async def running_campaigns(self) -> list[Campaign]:
        self._check()
        running = CampaignState.RUNNING
        return [c.campaign for c in self._campaigns.values() if c.state is running]

    async def campaign_flow(self, campaign_id: CampaignId) -> Flow:
        return await self.flow(*self._known(campaign_id).flow)

    async def flow(self, flow_id: FlowId, version: str) -> Flow:
        try:
            return self._flows[flow_id, version]
        except KeyError:
            raise BadInput(f"no flow {flow_id} in version {version}") from None

    def turns_of(self, campaign_id: CampaignId) -> list[Turn]:
        return list(self._known(campaign_id).turns.values())

    async def funnel(
        self,
        campaign_id: CampaignId,
        now: datetime,
        centres: Collection[CentreCode] | None = None,
    ) -> Mapping[str, int]:
        known = self._known(campaign_id)
        contacts = [
            c for c in self._contacts.values() if centres is None or c.centre in centres
        ]
        turns = [
            t
            for t in known.turns.values()
            if centres is None or t.contact.centre in centres
        ]
        in_lists = [c for c in contacts if c.list_name in known.campaign.lists]
        meant = [c for c in in_lists if is_meant(c, known.campaign)]
        queued = {t.contact.number: c for c, t in known.turns.items()}
        same = [c for c in meant if queued.get(c.number, c.contact_id) != c.contact_id]
        counts = {
            "in_lists": len(in_lists),
            "filtered_out": len(in_lists) - len(meant),
            "meant": len(meant),
            "same_number": len(same),
            "not_enrolled": sum(c.number not in queued for c in meant),
            "queued": len(turns),
            "do_not_call": sum(t.contact.number in self.do_not_call for t in turns),
        }
        for turn in turns:
            gate = gate_of(turn, now)
            counts[gate] = counts.get(gate, 0) + 1
        return counts

    # The queue

    async def claim_due(
        self,
        campaign_id: CampaignId,
        limit: int,
        now: datetime,
        centres: Sequence[CentreCode] = (),
    ) -> list[Due]:
        self._check(now)
        busy = {
            turn.contact.number
            for known in self._campaigns.values()
            for turn in known.turns.values()
            if turn.state in ("claimed", "dialling")
        }
        ready = [
            turn
            for turn in self._known(campaign_id).turns.values()
            if turn.state == "due" and turn.due_at is not None and turn.due_at <= now
            if turn.contact.number not in busy
        ]
        ready.sort(key=lambda t: (not t.is_callback, t.due_at, t.contact.contact_id))
        claimed = [turn for turn in ready if turn.is_callback]
        for centre in centres:
            theirs = (t for t in ready if t.contact.centre == centre)
            claimed += [t for t in theirs if t not in claimed][:1]
        claimed += [turn for turn in ready if turn not in claimed]
        for turn in claimed[:limit]:
            turn.state = "claimed"
        return [self._facts(campaign_id, turn, now) for turn in claimed[:limit]]

    def _facts(self, campaign_id: CampaignId, turn: Turn, now: datetime) -> Due:
        zone = ZoneInfo(turn.contact.timezone)
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0)
        midnight = midnight.replace(microsecond=0)
        number = turn.contact.number
        lately = [
            a
            for a in self.attempts.values()
            if a.call.number == number and a.call.placed_at >= now - timedelta(days=30)
        ]
        abandoned = [a.call.ended_at for a in lately if a.call.abandoned]
        return Due(
            contact=turn.contact,
            dials=turn.attempts,
            attempts_in_campaign=turn.attempts
            - sum(
                a.disposition in NOT_COUNTED
                for a in lately
                if a.call.campaign_id == campaign_id
            ),
            attempts_today=sum(
                a.call.placed_at >= midnight and a.disposition not in NOT_COUNTED
                for a in lately
            ),
            conversations_30d=sum(a.disposition in CONVERSATIONS for a in lately),
            on_do_not_call=number in self.do_not_call,
            last_abandoned_at=max(filter(None, abandoned), default=None),
            callback_at=turn.callback_at,
        )

    async def release_claims(self, campaign_id: CampaignId) -> int:
        self._check()
        turns = self._known(campaign_id).turns.values()
        claimed = [t for t in turns if t.state == "claimed"]
        for turn in claimed:
            turn.state = "due"
        return len(claimed)

    async def refuse(
        self, campaign_id: CampaignId, contact_id: ContactId, why: Refused, at: datetime
    ) -> None:
        self._check(at, why.retry_at)
        turn = self._known(campaign_id).turns[contact_id]
        if turn.state in ("claimed", "due"):
            turn.state = "refused" if why.retry_at is None else "due"
            turn.due_at, turn.reason = why.retry_at, why.reason

    async def next_due_at(
        self, campaign_id: CampaignId, after: datetime
    ) -> datetime | None:
        turns = self._known(campaign_id).turns.values()
        times = [t.due_at for t in turns if t.state == "due" and t.due_at]
        return min((at for at in times if at > after), default=None)

    async def undone(self, campaign_id: CampaignId) -> int:
        turns = self._known(campaign_id).turns.values()
        return sum(t.state in ("due", "claimed", "dialling") for t in turns)

    # Attempts

    async def open_attempt(self, call: Call) -> None:
        self._check(call.placed_at)
        known = self.attempts.get(call.call_id)
        if known is not None:
            if known.call != call:
                raise OurBug(f"there is another attempt {call.call_id}")
            return
        self.attempts[call.call_id] = Attempt(call)
        turn = self._known(call.campaign_id).turns[call.contact_id]
        turn.state, turn.call_id, turn.due_at = "dialling", call.call_id, None
        turn.callback_at, turn.reason = None, ""
        turn.attempts += 1

    async def save_call(self, call: Call) -> None:
        self._check()
        attempt = self.attempts.get(call.call_id)
        if attempt is not None and attempt.disposition is None:
            attempt.call = call

    async def close_attempt(
        self,
        call: Call,
        disposition: Disposition,
        next_at: datetime | None,
        because: str,
    ) -> None:
        self._check(next_at)
        attempt = self.attempts.get(call.call_id)
        if attempt is None or attempt.disposition is not None:
            return
        attempt.call, attempt.disposition = replace(call, place=""), disposition
        attempt.next_at, attempt.because = next_at, because
        turn = self._known(call.campaign_id).turns[call.contact_id]
        turn.state = "done" if next_at is None else "due"
        turn.due_at, turn.call_id = next_at, None
        turn.last_disposition = disposition
        turn.is_callback = turn.callback_at is not None
        turn.reason = "" if next_at is None else f"retry_{disposition}"

    async def call(self, call_id: CallId) -> Call | None:
        self._check()
        attempt = self.attempts.get(call_id)
        return attempt.call if attempt else None

    async def open_attempts(self) -> list[Call]:
        opened = [a.call for a in self.attempts.values() if a.disposition is None]
        return sorted(opened, key=lambda call: call.placed_at)

    async def calls_of(
        self, campaign_id: CampaignId
    ) -> list[tuple[Call, Disposition | None]]:
        mine = [a for a in self.attempts.values() if a.call.campaign_id == campaign_id]
        mine.sort(key=lambda a: (a.call.placed_at, a.call.call_id))
        return [(a.call, a.disposition) for a in mine]

    async def abandonment(self, campaign_id: CampaignId, now: datetime) -> Abandonment:
        people = [
            (a.call.answered_at, a.call.abandoned)
            for a in self.attempts.values()
            if a.call.campaign_id == campaign_id and a.call.answered_at is not None
            if a.disposition is not Disposition.SILENT
        ]
        people.sort(reverse=True)
        month = [gone for at, gone in people if at > now - timedelta(days=30)]
        last = [gone for _, gone in people[:500]]
        return Abandonment(len(month), sum(month), len(last), sum(last))

    async def abandonment_by_centre(
        self, now: datetime
    ) -> dict[CentreCode, Abandonment]:
        gone: dict[CentreCode, list[bool]] = {}
        for one in self.attempts.values():
            at = one.call.answered_at
            centre = self._contacts[one.call.contact_id].centre
            recent = at is not None and at > now - timedelta(days=30)
            if centre and recent and one.disposition is not Disposition.SILENT:
                gone.setdefault(centre, []).append(one.call.abandoned)
        return {c: Abandonment(len(all_), sum(all_), 0, 0) for c, all_ in gone.items()}

    # What voters said

    async def keep_answer(self, answer: Answer, place: str = "") -> None:
        self._check(answer.at)
        if answer.call_id not in self.attempts:
            raise OurBug(f"an answer of an unknown call {answer.call_id}")
        kept = self.answers.setdefault(answer.call_id, {})
        if kept.setdefault(answer.seq, answer) != answer:
            raise OurBug(f"there is another answer {answer.seq} of {answer.call_id}")
        attempt = self.attempts[answer.call_id]
        if place and attempt.disposition is None:
            attempt.call = replace(attempt.call, place=place)

    async def keep_opt_out(
        self, number: PhoneNumber, at: datetime, source: str, call_id: CallId | None
    ) -> None:
        self._check(at)
        self.do_not_call.setdefault(number, (at, source))

    async def is_do_not_call(self, number: PhoneNumber) -> bool:
        return number in self.do_not_call

    async def callback_of(self, call_id: CallId) -> datetime | None:
        return self.callbacks.get(call_id)

    async def keep_callback(
        self, call_id: CallId, due_at: datetime, at: datetime
    ) -> None:
        self._check(due_at, at)
        call = self.attempts[call_id].call
        self.callbacks[call_id] = due_at
        turn = self._known(call.campaign_id).turns[call.contact_id]
        turn.callback_at = due_at
        if turn.state in ("due", "done"):
            turn.state, turn.due_at, turn.is_callback = "due", due_at, True
            turn.reason = "retry_callback"

    async def answers_of(self, call_id: CallId) -> list[Answer]:
        kept = self.answers.get(call_id, {})
        return [kept[seq] for seq in sorted(kept)]

    # People

    async def upsert_people(
        self, centres: Sequence[Centre], telecallers: Sequence[Telecaller]
    ) -> None:
        self._check()
        self._centres |= {centre.code: centre for centre in centres}
        self._telecallers |= {t.telecaller_id: t for t in telecallers}

    async def telecaller(self, telecaller_id: TelecallerId) -> Telecaller:
        try:
            return self._telecallers[telecaller_id]
        except KeyError:
            raise BadInput(f"there is no telecaller {telecaller_id}") from None

    async def telecallers(self) -> list[Telecaller]:
        return [t for _, t in sorted(self._telecallers.items())]

    async def centres(self) -> list[Centre]:
        return [c for _, c in sorted(self._centres.items())]

    async def contact(self, contact_id: ContactId) -> Contact:
        try:
            return self._contacts[contact_id]
        except KeyError:
            raise BadInput(f"there is no contact {contact_id}") from None

    async def add_contacts(
        self,
        list_name: ListName,
        origin: str,
        at: datetime,
        contacts: Sequence[Contact],
    ) -> int:
        self._check(at)
        known = {(c.list_name, c.number) for c in self._contacts.values()}
        before = len(self._contacts)
        for contact in contacts:
            if (list_name, contact.number) not in known:
                contact_id = ContactId(len(self._contacts) + 1)
                self._contacts[contact_id] = replace(
                    contact, contact_id=contact_id, list_name=list_name
                )
                known.add((list_name, contact.number))
        return len(self._contacts) - before

    # Desks

    async def keep_desk_state(
        self,
        telecaller_id: TelecallerId,
        state: DeskState,
        at: datetime,
        reason: str = "",
        call_id: CallId | None = None,
    ) -> None:
        self._check(at)
        self.desk_log.append((telecaller_id, state, at, reason, call_id))

    async def last_desk_state(self, telecaller_id: TelecallerId) -> DeskThen | None:
        mine = [entry for entry in self.desk_log if entry[0] == telecaller_id]
        if not mine:
            return None
        return DeskThen(*sorted(mine, key=lambda entry: entry[2])[-1])

    async def keep_conversation(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        joined_at: datetime,
        parted_at: datetime | None,
    ) -> None:
        self._check(joined_at, parted_at)
        talk = self.conversations.setdefault((call_id, telecaller_id), Conversation())
        talk.joined_at = talk.joined_at or joined_at
        talk.parted_at = parted_at or talk.parted_at

    async def keep_outcome(
        self,
        call_id: CallId,
        telecaller_id: TelecallerId,
        outcome: str,
        notes: str,
        at: datetime,
    ) -> None:
        self._check(at)
        talk = self.conversations.setdefault((call_id, telecaller_id), Conversation())
        talk.outcome, talk.notes = outcome, notes

    # What a telecaller's desk shows

    async def keep_form_answer(
        self, call_id: CallId, place: int, question: str, value: str, at: datetime
    ) -> None:
        self._check(at)
        seq = 1000 + place
        self.answers.setdefault(call_id, {})[seq] = Answer(
            call_id, seq, NodeId(question), "telecaller", value, True, value, at
        )

    async def earlier_calls(
        self, number: PhoneNumber, but: CallId | None, limit: int
    ) -> list[EarlierCall]:
        self._check()
        found = [
            self._earlier(attempt)
            for attempt in self.attempts.values()
            if attempt.call.number == number
            and attempt.call.call_id != but
            and attempt.disposition is not None
        ]
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    def _earlier(self, attempt: Attempt) -> EarlierCall:
        call = attempt.call
        talks = [
            (self._telecallers[who].name, talk)
            for (call_id, who), talk in self.conversations.items()
            if call_id == call.call_id
        ]
        name, talk = talks[0] if talks else ("", Conversation())
        return EarlierCall(
            call.placed_at,
            call.campaign_id,
            str(attempt.disposition),
            name,
            talk.outcome,
            talk.notes,
        )

    async def own_day(
        self, telecaller_id: TelecallerId, since: datetime, now: datetime
    ) -> OwnDay:
        self._check(since, now)
        own = [
            talk
            for (_, who), talk in self.conversations.items()
            if who == telecaller_id and talk.joined_at and talk.joined_at >= since
        ]
        talk_s = sum(
            ((talk.parted_at or now) - talk.joined_at).total_seconds()
            for talk in own
            if talk.joined_at
        )
        return OwnDay(len(own), talk_s, Counter(t.outcome for t in own if t.outcome))

    # What pacing learned

    async def keep_learned(self, about: str, state: str, at: datetime) -> None:
        self._check(at)
        self.kept_learned[about] = state

    async def learned(self, about: str) -> str | None:
        self._check()
        return self.kept_learned.get(about)

    def _check(self, *times: datetime | None) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        if any(at is not None and at.tzinfo is None for at in times):
            raise OurBug("a time without a zone cannot be stored")

    def _known(self, campaign_id: CampaignId) -> CampaignRow:
        try:
            return self._campaigns[campaign_id]
        except KeyError:
            raise BadInput(f"there is no campaign {campaign_id}") from None
