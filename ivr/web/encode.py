"""Core values to JSON, to headers and back at the HTTP edge. Decides nothing."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from ivr.errors import BadInput

MOST_LETTERS_OF_A_NAME = 80
# What may be in no file's name somewhere, or is not seen there.
_NO_NAME = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    '"*/:<>?|\\\\]+'
)


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


def attachment(name: str) -> str:
    """Return a Content-Disposition under which a browser saves a file as `name`.

    RFC 6266: a name of plain letters for all, and the name itself for who knows UTF-8.
    Nothing in it leads into a folder, ends the header, or is a device or a hidden file.
    """
    safe = _NO_NAME.sub("-", name).strip(" .-")[:MOST_LETTERS_OF_A_NAME] or "file"
    ascii_name = re.sub(r"[^A-Za-z0-9 ._-]+", "-", safe).strip(" .-") or "file"
    plain = f'attachment; filename="{ascii_name}"'
    if ascii_name == safe:
        return plain
    return f"{plain}; filename*=UTF-8''{quote(safe, safe='')}"


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: getattr(value, field.name) for field in fields}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be JSON")
