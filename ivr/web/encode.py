"""Core values to JSON and back at the HTTP edge. Decides nothing."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ivr.core.model import DeskPhone, ListenMode
from ivr.core.transfer import TargetKind
from ivr.errors import BadInput


class LogInBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    phone: DeskPhone = DeskPhone.SOFTPHONE


class PauseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=80)


class OutcomeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    call_id: str = Field(min_length=1, max_length=80)
    outcome: str = Field(min_length=1, max_length=40)
    notes: str = Field(default="", max_length=2000)


class StopBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scope: Literal["all", "campaign", "centre"]
    about: str = Field(default="", max_length=80)
    why: str = Field(min_length=1, max_length=200)


class MessageBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=500)


class TransferBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: TargetKind
    key: str = Field(min_length=1, max_length=80)
    cold: bool = False


class ListenBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    telecaller_id: str = Field(min_length=1, max_length=80)
    mode: ListenMode = ListenMode.LISTEN
    phone: DeskPhone = DeskPhone.SOFTPHONE


class OptOutBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=3, max_length=40)
    source: str = Field(min_length=1, max_length=80)


Shape = TypeVar("Shape", bound=BaseModel)


async def body(request: web.Request, shape: type[Shape]) -> Shape:
    """Return the request's JSON as `shape`. Raises BadInput, naming the field."""
    try:
        return shape.model_validate_json(await request.read())
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadInput(first["msg"], where=where) from exc


def moment(text: str) -> datetime:
    """Return an ISO 8601 time with a zone. Raises BadInput."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadInput(f"{text!r} is no time", remedy="use ISO 8601") from exc
    if value.tzinfo is None:
        raise BadInput(f"{text!r} has no zone", remedy="end it with +05:30 or Z")
    return value


def answer(value: Any, *, status: int = 200) -> web.Response:
    """Return `value` (a dataclass, or a list of them) as JSON in UTF-8."""
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: getattr(value, field.name) for field in fields}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be JSON")
