"""The nouns of Samvad as frozen values: who is called, by whom, for what.

Nothing here decides or does anything. Words are those of docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType

# One attempt is one call at most, so they share an id. It is also the switch's
# id for the voter's leg: whatever the switch reports already names the attempt.
CallId = NewType("CallId", str)
CampaignId = NewType("CampaignId", str)  # a slug: a-z, 0-9 and '-', 1-40 letters
CentreCode = NewType("CentreCode", str)  # MP, MP.BPL, MP.BPL.SEH: a path in the tree
ContactId = NewType("ContactId", int)
FlowId = NewType("FlowId", str)
ListName = NewType("ListName", str)
NodeId = NewType("NodeId", str)
PhoneNumber = NewType("PhoneNumber", str)  # E.164: +919827123456
TelecallerId = NewType("TelecallerId", str)
TrunkName = NewType("TrunkName", str)

# Of any day that somebody may mean: no zone leads out of time.
YEARS = range(2000, 2101)


def masked(number: str) -> str:
    """Return `number` fit for logs and screens: 98•••••345 for +919827112345."""
    national = number.removeprefix("+91")
    if len(national) < 7:
        return "•" * len(national)
    return f"{national[:2]}{'•' * (len(national) - 5)}{national[-3:]}"


class Mode(StrEnum):
    """How calls are launched."""

    PREVIEW = "preview"  # a telecaller sees the contact and asks for the dial
    PROGRESSIVE = "progressive"  # one dial for each free telecaller
    PREDICTIVE = "predictive"  # more dials than free telecallers, by the odds
    BROADCAST = "broadcast"  # the flow talks; limited only by the trunk


class CallClass(StrEnum):
    """What kind of call the law sees (docs/compliance.md)."""

    ELECTORAL = "electoral"
    PARTY_CIVIC = "party_civic"
    GOV_ON_BEHALF = "gov_on_behalf"
    NGO_SURVEY = "ngo_survey"
    PROMOTIONAL = "promotional"


class CampaignState(StrEnum):
    DRAFT = "draft"  # written, never started
    RUNNING = "running"
    PAUSED = "paused"  # calls in progress go on, no new ones
    STOPPED = "stopped"  # ended by a person
    FINISHED = "finished"  # every contact is done


class Disposition(StrEnum):
    """How an attempt ended."""

    # Nobody answered
    BUSY = "busy"
    NO_ANSWER = "no_answer"  # rang out
    UNREACHABLE = "unreachable"  # switched off, out of coverage (480, 408)
    REJECTED = "rejected"  # declined by the person (603, 403)
    INVALID_NUMBER = "invalid_number"  # 404, 484, 410
    CONGESTION = "congestion"  # the network or trunk was full (503, 500, 34, 42)
    # Somebody, or something, answered
    COMPLETED = "completed"  # the flow reached its end
    PARTIAL = "partial"  # hung up in the middle of the flow
    TALKED = "talked"  # joined to a telecaller
    ABANDONED = "abandoned"  # wanted a telecaller and was not connected in time
    OPTED_OUT = "opted_out"
    CALLBACK = "callback"  # asked to be called back
    SILENT = "silent"  # answered, but said and pressed nothing: voicemail, perhaps
    # We ended it
    CANCELLED = "cancelled"  # dropped by us before an answer (opt-out, stop, window)
    INTERRUPTED = "interrupted"  # a crash of ours or the switch's cut it
    FAILED = "failed"  # never left the building: the switch refused the dial


ANSWERED = frozenset(
    {
        Disposition.COMPLETED,
        Disposition.PARTIAL,
        Disposition.TALKED,
        Disposition.ABANDONED,
        Disposition.OPTED_OUT,
        Disposition.CALLBACK,
        Disposition.SILENT,
    }
)


@dataclass(frozen=True, slots=True)
class Centre:
    """A node of the organisation tree: state > division > district, any depth."""

    code: CentreCode
    name_hi: str
    name_en: str
    parent: CentreCode | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to reach."""

    contact_id: ContactId
    list_name: ListName
    number: PhoneNumber
    name: str = ""
    alt_number: PhoneNumber | None = None
    district: str = ""  # district code, e.g. SEH: where the law looks
    centre: CentreCode | None = None  # who serves them
    constituency: str = ""  # assembly constituency number, "" when unknown
    schemes: tuple[str, ...] = ()
    language: str = "hi"
    timezone: str = "Asia/Kolkata"
    fields: Mapping[str, str] = field(default_factory=dict)  # every other column


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the day in the contact's zone: opens <= t < closes."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What follows an outcome: up to `attempts` dials in all, `delay` apart.

    `day_parts`: the next attempt moves to the next of these windows, so that a
    person who never answers in the morning is tried in the evening.
    """

    attempts: int
    delay: timedelta
    day_parts: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Caps:
    """How often and how fast; counts are per person, whatever the campaign."""

    attempts_per_day: int = 1
    attempts_per_campaign: int = 3
    conversations_per_30d: int = 2
    calls_per_s: float | None = None  # of this campaign; the trunk has its own
    channels: int | None = None
    abandonment_target: float = 0.01  # share of people who answered
    abandonment_stop: float = 0.03


@dataclass(frozen=True, slots=True)
class Routing:
    """When telecallers of farther centres may serve a waiting voter; seconds waited.

    A level opens at once when the chance that somebody nearer is free within that delay
    is below `worth_waiting`. Without a forecast of that, the delays alone count. The
    defaults leave a tenth of a second of the 2 s that a voter may wait;
    `dialer.py bench pooling` shows that ten centres of six then serve most of their
    own voters, and are as busy as one group of sixty.
    """

    division_after_s: float = 1.85
    state_after_s: float = 1.9
    worth_waiting: float = 0.1
    # Who speaks the first is served by who speaks the second, if nobody has the first.
    # What is not here is as in core.dialects.FOLLOWS.
    dialects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts of the lists are meant; empty means all."""

    districts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskOption:
    """One answer that a telecaller may mark."""

    value: str  # a stable word for results
    text_hi: str
    text_en: str


