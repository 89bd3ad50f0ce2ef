"""Campaigns as they are made in the browser: what the pages ask, as one Protocol.

ivr/workshop answers it, from files, the store and the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ivr.core.access import User
from ivr.core.findings import Finding
from ivr.core.model import Campaign, CampaignId, CampaignState, CentreCode

Document = Mapping[str, object]  # a campaign file's keys and values, before any check


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A campaign on its way. `edits` names the one that it will replace, if any.

    `found`: a mark of that one as it was when the draft was begun.
    """

    draft_id: str
    made_by: str
    centre: CentreCode
    document: Document
    updated_at: datetime
    edits: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What is wrong with one key of a campaign, in words, and what to do."""

    key: str
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A change of a campaign's state; `by` is "" where nobody wrote it down."""

    state: CampaignState
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class CampaignSheet:
    """A stored campaign with what became of it."""

    campaign: Campaign
    state: CampaignState
    undone: int
    queued: int
    text: str  # the YAML as it was written
    flow_version: str
    history: tuple[Started, ...] = ()  # newest first


@dataclass(frozen=True, slots=True)
class Template:
    """What a new campaign may begin as a copy of."""

    name: str  # "campaign:ID" or "file:ID"
    title_hi: str
    title_en: str
    centres: tuple[CentreCode, ...] = ()
    is_stored: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Something to choose, with its name in both languages."""

    code: str
    hi: str
    en: str


@dataclass(frozen=True, slots=True)
class TrunkChoice:
    name: str
    caller_ids: tuple[str, ...]
    channels: int
    calls_per_s: float


@dataclass(frozen=True, slots=True)
class Choices:
    """What the wizard offers."""

    flows: tuple[Named, ...]
    trunks: tuple[TrunkChoice, ...]
    districts: tuple[Named, ...]
    schemes: tuple[Named, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListCount:
    name: str
    people: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Whom a draft means, in numbers; of a reader's own districts only."""

    lists: tuple[ListCount, ...] = ()
    in_lists: int = 0
    meant: int = 0
    numbers: int = 0  # of those meant: each number once
    do_not_call: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the interval of 95 in 100."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForecastCase:
    """What so many telecallers (0: the flow alone) come to."""

    telecallers: int
    reached_per_day: Figure  # people who answer, on a day with open windows
    working_days: Figure
    finish_on: tuple[date, date] | None  # from, to; None: not in a year
    abandonment: Figure | None = None
    utilisation: Figure | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    people: int
    cases: tuple[ForecastCase, ...]
    needed: int | None  # telecallers, to end by `by`; None: it cannot be said
    by: date
    based_on: str  # whose calls, or "" for guesses
    stopped: str = ""  # why dialling would stop for good


@dataclass(frozen=True, slots=True)
class ForecastState:
    """A forecast on its way: none, playing, done, failed."""

    state: str
    done: int = 0
    of: int = 0
    forecast: Forecast | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the organisation somebody may mean by a campaign. None: all.

    `is_admin`: who is none cannot let others start what only an admin starts.
    """

    districts: frozenset[str] | None = None
    centres: frozenset[CentreCode] | None = None
    is_admin: bool = True


EVERYTHING = Reach()


class CampaignWorkshop(Protocol):
    """Raises BadInput for what cannot be."""

    async def sheets(self) -> Sequence[CampaignSheet]: ...

    async def sheet(self, campaign_id: CampaignId) -> CampaignSheet | None: ...

    async def check(self, campaign: Campaign) -> list[Finding]:
        """Say of each thing that a campaign needs whether it is in order."""

    async def may_start(self, campaign: Campaign) -> None:
        """Raises BadInput with what holds the campaign back until somebody acts."""

    # Drafts

    async def templates(self) -> list[Template]: ...

    async def choices(self) -> Choices: ...

    async def begin(self, by: User, template: str, *, edit: bool) -> CampaignDraft:
        """Return a new draft: empty for "", a copy, or the campaign itself to edit."""

    async def drafts(self) -> list[CampaignDraft]: ...

    async def draft(self, draft_id: str) -> CampaignDraft | None: ...

    async def keep(self, draft: CampaignDraft, document: Document) -> CampaignDraft: ...

    async def drop(self, draft_id: str) -> None: ...

    async def counts(self, document: Document, reach: Reach) -> Counts: ...

    def problems(self, draft: CampaignDraft, reach: Reach) -> list[KeyProblem]:
        """Return what of the document is wrong or missing, key by key."""

    async def check_draft(self, draft: CampaignDraft) -> list[Finding]: ...

    def as_yaml(self, draft: CampaignDraft) -> str: ...

    async def make(self, draft: CampaignDraft, reach: Reach) -> tuple[Campaign, int]:
        """Store the campaign, take its people in; return it and how many are new."""

    # Forecast

    async def play(self, draft: CampaignDraft) -> ForecastState:
        """Begin to play the draft beforehand; what played before is forgotten."""

    def forecast(self, draft_id: str) -> ForecastState:
        """Return how far it is. It ends by itself when nobody asks for a while."""

    async def close(self) -> None: ...
