"""A campaign that has been dialled: some 3,000 invented calls, the same for a seed.

People walk the shipped survey with `core.flow` itself, so that the answers are what
a real call would have left behind. `make_past` is pure; `fill` writes it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from ivr.core import flow as walking
from ivr.core.call import Call, CallEvent, advance
from ivr.core.disposition import dispose
from ivr.core.flow_model import (
    Ask,
    ConnectTelecaller,
    Flow,
    FlowEvent,
    FlowFacts,
    KeepAnswer,
    KeysPressed,
    Node,
    NodeKind,
    OptOut,
    Record,
    RequestCallback,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_questions import nodes_by_name
from ivr.core.model import (
    CallClass,
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    ContactId,
    Disposition,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TrunkName,
)
from ivr.settings.flows import load_flow
from ivr.settings.people import load_centres, load_geography
from ivr.store import records, tables

PROJECT = Path(__file__).resolve().parents[2]
CAMPAIGN = CampaignId("feedback")
BEGINS = datetime(2026, 11, 19, 4, 30, tzinfo=UTC)  # Thursday, 10:00 in Bhopal
CALLER_ID = PhoneNumber("+917552550100")
NAMES = ("सुनीता", "रामकिशोर", "फ़रज़ाना", "गीता बाई", "मोहन", "जोसेफ़", "कमला", "इमरान")
STAFF = ("सुनीता वर्मा", "राकेश मालवीय", "फ़रज़ाना ख़ान", "मुकेश अहिरवार", "कविता उइके")
LUNCH = (3.0, 3.5)  # hours after BEGINS
SHIFT = (("ready", -0.2), ("paused", LUNCH[0]), ("ready", LUNCH[1]), ("offline", 9.5))
OUTCOMES = ("resolved", "needs_help", "information_given", "not_noted")
NOT_ANSWERED = (  # Q.850 cause, SIP code, whether it rang, weight
    (19, 487, True, 30),
    (17, 486, False, 12),
    (20, 480, False, 22),
    (1, 404, False, 8),
    (21, 603, True, 3),
    (34, 503, False, 2),
)


@dataclass(slots=True)
class Past:
    """The rows of every table."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


def feedback_flow() -> Flow:
    folder = PROJECT / "config/flows"
    return load_flow(folder / "scheme-feedback.yaml", folder)


def make_past(seed: int = 1, people: int = 2_400, days: int = 3) -> Past:
    """Return what a campaign of `people`, dialled over `days`, left behind."""
    return _Maker(seed, people, days).past


def fill(connection: Connection, past: Past) -> None:
    """Write the past; rows of one table are all of one shape."""
    for table in tables.metadata.sorted_tables:  # in the order of foreign keys
        if past.rows.get(table.name):
            connection.execute(insert(table), past.rows[table.name])


