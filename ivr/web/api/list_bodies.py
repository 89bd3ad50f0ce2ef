"""The API's shapes of lists, imports and do-not-call. Numbers are masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivr.core.list_import import ImportState
from ivr.core.origin import OriginKind
from ivr.web.api.bodies import TEXT, Asked, Code, PageQuery, Sent, Told
from ivr.web.list_acts import DO_NOT_CALL

Chosen = Annotated[str, StringConstraints(max_length=200, pattern=TEXT)]


class SegmentQuery(Asked):
    """Which contacts of a list; empty: all."""

    district: Chosen = ""
    scheme: Chosen = ""
    constituency: Chosen = ""
    language: Chosen = ""
    field: str = Field(
        default="",
        pattern=r"^[\w\u0900-\u097f]{0,40}$",
        description="The name of a column that only this list has.",
    )
    value: Chosen = Field(default="", description="What must be in that column.")


class ContactQuery(SegmentQuery, PageQuery):
    """Which contacts, page by page."""


class RowsBody(Told):
    """Every row of the file, told once."""

    read: int
    kept: int
    refused: int
    duplicate: int
    blank: int


class ListBody(Told):
    name: str
    origin: str
    origin_kind: str
    state: str = Field(description="importing, or ready.")
    imported_at: datetime | None
    contacts: int = Field(description="Those of your centres.")
    rows: RowsBody | None = Field(description="Only for who sees all centres.")


Counts = list[tuple[str, int]]


class FacetsBody(Told):
    """A segment counted, and each choice beside the others chosen."""

    total: int
    districts: Counts
    schemes: Counts
    constituencies: Counts
    languages: Counts
    fields: list[str] = Field(description="Columns that only this list has.")
    values: Counts = Field(description="Of the chosen field.")


class OneListBody(ListBody):
    segment: FacetsBody


class ContactBody(Told):
    contact_id: int
    name: str
    number: str = Field(description="Masked.")
    district: str
    constituency: str
    schemes: list[str]
    language: str


class UploadQuery(Asked):
    file: str = Field(
        default="", max_length=300, pattern=TEXT, description="The file's name."
    )
    kind: Literal["list", "do_not_call"] = Field(
        default="list", description="do_not_call: its numbers are never called again."
    )

    @property
    def is_do_not_call(self) -> bool:
        return self.kind == DO_NOT_CALL


class ColumnBody(Told):
    """What a column was taken for."""

    index: int
    header: str
    use: str = Field(description="dropped: it stays out, whatever is chosen.")
    field: str
    own: str = Field(description="Under which it is kept if it is no known field.")
    first: list[str] = Field(description="Its first values, masked.")
    choice: str = Field(description="What is chosen if nothing is said.")


class LookBody(Told):
    """The mapping's preview: what the first rows tell."""

    kind: str
    columns: list[ColumnBody]
    sheet: str
    sheets: list[str]
    fields: list[str] = Field(description="What a column may be chosen to be.")


class ReasonBody(Told):
    reason: str
    count: int
    hi: str
    en: str
    examples: list[str]


class TallyBody(Told):
    """What became, or would become, of every row."""

    read: int
    kept: int
    refused: int
    duplicate: int
    blank: int
    new: int
    known: int = Field(description="Of the kept: in other lists of yours.")
    barred: int = Field(description="Of the kept: on do-not-call.")
    reasons: list[ReasonBody]
    notes: list[ReasonBody]


class NewListBody(Told):
    name: str
    origin: str
    kind: OriginKind


class ImportBody(Told):
    """One import: ask again while its state is looking, comparing or importing."""

    import_id: str
    file_name: str
    by: str
    centre: str
    state: ImportState
    at: datetime
    is_do_not_call: bool
    bytes: int
    look: LookBody | None
    mapping: dict[int, str] = Field(description="How columns differ from the guess.")
    new: NewListBody | None
    done_share: float = Field(description="Of the file, 0 to 1.")
    rows: int
    tally: TallyBody | None
    problem_hi: str
    problem_en: str
    remedy_hi: str
    remedy_en: str
    has_rejects: bool = Field(description="There are, and you may have them.")


class CompareBody(Sent):
    """What the columns are, and the list that the file becomes."""

    name: str = Field(min_length=1, max_length=60, pattern=TEXT)
    origin: str = Field(
        min_length=8,
        max_length=500,
        pattern=TEXT,
        description="Whose numbers these are, and how they were given, in words.",
    )
    kind: OriginKind
    columns: dict[int, Chosen] = Field(
        default={},
        description='Column to field, where the guess is wrong; "-": left out.',
    )


class SheetBody(Sent):
    sheet: Code


class NumberBody(Sent):
    number: str = Field(min_length=3, max_length=40, pattern=TEXT)


class BarredBody(Told):
    """Is a number on do-not-call."""

    number: str = Field(description="Masked.")
    is_barred: bool
    since: datetime | None
    source: str = Field(description="key 9, a user, a file, a letter ...")


class BarredCountBody(Told):
    count: int
