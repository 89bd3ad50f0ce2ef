"""A campaign's report as frozen values: what every rendering shows. Pure.

`core.summary` makes it. People and calls are counted apart: a person may be called
three times. Words that come from data (questions, places, names) are `Words`;
fixed words (dispositions, states, notes) stay codes, and ivr/report names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ivr.core.flow_model import NodeKind
from ivr.core.shares import Mean, Share
from ivr.core.tallies import CallbackCounts


@dataclass(frozen=True, slots=True)
class Words:
    hi: str
    en: str


@dataclass(frozen=True, slots=True)
class Title:
    """What the report is about."""

    campaign_id: str
    campaign: Words
    organisation: str
    mode: str
    state: str
    flow_id: str
    flow: Words
    flow_version: str
    versions: tuple[str, ...]  # all that calls were made with
    caller_id: str  # masked
    zone: str
    first_at: datetime | None  # in `zone`, as all times here
    last_at: datetime | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """The few numbers that a reader takes away."""

    calls: int
    tried: int  # people
    answered: Share  # of these: somebody or something picked up
    spoke: Share  # of these: a person answered (not silent)
    to_the_end: Share  # of those: heard the flow to its end, or talked
    talked: int
    opted_out: Share  # of those
    talk_minutes: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel, in people; `of_previous` None where it makes no sense."""

    code: str
    count: int
    of_previous: Share | None


@dataclass(frozen=True, slots=True)
class Held:
    """People who were not dialled, or not yet, and the gate they stand at."""

    gate: str
    words: Words
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A code and how often it came, with its share of all."""

    code: str
    share: Share


@dataclass(frozen=True, slots=True)
class HourRow:
    hour: int  # 0-23, in the report's zone
    calls: int
    answered: Share  # by a person
    outcomes: Mapping[str, int]  # disposition, or "live"


@dataclass(frozen=True, slots=True)
class DayRow:
    day: date
    calls: int
    answered: Share
    abandonment: Share  # Ofcom's formula is by the day


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    words: Words
    share: Share


@dataclass(frozen=True, slots=True)
class GroupAnswers:
    """One group's answers; `of` None: not shown, see core.withholding."""

    code: str
    words: Words
    of: int | None
    shares: tuple[Share, ...]  # in the order of the question's choices
    mean: Mean | None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    node: str
    kind: NodeKind
    words: Words
    of: int  # people who answered it
    choices: tuple[Choice, ...]  # none for digits: they are nobody's to count
    mean: Mean | None  # ratings
    divisions: tuple[GroupAnswers, ...] = ()
    districts: tuple[GroupAnswers, ...] = ()
    schemes: tuple[GroupAnswers, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupReach:
    """How many of a district's or scheme's people were reached. No opinions."""

    code: str
    words: Words
    enrolled: int | None  # not known for schemes
    tried: int
    spoke: Share  # of those tried
    to_the_end: int
    opted_out: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Calls that people ended while a prompt was playing."""

    node: str
    kind: NodeKind | None  # None: no such prompt in this version of the flow
    words: Words
    share: Share  # of all calls that were answered


@dataclass(frozen=True, slots=True)
class Recording:
    question: Words
    file: str
    length_s: float
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Spoken:
    count: int
    total_s: float
    files: tuple[Recording, ...]  # the latest; may be fewer than `count`


@dataclass(frozen=True, slots=True)
class WrongKeys:
    """Keys pressed at a prompt that had no meaning there."""

    node: str
    words: Words
    keys: tuple[tuple[str, int], ...]  # key -> presses; "" stands for digits
    presses: int
    taken_back: int  # "that was wrong" after a read-back
    skipped: int


@dataclass(frozen=True, slots=True)
class TelecallerRow:
    telecaller_id: str
    name: str
    centre: Words
    conversations: int
    talk_s: float
    wrap_up_s: float
    ready_s: float
    paused_s: float
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AbandonmentReport:
    fcc: Share  # over 30 days
    late: int  # of those counted: connected, but after the two seconds
    ofcom: Share  # the whole campaign
    worst_day: DayRow | None  # by Ofcom's formula
    target: float
    stop: float

    @property
    def verdict(self) -> str:
        """good: within the target; watch: above it; stop: at the end of dialling."""
        share = max(self.fcc.value or 0.0, 0.0)
        if share >= self.stop:
            return "stop"
        return "watch" if share > self.target else "good"


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long something lasted, in seconds; None: it never happened."""

    code: str  # rings, rings_unanswered, calls, talks
    count: int
    mean_s: float | None
    median_s: int | None
    p90_s: int | None


@dataclass(frozen=True, slots=True)
class NetworkRow:
    sip_code: int | None
    cause: int | None
    disposition: str
    share: Share  # of the calls that nobody answered


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know about the data; ivr/report has the sentence."""

    code: str
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    title: Title
    figures: Figures
    funnel: tuple[Step, ...]
    furthest: tuple[Counted, ...]  # people who answered, by how far they got
    held: tuple[Held, ...]
    outcomes: tuple[Counted, ...]  # calls
    hours: tuple[HourRow, ...]
    days: tuple[DayRow, ...]
    questions: tuple[QuestionResult, ...]
    languages: QuestionResult | None  # which was chosen, where there is a choice
    spoken: Spoken
    drops: tuple[Drop, ...]
    divisions: tuple[GroupReach, ...]
    districts: tuple[GroupReach, ...]
    schemes: tuple[GroupReach, ...]
    opt_outs: tuple[Counted, ...]  # by how they were asked for
    opt_out_prompts: tuple[Counted, ...]  # key 9, by the prompt it was pressed at
    callbacks: CallbackCounts
    telecallers: tuple[TelecallerRow, ...]
    abandonment: AbandonmentReport
    lengths: tuple[Lengths, ...]
    network: tuple[NetworkRow, ...]
    wrong_keys: tuple[WrongKeys, ...]
    notes: tuple[Note, ...]