class _Maker:
    def __init__(self, seed: int, people: int, days: int) -> None:
        self.chance = random.Random(seed)
        self.flow = feedback_flow()
        self.past = Past()
        self.days = days
        self.calls = 0
        self.talks: dict[str, list[tuple[datetime, datetime]]] = {}
        self.nodes = nodes_by_name(self.flow)
        self.campaign = self._campaign()
        self._people_of_ours()
        self._fixed(people)
        for contact_id in range(1, people + 1):
            self._person(contact_id)

    def _campaign(self) -> Campaign:
        return Campaign(
            campaign_id=CAMPAIGN,
            title_hi="योजनाओं पर आपकी राय",
            title_en="Feedback on public schemes",
            organisation="जन संवाद समिति",
            call_class=CallClass.NGO_SURVEY,
            mode=Mode.PROGRESSIVE,
            flow_id=FlowId(self.flow.flow_id),
            lists=(ListName("villages"),),
            trunk=TrunkName("main"),
            caller_id=CALLER_ID,
        )

    def _people_of_ours(self) -> None:
        for centre in load_centres(PROJECT / "config/centres.yaml"):
            self.past.add(
                "centres",
                code=centre.code,
                name_hi=centre.name_hi,
                name_en=centre.name_en,
                parent=centre.parent,
            )
        for n, name in enumerate(STAFF, 101):
            one = Telecaller(
                TelecallerId(f"tc-{n}"), name, CentreCode("MP.BPL.SEH"), f"tc-{n}"
            )
            self.past.add(
                "telecallers",
                telecaller_id=one.telecaller_id,
                name=one.name,
                centre=one.centre,
                address=one.address,
                languages="hi",
            )
            self.talks[one.telecaller_id] = []
            for day in range(self.days):
                begins = BEGINS + timedelta(days=day)
                for state, hour in SHIFT:
                    at = begins + timedelta(hours=hour)
                    self._desk(one.telecaller_id, state, at)

    def free_desk(self, at: datetime, until: datetime) -> str | None:
        """Return a telecaller who does nothing else meanwhile, and book them."""
        local_hour = ((at - BEGINS) % timedelta(days=1)) / timedelta(hours=1)
        if LUNCH[0] - 0.1 < local_hour < LUNCH[1]:
            return None
        for who in self.chance.sample(sorted(self.talks), len(self.talks)):
            talks = self.talks[who]
            if all(until < began or ended < at for began, ended in talks):
                talks.append((at, until))
                return who
        return None

    def _desk(
        self, who: str, state: str, at: datetime, call_id: str | None = None
    ) -> None:
        reason = "भोजन" if state == "paused" else ""
        self.past.add(
            "desk_states",
            telecaller_id=who,
            at=at,
            state=state,
            reason=reason,
            call_id=call_id,
        )

    def _fixed(self, people: int) -> None:
        at = BEGINS - timedelta(hours=2)
        self.past.add(
            "lists",
            name="villages",
            origin="invented people",
            origin_kind="own_members",
            state="ready",
            imported_at=at,
            rows_read=people,
            rows_kept=people,
        )
        self.past.add(
            "flows",
            flow_id=self.flow.flow_id,
            version=self.flow.version,
            flow=records.flow_to_json(self.flow),
            text_given="",
            kept_at=at,
        )
        self.past.add(
            "campaigns",
            campaign_id=CAMPAIGN,
            spec=records.campaign_to_json(self.campaign),
            text_given="",
            flow_id=self.flow.flow_id,
            flow_version=self.flow.version,
            state=CampaignState.RUNNING,
            created_at=at,
            updated_at=at,
            started_at=BEGINS,
        )
        geography = load_geography(PROJECT / "config/geography.yaml")
        # Squared, so that there are large districts and some with a handful of people.
        self.districts = [d.code for d in geography.districts]
        self.weights = [d.population_k**2 for d in geography.districts]
        self.schemes = [s.tag for s in geography.scheme_tags]

    def _person(self, contact_id: int) -> None:
        number = PhoneNumber(f"+9198{27_000_000 + 37 * contact_id:08d}")
        tags = self.chance.sample(self.schemes[:10], self.chance.randint(0, 3))
        known = self.chance.random() > 0.02
        self.past.add(
            "contacts",
            contact_id=contact_id,
            list_name="villages",
            number=number,
            name=self.chance.choice(NAMES),
            district=self.chance.choices(self.districts, self.weights)[0]
            if known
            else "",
            schemes=" ".join(sorted(tags)),
            fields={},
        )
        if self.chance.random() < 0.04:  # refused before any dial
            self._queue(contact_id, number, "refused", None, "never_dial", 0)
            return
        if self.chance.random() < 0.05:  # its turn has not come
            due = BEGINS + timedelta(days=self.days)
            self._queue(contact_id, number, "due", due, "", 0)
            return
        self._dial(contact_id, number)

    def _dial(self, contact_id: int, number: PhoneNumber) -> None:
        at = BEGINS + timedelta(
            seconds=int(min(self.chance.triangular(0, 9, 6), 8.9) * 3600)
        )
        for attempt_no in range(1, 4):
            ended = self._call(contact_id, number, attempt_no, at)
            again = ended in (Disposition.NO_ANSWER, Disposition.BUSY)
            again |= ended is Disposition.CALLBACK and self.chance.random() < 0.7
            next_day = at + timedelta(days=1)
            over = not again or next_day > BEGINS + timedelta(days=self.days)
            if over or attempt_no == 3:
                break
            at = next_day
        wants = ended is Disposition.CALLBACK
        due = at + timedelta(hours=self.chance.choice((1, 30))) if wants else None
        state = "due" if wants else "done"
        self._queue(contact_id, number, state, due, "", attempt_no, ended)

    def _queue(
        self,
        contact_id: int,
        number: str,
        state: str,
        due_at: datetime | None,
        reason: str,
        dials: int,
        last: Disposition | None = None,
    ) -> None:
        self.past.add(
            "campaign_contacts",
            campaign_id=CAMPAIGN,
            contact_id=contact_id,
            number=number,
            state=state,
            priority=1,
            due_at=due_at,
            reason=reason,
            attempts=dials,
            last_disposition=last,
        )

    # One call

    def _call(
        self, contact_id: int, number: PhoneNumber, attempt_no: int, at: datetime
    ) -> Disposition:
        self.calls += 1
        call = Call(
            call_id=CallId(f"c{self.calls:06d}"),
            campaign_id=CAMPAIGN,
            contact_id=ContactId(contact_id),
            number=number,
            caller_id=CALLER_ID,
            trunk=TrunkName("main"),
            flow_id=FlowId(self.flow.flow_id),
            flow_version=self.flow.version,
            attempt_no=attempt_no,
            placed_at=at,
        )
        place = len(self.past.rows.setdefault("attempts", []))
        self.past.rows["attempts"].append({})  # before its answers and talks
        self.past.rows.setdefault("answers", [])
        fate = self.chance.random()
        if fate < 0.45:
            call = self._not_answered(call)
        else:
            call = self._answered(call, machine=fate < 0.50)
        ended = dispose(call)
        row = records.row_of_call(call)
        row["disposition"] = ended
        row["because"] = ""
        self.past.rows["attempts"][place] = row
        if call.opted_out:
            self.past.add(
                "do_not_call",
                number=number,
                since=call.ended_at,
                source="key_9",
                call_id=call.call_id,
            )
        return ended

    def _after(self, low_s: float, high_s: float) -> timedelta:
        return timedelta(milliseconds=round(1000 * self.chance.uniform(low_s, high_s)))

    def _not_answered(self, call: Call) -> Call:
        weights = [row[3] for row in NOT_ANSWERED]
        cause, sip, rang, _ = self.chance.choices(NOT_ANSWERED, weights)[0]
        at = call.placed_at + self._after(0.5, 3)
        if rang:
            call = advance(call, CallEvent.RANG, at)
            at += self._after(15, 30) if sip == 487 else self._after(2, 9)
        call = replace(call, cause=cause, sip_code=sip)
        return advance(call, CallEvent.ENDED, at)

    def _answered(self, call: Call, *, machine: bool) -> Call:
        at = call.placed_at + self._after(0.5, 3)
        call = advance(call, CallEvent.RANG, at)
        at += self._after(2, 24)
        call = replace(advance(call, CallEvent.ANSWERED, at), cause=16, sip_code=200)
        voter = _Voter(self, call, at)
        return voter.listen(machine=machine)


