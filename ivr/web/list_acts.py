"""What is done with an import, by its page and by the API alike.

Each is noted in the audit log, and an import of another centre does not exist.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiohttp import web

from ivr.core.list_import import (
    ImportState,
    ListImport,
    chosen_columns,
    name_for,
)
from ivr.core.new_list import new_list
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from ivr.web.site import note, site_of, user_of
from ivr.web.whose import within

CHUNK = 256 * 1024  # bytes
DO_NOT_CALL = "do_not_call"  # a file of numbers that are never called again


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of a file: the list it becomes, and what its columns are."""

    name: str
    origin: str
    kind: OriginKind
    columns: Mapping[int, str]


async def taken(
    request: web.Request, file_name: str, *, is_do_not_call: bool
) -> ListImport:
    """Take the request's body in as a file. Raises TooBig, BadInput."""
    room, asks = site_of(request).lists, user_of(request)
    begun = ListImport(
        import_id="",
        file_name=_file_name(file_name),
        by=asks.user_id,
        centre=asks.centre,
        state=ImportState.LOOKING,
        at=site_of(request).now(),
        is_do_not_call=is_do_not_call,
    )
    one = await room.imports.take(begun, request.content_length, _chunks(request))
    action = "do_not_call_file_uploaded" if one.is_do_not_call else "list_uploaded"
    await note(request, action, f"file {one.file_name}", bytes=str(one.bytes))
    return one


def _file_name(given: str) -> str:
    name = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:120] or "?"


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.content.iter_chunked(CHUNK):
            yield chunk
    except (web.RequestPayloadError, ConnectionError) as exc:  # the sender has gone
        raise BadInput("the file did not come whole", remedy="send it again") from exc


def known_import(request: web.Request) -> ListImport:
    """Return the import meant, if it is of one's centre. Raises HTTPNotFound."""
    one = site_of(request).lists.imports.one(request.match_info["import_id"])
    if one is None:
        raise web.HTTPNotFound
    within(request, one.centre)
    return one


async def compare(request: web.Request, one: ListImport, said: Wanted) -> ListImport:
    """Take the columns and the name, and begin to compare. Raises BadInput."""
    room, site = site_of(request).lists, site_of(request)
    if one.look is None:
        raise BadInput("this import has gone on meanwhile")
    new = new_list(
        name_for(user_of(request), said.name, site.tree),
        said.origin,
        said.kind,
        is_government=room.is_government,
    )
    return await room.imports.choose(one, chosen_columns(one.look, said.columns), new)


async def read_sheet(request: web.Request, one: ListImport, sheet: str) -> ListImport:
    """Look at another sheet of the workbook. Raises BadInput."""
    if one.look is None or sheet not in one.look.sheets:
        raise BadInput("this cannot be done")
    return await site_of(request).lists.imports.another_sheet(one, sheet)


async def confirm(request: web.Request, one: ListImport) -> ListImport:
    """Say yes to what was compared. Raises BadInput."""
    if one.new is None:
        raise BadInput("this cannot be done")
    begun = await site_of(request).lists.imports.confirm(one)
    await note(request, "list_confirmed", f"list {one.new.name}")
    return begun


async def cancel(request: web.Request, one: ListImport) -> ListImport:
    """Stop, and throw the file away. Raises BadInput."""
    ended = await site_of(request).lists.imports.cancel(one)
    await note(request, "list_import_cancelled", f"file {one.file_name}")
    return ended
