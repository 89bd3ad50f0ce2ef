"""What the database counted about a campaign, by codes. Pure values, no arithmetic.

`ivr/store/results.py` fills them in; `core.summary` makes the `Report` of them.
A disposition is None while the call is not over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, CampaignState, Centre, Disposition
from ivr.core.shares import Spans

QUARTER = timedelta(minutes=15)  # every time zone is a whole number of them from UTC

# How far a person got, over all their calls; the higher outlives the lower.
# 0 stands for a person whom no call reached, 2 for one on the line just now.
FURTHEST: Mapping[Disposition, int] = {
    Disposition.SILENT: 1,
    Disposition.INTERRUPTED: 3,
    Disposition.PARTIAL: 4,
    Disposition.ABANDONED: 5,
    Disposition.CALLBACK: 6,
    Disposition.COMPLETED: 7,
    Disposition.TALKED: 8,
    Disposition.OPTED_OUT: 9,
}
NOT_REACHED, ON_THE_LINE = 0, 2


@dataclass(frozen=True, slots=True)
class AttemptCount:
    quarter: int  # of an hour, since 1970 in UTC: when it was placed
    disposition: Disposition | None
    answered: bool
    count: int


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """People who were tried, by how far they got."""

    group: str  # the district's code, or scheme tags with a space between
    furthest: int
    count: int


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """People whose latest answer to a question this is."""

    group: str
    node: str
    kind: str  # key, digits, rating
    choice: str  # a key's meaning or a rating; "" for digits, which nobody reads
    count: int


@dataclass(frozen=True, slots=True)
class BlockCount:
    """People of whole blocks who chose this; None: a block's people differ in it."""

    node: str
    kind: str  # key, rating
    district: str | None
    schemes: str | None
    choice: str
    count: int


@dataclass(frozen=True, slots=True)
class ReachCount:
    """People who were tried, by where they live, their schemes and how far they got."""

    district: str
    schemes: str
    furthest: int
    count: int


@dataclass(frozen=True, slots=True)
class SpokenCount:
    node: str
    length: str  # as the flow keeps it: "12.3 s"
    count: int


@dataclass(frozen=True, slots=True)
class SpokenFile:
    node: str
    file: str
    length: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyCount:
    """Keys that were no answer, or that took one back."""

    node: str
    kind: str
    key: str  # "" for digits
    meaning: str  # "", skipped, again, opt_out, telecaller
    accepted: bool
    count: int
    calls: int


@dataclass(frozen=True, slots=True)
class NetworkCount:
    """What the network said of calls that nobody answered."""

    sip_code: int | None
    cause: int | None
    disposition: Disposition
    count: int


@dataclass(frozen=True, slots=True)
class WantedCount:
    """People who asked for a telecaller, by the quarter they answered in."""

    quarter: int
    abandoned: bool
    joined: bool
    late: bool  # joined, but not within FCC_CONNECT_S
    recent: bool  # in the FCC_DAYS up to the campaign's last call
    count: int


@dataclass(frozen=True, slots=True)
class CallbackCounts:
    """People who asked to be called back, by what became of it; sums to `asked`."""

    asked: int = 0
    done: int = 0  # spoken to since
    due: int = 0  # their time has come
    later: int = 0
    given_up: int = 0  # the campaign will not dial them again


@dataclass(frozen=True, slots=True)
class DeskCount:
    """One telecaller's time in one state while the campaign went on."""

    telecaller_id: str
    state: str
    ms: int


@dataclass(frozen=True, slots=True)
class TalkCount:
    telecaller_id: str
    name: str
    centre: str
    outcome: str
    conversations: int
    open: int  # begun, and no end was written
    talk_ms: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """Everything a report is made of."""

    campaign: Campaign
    state: CampaignState
    flow: Flow  # in the version the campaign was last saved with
    flow_versions: Mapping[tuple[str, str], int]  # (flow, version) -> attempts
    first_at: datetime | None  # first call placed
    last_at: datetime | None  # last sign of any call
    funnel: Mapping[str, int]  # see ivr/store/campaigns.py
    attempts: tuple[AttemptCount, ...]
    by_district: tuple[PeopleCount, ...]
    by_schemes: tuple[PeopleCount, ...]
    enrolled: Mapping[str, int]  # by district
    answers_by_district: tuple[AnswerCount, ...]
    answers_by_schemes: tuple[AnswerCount, ...]
    spoken: tuple[SpokenCount, ...]
    spoken_files: tuple[SpokenFile, ...]  # the latest
    hung_up_at: Mapping[str, int]  # node -> people's calls that ended there
    keys: tuple[KeyCount, ...]
    network: tuple[NetworkCount, ...]
    answered_30d: int  # by a person, in the 30 days up to `last_at`
    wanted: tuple[WantedCount, ...]
    opt_outs: Mapping[str, int]  # source -> numbers put on do-not-call by its calls
    callbacks: CallbackCounts
    talks: tuple[TalkCount, ...]
    desks: tuple[DeskCount, ...]
    rings: Spans  # from the first ring to the answer
    rings_unanswered: Spans
    calls: Spans  # from the answer to the end
    talk_spans: Spans


@dataclass(frozen=True, slots=True)
class PartTallies:
    """What a part of a campaign's results is made of (core.part_summary)."""

    campaign: Campaign
    state: CampaignState
    flow: Flow
    first_at: datetime | None  # of the part's calls
    last_at: datetime | None
    attempts: tuple[AttemptCount, ...]
    people: tuple[ReachCount, ...]
    enrolled: Mapping[str, int]  # by district; whatever the days
    talks: tuple[TalkCount, ...]
    spoken: int  # recordings
    blocks: tuple[BlockCount, ...]


@dataclass(frozen=True, slots=True)
class PlaceName:
    code: str
    hi: str
    en: str
    division: str = ""  # of a district: its division's code


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called; a code without a name stands for itself."""

    districts: Mapping[str, PlaceName]
    divisions: Mapping[str, PlaceName]
    schemes: Mapping[str, PlaceName]
    centres: Mapping[str, Centre]