class _Voter:
    """One person in the flow, until somebody hangs up."""

    def __init__(self, maker: _Maker, call: Call, at: datetime) -> None:
        self.maker = maker
        self.chance = maker.chance
        self.call = call
        self.at = at
        self.seq = 0
        self.patience = self.chance.choices((2, 5, 40), (12, 23, 65))[0]

    def listen(self, *, machine: bool) -> Call:
        facts = FlowFacts(
            {"organisation": "जन संवाद समिति", "caller_id": str(self.call.caller_id)}
        )
        state, commands = walking.start(self.maker.flow, facts)
        for turn in range(60):
            event = self._act(commands, machine)
            gives_up = turn >= self.patience or (machine and turn > 3)
            if event is None or (gives_up and self.chance.random() < 0.5):
                break
            state, commands = walking.step(self.maker.flow, state, event, facts)
        completed = state.ended and state.completed
        ended = advance(self.call, CallEvent.ENDED, self.at)
        return replace(ended, completed=completed)

    def _act(self, commands: list[Any], machine: bool) -> FlowEvent | None:
        event: FlowEvent | None = None
        for command in commands:
            self.call = replace(self.call, node=command.node)
            match command:
                case KeepAnswer():
                    self._keep(command)
                case OptOut():
                    self.call = replace(self.call, opted_out=True)
                case RequestCallback():
                    self.call = replace(self.call, callback=True)
                    self.maker.past.add(
                        "callbacks",
                        call_id=self.call.call_id,
                        due_at=self.at + timedelta(hours=4),
                        asked_at=self.at,
                    )
                case Ask():
                    event = self._press(command, machine)
                case Record():
                    event = self._speak()
                case ConnectTelecaller():
                    event = self._talk()
        return event

    def _keep(self, kept: KeepAnswer) -> None:
        self.seq += 1
        self.maker.past.add(
            "answers",
            call_id=self.call.call_id,
            seq=self.seq,
            node=kept.node,
            kind=kept.kind,
            value=kept.value,
            accepted=kept.accepted,
            meaning=kept.meaning,
            at=self.at,
        )
        self.call = replace(
            self.call,
            keys=self.call.keys + (kept.kind != "speech"),
            answers=self.call.answers + kept.accepted,
        )

    def _press(self, ask: Ask, machine: bool) -> KeysPressed:
        self.at += self.maker._after(2, 11)
        if machine or (ask.first_timeout_s < 1 and self.chance.random() < 0.97):
            return KeysPressed("")
        roll = self.chance.random()
        if roll < 0.012:
            return KeysPressed("9")
        if roll < 0.020:
            return KeysPressed("0")
        if roll < 0.07:
            return KeysPressed("")
        if roll < 0.085:
            return KeysPressed("7")
        return KeysPressed(self._choice(self.maker.nodes[ask.node]))

    def _choice(self, node: Node) -> str:
        """A key that the prompt named; each question has a favourite of its own."""
        if node.kind is NodeKind.LANGUAGE:
            return self.chance.choices(("", "1", "2"), (90, 7, 3))[0]
        if node.kind is NodeKind.RATING:
            return self.chance.choices("12345", (8, 13, 27, 33, 19))[0]
        keys = [option.key for option in node.options] or ["1"]
        if node.node_id in ("may_record", "talk"):
            return self.chance.choices(keys, (25, 75))[0]
        favourite = sum(map(ord, node.node_id)) % len(keys)
        weights = [4 if n == favourite else 2 / (n + 1) for n in range(len(keys))]
        return self.chance.choices(keys, weights)[0]

    def _speak(self) -> SpeechRecorded:
        length = round(self.chance.uniform(2, 38), 1)
        self.at += timedelta(seconds=length)
        if self.chance.random() < 0.12:
            return SpeechRecorded("", 0.0)
        return SpeechRecorded(f"{self.call.call_id}-{self.seq + 1}.wav", length)

    def _talk(self) -> FlowEvent:
        """Talk to whoever is free; leave the desk's log as a real one would be."""
        maker = self.maker
        self.call = advance(self.call, CallEvent.TELECALLER_WANTED, self.at)
        wait, talk = maker._after(0.004, 0.6), maker._after(25, 240)
        if self.chance.random() < 0.02:
            wait = maker._after(2.1, 4)  # joined, but late
        wrap_up = maker._after(4, 15)
        asked, joined, parted = self.at, self.at + wait, self.at + wait + talk
        who = maker.free_desk(asked, parted + wrap_up)
        if who is None:
            self.at += timedelta(seconds=2)
            self.call = advance(self.call, CallEvent.NOBODY_FREE, self.at)
            return TelecallerUnavailable()
        call_id = self.call.call_id
        maker._desk(who, "reserved", asked, call_id)
        maker._desk(who, "talking", joined, call_id)
        maker._desk(who, "wrap_up", parted, call_id)
        maker._desk(who, "ready", parted + wrap_up)
        maker.past.add(
            "conversations",
            call_id=call_id,
            telecaller_id=who,
            joined_at=joined,
            parted_at=parted,
            outcome=self.chance.choices(OUTCOMES, (50, 20, 25, 5))[0],
            outcome_at=parted + wrap_up,
        )
        self.at = parted
        self.call = replace(
            advance(self.call, CallEvent.JOINED, joined),
            telecaller_id=TelecallerId(who),
        )
        self.call = advance(self.call, CallEvent.PARTED, parted)
        return TelecallerTalked(talk.total_seconds())
