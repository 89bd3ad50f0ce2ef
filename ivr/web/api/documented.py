"""`@documented`: a route of /api/v1 says where it is declared what it takes and gives.

The document (openapi.py) is made of it, and `told` answers by it: the one place.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from ivr.errors import BadInput, OurBug

H = TypeVar("H", bound=Callable[..., Awaitable[web.StreamResponse]])
Shape = TypeVar("Shape", bound=BaseModel)
Item = TypeVar("Item")

_SAYS = "samvad_says"
JSON = "application/json"
BODY: web.RequestKey[bytes] = web.RequestKey("body")
# Of an answer that holds what is shown once: what is kept of it, for the same request
# sent again with its idempotency key.
KEPT: web.RequestKey[str] = web.RequestKey("kept")


@dataclass(frozen=True, slots=True)
class Says:
    """What a route says of itself. Its docstring is the longer description."""

    summary: str
    gives: Any  # the shape of the answer: a model, or list[...] or Page[...] of one
    takes: type[BaseModel] | None = None  # the JSON body
    asks: type[BaseModel] | None = None  # the query
    status: int = 200
    optional: bool = False  # the body may be left out
    content: str = JSON  # what kind the answer is; `told` makes JSON only
    at_most: int = 0  # bytes of the body; 0: as everywhere
    sends: str = ""  # what kind the body is, where it is no JSON
    is_in_pieces: bool = False  # a body larger than memory: the handler reads it


def documented(
    summary: str,
    *,
    gives: Any,
    takes: type[BaseModel] | None = None,
    asks: type[BaseModel] | None = None,
    status: int = 200,
    optional: bool = False,
    content: str = JSON,
    at_most: int = 0,
    sends: str = "",
    is_in_pieces: bool = False,
) -> Callable[[H], H]:
    """Say what a route of the API takes and gives, for the document and for `told`."""

    def mark(handler: H) -> H:
        says = Says(
            summary=summary,
            gives=gives,
            takes=takes,
            asks=asks,
            status=status,
            optional=optional,
            content=content,
            at_most=at_most,
            sends=sends,
            is_in_pieces=is_in_pieces,
        )
        setattr(handler, _SAYS, says)
        return handler

    return mark


def says_of(handler: object) -> Says | None:
    """Return what a route says of itself; None: nothing, so it is not documented."""
    return getattr(handler, _SAYS, None)


def told(request: web.Request, value: object, *, kept: object = None) -> web.Response:
    """Answer with `value` (dataclasses, lists of them) in the shape that was said.

    `kept`: what is answered in its place when the request comes again by its
    idempotency key, so that what is shown once goes to no database.
    """
    says = says_of(request.match_info.handler)
    if says is None:
        raise OurBug(f"{request.path} says not what it gives: use @documented")
    if kept is not None:
        request[KEPT] = _json_of(says, kept).decode()
    return web.Response(
        body=_json_of(says, value),
        status=says.status,
        content_type=JSON,
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _json_of(says: Says, value: object) -> bytes:
    shape = _adapter(says.gives)
    return shape.dump_json(shape.validate_python(value, from_attributes=True))


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def query(request: web.Request, shape: type[Shape]) -> Shape:
    """Return the query as `shape`. Raises BadInput, naming the field."""
    given = dict(request.query)
    if len(given) != len(request.query):
        raise BadInput("a parameter is there twice", where="query")
    try:
        return shape.model_validate(given)
    except ValidationError as exc:
        raise bad_input(exc, "query") from exc


async def whole_body(request: web.Request) -> bytes:
    """Return the body, however often it is asked for. Raises 413."""
    given = request.get(BODY)
    if given is None:
        says = says_of(request.match_info.handler)
        at_most = says.at_most if says else 0
        given = await (
            request.clone(client_max_size=at_most) if at_most else request
        ).read()
        request[BODY] = given
    return given


async def body(
    request: web.Request, shape: type[Shape], *, optional: bool = False
) -> Shape:
    """Return the request's JSON as `shape`. Raises BadInput, naming the field.

    `optional`: no body at all is an empty one.
    """
    given = await whole_body(request)
    try:
        return shape.model_validate_json(given or (b"{}" if optional else b""))
    except ValidationError as exc:
        raise bad_input(exc, "body") from exc


def bad_input(exc: ValidationError, what: str) -> BadInput:
    """Return the first thing that is wrong."""
    first = exc.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or what
    return BadInput(first["msg"], where=where)


# Cursors: opaque on purpose, so that what is in them can change.


def cursor_of(last: str | int) -> str:
    """Return a cursor for what follows `last`."""
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def after(cursor: str) -> str:
    """Return what the page before ended with; "" at the beginning. Raises BadInput."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise BadInput("no cursor of ours", where="cursor") from exc


def number_after(cursor: str) -> int:
    """Return the number that the page before ended with; 0 at the beginning."""
    last = after(cursor)
    if last and not (last.isascii() and last.isdigit() and len(last) < 19):
        raise BadInput("no cursor of this list", where="cursor")
    return int(last or 0)


def page_of(
    found: Sequence[Item], limit: int, key: Callable[[Item], str | int]
) -> dict[str, object]:
    """Return a `Page` of the first of `found`: one more than `limit`, if there are."""
    items = found[:limit]
    more = len(found) > limit
    return {"items": items, "next": cursor_of(key(items[-1])) if more else None}
