"""Core values to JSON and back at the HTTP edge. Decides nothing."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

from aiohttp import web

from ivr.errors import BadInput


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
