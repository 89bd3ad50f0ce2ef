"""The API's shapes of results: what the page of results shows, and no more.

Opinions come as they are counted for the page: in groups of 20 people or more.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from ivr.core.flow_model import NodeKind
from ivr.core.model import CampaignState
from ivr.web.api.bodies import TEXT, Asked, Note, PageQuery, Sent, Told

DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"


class ResultQuery(Asked):
    """The page's filters; empty: all. Days are whole, in the installation's zone."""

    centre: str = Field(
        default="", max_length=80, pattern=TEXT, description="And what lies under it."
    )
    district: str = Field(default="", max_length=80, pattern=TEXT)
    scheme: str = Field(default="", max_length=80, pattern=TEXT)
    first_day: str = Field(
        default="", alias="from", pattern=DAY, description="2026-11-24; with this day."
    )
    last_day: str = Field(
        default="", alias="to", pattern=DAY, description="2026-11-24; with this day."
    )
    question: str = Field(
        default="",
        max_length=80,
        pattern=TEXT,
        description="Whose answers are compared by district and scheme.",
    )
    choice: str = Field(
        default="",
        max_length=80,
        pattern=TEXT,
        description="The answer by which districts are in order.",
    )


class SpokenQuery(ResultQuery, PageQuery):
    """The same, page by page."""


class WordsBody(Told):
    hi: str
    en: str


class ResultListBody(Told):
    """A campaign that has people of yours."""

    campaign_id: str
    title: WordsBody
    state: CampaignState


class ShareBody(Told):
    """`count` of `of`; the true share lies between low and high in 95 of 100 cases."""

    count: int
    of: int
    value: float | None = Field(description="0 to 1; null: of nobody.")
    low: float | None
    high: float | None


class FiguresBody(Told):
    calls: int
    tried: int = Field(description="People.")
    spoke: ShareBody = Field(description="Of these: a person responded.")
    to_the_end: ShareBody = Field(description="Of those: heard all, or talked.")
    talked: int
    talk_minutes: float
    opted_out: ShareBody


class StepBody(Told):
    code: str
    words: WordsBody
    count: int
    of_previous: ShareBody | None


class ChoiceBody(Told):
    code: str
    words: WordsBody
    share: ShareBody


class MeanBody(Told):
    of: int
    value: float | None
    low: float | None
    high: float | None


class QuestionBody(Told):
    node: str
    kind: NodeKind
    words: WordsBody
    of: int = Field(description="People who answered it, in whole blocks.")
    choices: list[ChoiceBody] = Field(description="None for digits.")
    mean: MeanBody | None = Field(description="Of ratings.")


class SchemeRowBody(Told):
    code: str = Field(description='"": of none; "*": several together.')
    words: WordsBody
    of: int
    shares: list[ShareBody] = Field(description="In the order of the choices.")


class DistrictRowBody(SchemeRowBody):
    schemes: list[SchemeRowBody]


class CrossBody(Told):
    """District x scheme x answer of one question."""

    question: QuestionBody
    choice: str = Field(description="By which the districts are in order.")
    rows: list[DistrictRowBody]


class DropBody(Told):
    """People who hung up while a prompt was playing."""

    node: str
    words: WordsBody
    share: ShareBody


class ReachBody(Told):
    """How many of a district's or scheme's people were reached."""

    code: str
    words: WordsBody
    tried: int
    spoke: ShareBody
    to_the_end: int


class HourBody(Told):
    hour: int = Field(description="0 to 23, where the installation is.")
    calls: int
    answered: ShareBody = Field(description="By a person.")
    outcomes: dict[str, int]


class DayBody(Told):
    day: date
    calls: int
    answered: ShareBody


class TelecallerBody(Told):
    telecaller_id: str
    name: str
    centre: WordsBody
    conversations: int
    talk_s: float


class ResultsBody(Told):
    """A campaign's results, or a part of them."""

    campaign_id: str
    title: WordsBody
    state: CampaignState
    counted_at: datetime
    is_behind: bool = Field(description="Earlier answers are still being counted.")
    selection: dict[str, str] = Field(description="What was asked for.")
    first_at: datetime | None = Field(description="The first call.")
    last_at: datetime | None
    figures: FiguresBody
    funnel: list[StepBody]
    questions: list[QuestionBody]
    cross: CrossBody | None = Field(description="null: no question has choices.")
    drops: list[DropBody]
    outcomes: list[ChoiceBody] = Field(description="Of all calls.")
    districts: list[ReachBody]
    divisions: list[ReachBody]
    schemes: list[ReachBody]
    hours: list[HourBody]
    days: list[DayBody]
    telecallers: list[TelecallerBody]


class SpokenNoteBody(Told):
    at: datetime
    noted_by: str
    note: str


class SpokenBody(Told):
    """One spoken answer. Nobody's name or number."""

    call_id: str
    seq: int
    node: str
    question: WordsBody
    length: str = Field(description='"12.3 s".')
    at: datetime | None
    district: str
    schemes: list[str]
    has_sound: bool = Field(description="Its recording is still on the machine.")
    notes: list[SpokenNoteBody] = Field(description="The newest first.")


class NoteBody(Sent):
    note: Note = Field(min_length=1, description="What was said, in your words.")
