"""The API's one set of shapes: what is sent to it, and what it answers.

The dataclasses inside may change; these are promised to other people's programs.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ivr.core.access import May, Role
from ivr.core.model import CampaignState, DeskPhone, DeskState, ListenMode
from ivr.core.talk import TalkState
from ivr.core.transfer import TargetKind

Item = TypeVar("Item")
# PostgreSQL keeps no zero byte, and nobody means one.
TEXT = r"^[^\x00]*$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=TEXT)]
Note = Annotated[str, StringConstraints(max_length=2000, pattern=TEXT)]
# 15:30. RFC 3339, and so JSON Schema's "time", knows no hour of the day without a zone.
Hour = Annotated[
    str,
    BeforeValidator(lambda at: f"{at:%H:%M}" if isinstance(at, time) else at),
    StringConstraints(pattern=r"^\d\d:\d\d$"),
]
ON_A_PAGE = 50
MOST_ON_A_PAGE = 200
MAX_WAIT_S = 60.0


class Sent(BaseModel):
    """What is sent: a field that nobody knows is refused, not passed over."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """A query: as `Sent`, of text that is read as numbers where they are meant."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What is answered: more fields may come, none goes."""

    model_config = ConfigDict(from_attributes=True)


class ErrorBody(Told):
    """Every failure, in the API everywhere."""

    error_id: str = Field(description="Stable: programs decide by it.")
    message_hi: str = Field(description="For a person, in Hindi.")
    message_en: str = Field(description="The same in English, often more exact.")
    details: dict[str, str] = Field(
        description="Where it is wrong (`where`) and what to do (`remedy`), if known."
    )


class Done(Told):
    done: bool = True


class SpanBody(Told):
    """A part of the day: opens <= hour < closes, where the person lives."""

    opens: Hour
    closes: Hour


class Page(Told, Generic[Item]):
    """A part of a list without end."""

    items: list[Item]
    next: str | None = Field(
        description="Give it as `cursor` to get what follows; null: this is the end."
    )


class PageQuery(Asked):
    limit: int = Field(default=ON_A_PAGE, ge=1, le=MOST_ON_A_PAGE)
    cursor: str = Field(
        default="",
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="`next` of the page before; empty: from the beginning.",
    )


class MessageBody(Told):
    """A word from the in-charge."""

    message_id: str
    telecaller_id: str
    by: str
    text: str
    at: datetime
    seen_at: datetime | None


class DeskBody(Told):
    """A telecaller's desk. Numbers are masked."""

    telecaller_id: str
    name: str
    centre: str
    state: DeskState
    since: datetime
    reason: str
    call_id: str | None
    contact_name: str
    contact_number: str
    district: str
    schemes: list[str]
    answers: list[tuple[str, str]] = Field(description="(node, meaning)")
    preview_contact_id: int | None
    ends_at: datetime | None = Field(description="Of the wrap-up, by itself.")
    messages: list[MessageBody] = Field(description="Not read yet.")
    phone: DeskPhone
    talk: TalkState | None = Field(description="How it stands with their voter.")
    with_whom: str
    is_partner: bool = Field(description="They help; it is another's voter.")


class DeskQuery(Asked):
    seen: str = Field(
        default="",
        max_length=40,
        description="ISO 8601 with a zone: answer when the desk changed after it.",
    )
    wait: float = Field(default=25.0, ge=0, le=MAX_WAIT_S, description="Seconds.")


class LogInBody(Sent):
    phone: DeskPhone = DeskPhone.SOFTPHONE


class PauseBody(Sent):
    reason: Code


class OutcomeBody(Sent):
    call_id: Code
    outcome: str = Field(min_length=1, max_length=40, pattern=TEXT)
    notes: Note = ""


class TransferBody(Sent):
    kind: TargetKind
    key: Code
    cold: bool = Field(default=False, description="Without talking first.")


class ListenBody(Sent):
    telecaller_id: Code
    mode: ListenMode = ListenMode.LISTEN
    phone: DeskPhone = DeskPhone.SOFTPHONE


class CampaignBody(Told):
    campaign_id: str
    title_hi: str
    state: CampaignState
    calls: dict[str, int] = Field(description="Live calls by their state.")
    because: str = Field(description="The last decision of pacing, or what holds it.")
    undone: int
    centres: list[str] = Field(description="Whose telecallers serve it; empty: all.")
    only_admin_starts: bool


class CampaignsQuery(Asked):
    state: Literal["running", "any"] = Field(
        default="running", description="any: all that are stored, too."
    )


class DecisionBody(Told):
    """What pacing decided, and because of what."""

    number: int
    at: datetime
    campaign_id: str
    dial: int
    because: str
    risk: float
    threshold: float


class DecisionQuery(Asked):
    seen: int = Field(default=0, ge=0, lt=10**18, description="The last number seen.")
    wait: float = Field(default=25.0, ge=0, le=MAX_WAIT_S, description="Seconds.")


class FloorQuery(Asked):
    centre: str | None = Field(
        default=None, max_length=80, pattern=TEXT, description="Default: one's own."
    )


class StopBody(Sent):
    """What no new dial may go out for."""

    scope: Literal["all", "campaign", "centre"]
    about: str = Field(
        default="", max_length=80, pattern=TEXT, description="Which one; of all: empty."
    )
    why: str = Field(min_length=1, max_length=200, pattern=TEXT)


class NewMessageBody(Sent):
    text: str = Field(min_length=1, max_length=500, pattern=TEXT)


class OptOutBody(Sent):
    number: str = Field(min_length=3, max_length=40, pattern=TEXT)
    source: Code = Field(description="Where the wish came from: letter, e-mail …")


class MeBody(Told):
    """Who asks, as this API sees them."""

    user_id: str
    name: str
    role: Role
    centre: str
    may: list[May]


class UserBody(Told):
    user_id: str
    name: str
    role: Role
    centre: str
    telecaller_id: str | None
    language: str
    is_active: bool


class NewUserBody(Sent):
    user_id: str = Field(
        min_length=2, max_length=40, pattern=r"^[a-z0-9][a-z0-9._\-]{1,39}$"
    )
    name: str = Field(min_length=1, max_length=80, pattern=TEXT)
    role: Role
    centre: Code
    telecaller_id: str = Field(default="", max_length=80, pattern=TEXT)
    password: str = Field(min_length=10, max_length=200)


class UserChange(Sent):
    """What is left out stays as it is."""

    is_active: bool | None = None
    password: str | None = Field(default=None, min_length=10, max_length=200)
    sign_out: bool = Field(default=False, description="End all their sessions.")


class AuditBody(Told):
    """Who did what to what."""

    entry_id: int
    at: datetime
    user_id: str
    action: str
    about: str
    centre: str | None
    address: str
    detail: dict[str, str]


# The document itself, which has its own specification.
Document = dict[str, Any]
