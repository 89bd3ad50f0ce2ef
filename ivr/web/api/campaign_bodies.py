"""The shapes of campaigns as they are made: what a program sends, and is told.

A draft keeps what it is sent, whatever is wrong with it: here are its keys and their
kinds, with bounds that only keep it small. What is wrong is said by the workshop.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, JsonValue

from ivr.controller.campaign_workshop import Counts, Started
from ivr.core.findings import Finding
from ivr.core.model import (
    CallClass,
    CampaignState,
    Caps,
    ContactFilter,
    DeskQuestion,
    Mode,
)
from ivr.web.api.bodies import TEXT, Code, Sent, SpanBody, Told

Words = Annotated[str, Field(max_length=300, pattern=TEXT)]
Codes = Annotated[list[Code], Field(max_length=500)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class TitleSent(Sent):
    hi: Words = ""
    en: Words = ""


class FiltersSent(Sent):
    """Which people of the lists are meant; empty: all."""

    districts: Codes = Field(default=[])
    schemes: Codes = Field(default=[])
    languages: Codes = Field(default=[])


class RoutingSent(Sent):
    skills: Codes = Field(default=[], description="A telecaller needs all of them.")
    division_after_s: Seconds | None = None
    state_after_s: Seconds | None = None
    worth_waiting: Share | None = None
    dialects: dict[str, Code] = Field(default={}, max_length=50)


class CapsSent(Sent):
    attempts_per_day: Count | None = None
    attempts_per_campaign: Count | None = None
    conversations_per_30d: Count | None = None
    calls_per_s: Seconds | None = None
    channels: Count | None = None
    abandonment_target: Share | None = None
    abandonment_stop: Share | None = None


class RetrySent(Sent):
    attempts: Count
    delay: Code = Field(description="15 min, 4 h, 1 d")
    day_parts: Codes = Field(default=[])


class OptionSent(Sent):
    value: Code = Field(description="A word for results: a-z, 0-9, _")
    hi: Words
    en: Words = ""


class QuestionSent(Sent):
    id: Code = Field(description="A word for results: a-z, 0-9, _")
    hi: Words
    en: Words = ""
    options: Annotated[list[OptionSent], Field(max_length=50)] = Field(default=[])


class CampaignSent(Sent):
    """A campaign's keys and values, as in a campaign file; all may be left out."""

    campaign: Code | None = Field(
        default=None, description="Its id: a-z, 0-9, -. Left out: of its English title."
    )
    title: TitleSent | None = None
    organisation: Words | None = Field(default=None, description="Who calls.")
    call_class: CallClass | None = Field(
        default=None, alias="class", description="What kind of call the law sees."
    )
    mode: Mode | None = None
    flow: Code | None = None
    lists: Codes | None = None
    filters: FiltersSent | None = None
    centres: Codes | None = Field(
        default=None, description="Whose telecallers serve it; empty: all."
    )
    routing: RoutingSent | None = None
    trunk: Code | None = None
    caller_id: Code | None = Field(default=None, description="+91...")
    windows: Codes | None = Field(default=None, description="10:00-13:00 ...")
    off_days: Codes | None = Field(
        default=None,
        description="sunday ..., listed_holidays, 2026-12-31; empty: none.",
    )
    retry: dict[str, RetrySent] | None = Field(
        default=None, max_length=50, description="By what came of the call."
    )
    caps: CapsSent | None = None
    ring_timeout_s: Seconds | None = None
    connect_patience_s: Seconds | None = None
    wrap_up_s: Seconds | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    only_admin_starts: bool | None = None
    script: Annotated[str, Field(max_length=10_000, pattern=TEXT)] | None = None
    questions: Annotated[list[QuestionSent], Field(max_length=50)] | None = None
    note: Words | None = None

    def document(self) -> dict[str, object]:
        """Return what was given, as a campaign file has it."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_unset=True, exclude_none=True
        )


class NewDraftSent(Sent):
    template: str = Field(
        default="",
        max_length=80,
        pattern=TEXT,
        description="Begin as a copy of this: see /campaign-templates; empty: anew.",
    )
    edit: bool = Field(
        default=False, description="Change the campaign itself, not a copy of it."
    )
    document: CampaignSent | None = Field(
        default=None, description="Takes the place of those keys of the copy."
    )


class ProblemBody(Told):
    """What is wrong with one key of a draft (`caps.channels`), and what to do."""

    key: str
    said: str
    remedy: str


class DraftBody(Told):
    """A campaign on its way."""

    draft_id: str
    made_by: str
    centre: str
    edits: str = Field(description="Which campaign it will replace, if any.")
    updated_at: datetime
    document: dict[str, JsonValue] = Field(description="As in a campaign file.")
    problems: list[ProblemBody] = Field(description="Empty: it is whole.")


class CheckBody(Told):
    """What is right and wrong with a draft, and whom it means."""

    problems: list[ProblemBody]
    findings: list[Finding] = Field(description="Asked for when there is no problem.")
    counts: Counts = Field(description="Of the people that you may mean.")
    is_ready: bool = Field(description="It can be made.")
    yaml: str


class CampaignSheetBody(Told):
    """A campaign as it is stored, and what became of it."""

    campaign_id: str
    title_hi: str
    title_en: str
    organisation: str
    call_class: CallClass
    mode: Mode
    flow_id: str
    flow_version: str
    lists: list[str]
    filters: ContactFilter
    centres: list[str] = Field(description="Whose telecallers serve it; empty: all.")
    skills: list[str]
    trunk: str
    caller_id: str
    windows: list[SpanBody] = Field(description="Empty: as usual for the mode.")
    off_days: list[str]
    caps: Caps
    starts_on: date | None
    ends_on: date | None
    only_admin_starts: bool
    script: str
    questions: list[DeskQuestion]
    state: CampaignState
    undone: int = Field(description="People who are not done.")
    queued: int = Field(description="People who were taken in.")
    yaml: str
    history: list[Started] = Field(description="Newest first.")
    findings: list[Finding]


class MadeBody(CampaignSheetBody):
    enrolled: int = Field(description="People who are new in it.")