@dataclass(frozen=True, slots=True)
class DeskQuestion:
    """What the telecaller asks; without options the answer is written as text."""

    question_id: str
    text_hi: str
    text_en: str
    options: tuple[DeskOption, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """One purpose, one flow, some lists, and the rules of dialling them."""

    campaign_id: CampaignId
    title_hi: str
    title_en: str
    organisation: str  # spoken identity, equal to the name the network shows
    call_class: CallClass
    mode: Mode
    flow_id: FlowId
    lists: tuple[ListName, ...]
    trunk: TrunkName
    caller_id: PhoneNumber
    centres: tuple[CentreCode, ...] = ()  # whose telecallers serve it; empty: all
    skills: tuple[str, ...] = ()  # that a telecaller needs, all of them
    routing: Routing = Routing()
    filters: ContactFilter = ContactFilter()
    windows: tuple[Window, ...] = ()  # empty: the shipped default for the mode
    off_days: tuple[str, ...] = ("sunday", "listed_holidays")
    retry: Mapping[Disposition, RetryRule] = field(default_factory=dict)
    caps: Caps = Caps()
    ring_timeout: timedelta = timedelta(seconds=30)
    connect_patience: timedelta = timedelta(seconds=2)  # FCC 47 CFR 64.1200(a)(7)
    wrap_up: timedelta = timedelta(seconds=15)
    starts_on: date | None = None
    ends_on: date | None = None
    only_admin_starts: bool = False  # in-charges may pause and stop it
    script: str = ""  # what the telecaller reads, with {name}: core.desk_script
    questions: tuple[DeskQuestion, ...] = ()  # what the telecaller asks


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way out to the telephone network, and what its operator allows."""

    name: TrunkName
    host: str
    port: int = 5060
    transport: str = "udp"
    username: str | None = None  # with a secret from the environment: registers
    codecs: tuple[str, ...] = ("alaw", "ulaw", "opus")
    caller_ids: tuple[PhoneNumber, ...] = ()  # confirmed by the operator
    calls_per_s: float = 5.0
    channels: int = 30
    national_prefix: str = "0"  # how the operator wants +91...: prefix + ten digits
    a2p_declared_on: date | None = None  # TRAI draft TCCCPR 3rd amendment, A2P call
    gateway: bool = False  # True: dial +91... as it is
    # Of a day; 0: no limit, but for calls one that follows from the channels.
    calls_per_day: int = 0
    minutes_per_day: int = 0
    spend_per_day_inr: float = 0.0
    paise_per_pulse: float = 0.0  # what the operator charges for each begun pulse
    pulse_s: int = 60


class DeskState(StrEnum):
    """A telecaller's logged-in session."""

    OFFLINE = "offline"
    CALLING = "calling"  # the softphone is being rung, to be parked
    READY = "ready"  # parked and free
    RESERVED = "reserved"  # promised to a voter who is about to be joined
    TALKING = "talking"
    HOLDING = "holding"  # their voter hears music; they will come back to them
    CONSULTING = "consulting"  # their voter hears music; they talk with a partner
    WRAP_UP = "wrap_up"  # noting what was said
    PAUSED = "paused"  # with a reason
    RECONNECTING = "reconnecting"  # the leg died; it is being rung again


class DeskPhone(StrEnum):
    """At which of a telecaller's phones the leg is parked."""

    SOFTPHONE = "softphone"  # a SIP program or device of their own
    BROWSER = "browser"  # the phone in the desk's page
    MOBILE = "mobile"  # their own number, rung by the trunk


@dataclass(frozen=True, slots=True)
class Telecaller:
    telecaller_id: TelecallerId
    name: str
    centre: CentreCode
    address: str  # which softphone: the SIP endpoint's name
    languages: tuple[str, ...] = ("hi",)
    skills: tuple[str, ...] = ()  # words of the organisation's own: pension, women
    mobile: PhoneNumber | None = None  # of their own, to be rung instead

    @property
    def web_address(self) -> str:
        """Return the SIP endpoint's name of the phone in their browser."""
        return f"{self.address}-web"

    def address_at(self, phone: DeskPhone) -> str:
        """Return what to ring."""
        return self.web_address if phone is DeskPhone.BROWSER else self.address


class ListenMode(StrEnum):
    """Who hears an in-charge who listens to a telecaller."""

    LISTEN = "listen"  # nobody
    WHISPER = "whisper"  # the telecaller, and not the voter
    BARGE = "barge"  # both


@dataclass(frozen=True, slots=True)
class TransferNumber:
    """A number outside that telecallers may hand a voter to. There are no others."""

    number_id: str
    name: str
    number: PhoneNumber
    centres: tuple[CentreCode, ...] = ()  # whose telecallers; empty: all


@dataclass(frozen=True, slots=True)
class Answer:
    """What a voter told us at a node. Kept before the next prompt plays.

    Wrong keys are kept too, with `accepted` False, so that every key a voter
    pressed can be found again.
    """

    call_id: CallId
    seq: int  # 1, 2, ... within the call
    node: NodeId
    kind: str  # key, digits, rating, speech
    value: str  # keys as pressed; for speech the recording's file name
    accepted: bool
    meaning: str = ""  # what the flow takes it for: the option's or node's word
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One voter's talk with one telecaller."""

    call_id: CallId
    telecaller_id: TelecallerId
    joined_at: datetime
    parted_at: datetime | None = None
    outcome: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A contact whose turn has come, and the facts the law asks about."""

    contact: Contact
    attempts_in_campaign: int  # those that count: see core.retry.NOT_COUNTED
    attempts_today: int  # to this number, any campaign, in the contact's own day
    conversations_30d: int  # with this number, any campaign
    on_do_not_call: bool
    last_abandoned_at: datetime | None = None
    callback_at: datetime | None = None  # the person asked to be called then
    dials: int = 0  # all dials in the campaign, those that reached nobody too


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a contact is not dialled now, by which rule, and when to ask again."""

    reason: str  # machine-readable: outside_window, do_not_call, ...
    rule: str  # where the rule comes from, in words
    retry_at: datetime | None  # None: never in this campaign


@dataclass(frozen=True, slots=True)
class PacingDecision:
    """How many to dial now, and because of what."""

    dial: int
    because: str
    risk: float = 0.0  # that one more call finds nobody free
    threshold: float = 0.0  # the risk that the abandonment budget allows
