"""The API's imports of lists: send a file, see its columns, compare, say yes.

As on the page, one step after the other: nothing is imported that was not compared
and confirmed. The work goes on beside the server; ask again for how far it is.
"""

from __future__ import annotations

from dataclasses import fields

from aiohttp import web

from ivr.controller.list_imports import TooBig
from ivr.core.access import May
from ivr.core.list_import import ListImport
from ivr.errors import BadInput
from ivr.web.api.bodies import Page, PageQuery
from ivr.web.api.documented import after, body, documented, page_of, query, told
from ivr.web.api.list_bodies import CompareBody, ImportBody, SheetBody, UploadQuery
from ivr.web.guard import needs
from ivr.web.list_acts import (
    Wanted,
    cancel,
    compare,
    confirm,
    known_import,
    read_sheet,
    taken,
)
from ivr.web.pages import list_imports as pages
from ivr.web.site import may_do, site_of
from ivr.web.whose import is_theirs

routes = web.RouteTableDef()

ALL = "/api/v1/list-imports"
ONE = ALL + "/{import_id}"
# What the command line calls them, and so the core too.
WHERE = {"--list": "name", "--origin": "origin"}


@routes.get(ALL)
@needs(May.LISTS)
@documented(
    "Imports of your centre, newest first", gives=Page[ImportBody], asks=PageQuery
)
async def imports(request: web.Request) -> web.Response:
    """Those of the last 30 days, files of numbers for do-not-call among them."""
    asked = query(request, PageQuery)
    last = after(asked.cursor)
    found = sorted(
        (
            one
            for one in site_of(request).lists.imports.all()
            if is_theirs(request, one.centre) and (not last or _key(one) < last)
        ),
        key=_key,
        reverse=True,
    )
    part = page_of(found, asked.limit, _key)
    items = [_told(request, one) for one in found[: asked.limit]]
    return told(request, part | {"items": items})


def _key(one: ListImport) -> str:
    return f"{one.at.isoformat()} {one.import_id}"


@routes.post(ALL)
@needs(May.LISTS)
@documented(
    "Send a file",
    gives=ImportBody,
    asks=UploadQuery,
    status=201,
    sends="application/octet-stream",
    is_in_pieces=True,
)
async def take(request: web.Request) -> web.Response:
    """The body is the file as it is: CSV, TSV, XLSX, XLS or ODS.

    Its columns are then guessed; a file of numbers for do-not-call is done at once.
    413: it is larger than this Samvad takes.
    """
    asked, room = query(request, UploadQuery), site_of(request).lists
    try:
        one = await taken(request, asked.file, is_do_not_call=asked.is_do_not_call)
    except TooBig as exc:
        size = request.content_length or room.imports.max_bytes + 1
        most = room.imports.max_bytes
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=size) from exc
    return told(request, _told(request, one))


@routes.get(ONE)
@needs(May.LISTS)
@documented("One import: how far it is, its columns, its sums", gives=ImportBody)
async def one_import(request: web.Request) -> web.Response:
    return told(request, _told(request, known_import(request)))


@routes.post(ONE + "/sheet")
@needs(May.LISTS)
@documented("Look at another sheet of the workbook", gives=ImportBody, takes=SheetBody)
async def another_sheet(request: web.Request) -> web.Response:
    one = known_import(request)
    said = await body(request, SheetBody)
    return told(request, _told(request, await read_sheet(request, one, said.sheet)))


@routes.post(ONE + "/compare")
@needs(May.LISTS)
@documented(
    "Say what the columns are, and compare", gives=ImportBody, takes=CompareBody
)
async def compare_it(request: web.Request) -> web.Response:
    """Nothing is stored yet. A centre's list carries its code before the name."""
    one = known_import(request)
    said = await body(request, CompareBody)
    wanted = Wanted(said.name, said.origin, said.kind, said.columns)
    try:
        begun = await compare(request, one, wanted)
    except BadInput as exc:
        where = WHERE.get(exc.where or "", exc.where)
        raise BadInput(exc.message, where=where, remedy=exc.remedy) from exc
    return told(request, _told(request, begun))


@routes.post(ONE + "/reopen")
@needs(May.LISTS)
@documented("Go back from the comparison to the columns", gives=ImportBody)
async def reopen(request: web.Request) -> web.Response:
    again = await site_of(request).lists.imports.reopen(known_import(request))
    return told(request, _told(request, again))


@routes.post(ONE + "/confirm")
@needs(May.LISTS)
@documented("Import what was compared", gives=ImportBody)
async def confirm_it(request: web.Request) -> web.Response:
    begun = await confirm(request, known_import(request))
    return told(request, _told(request, begun))


@routes.post(ONE + "/cancel")
@needs(May.LISTS)
@documented("Stop, and throw the file away", gives=ImportBody)
async def cancel_it(request: web.Request) -> web.Response:
    """What was stored of the list goes too."""
    ended = await cancel(request, known_import(request))
    return told(request, _told(request, ended))


@routes.get(ONE + "/rejects")
@needs(May.EXPORT)
@documented("The refused rows, as CSV", gives=bytes, content="text/csv")
async def rejects(request: web.Request) -> web.StreamResponse:
    """With row, reason and remedy. It holds numbers unmasked, and is noted."""
    return await pages.rejects(request)


def _told(request: web.Request, one: ListImport) -> dict[str, object]:
    """Return an import as `ImportBody` has it."""
    hindi, room = site_of(request).texts.of("hi"), site_of(request).lists
    facts = {name: getattr(one, name) for name in _NAMES}
    return facts | {
        "problem_hi": hindi.told(one.problem)[0],
        "problem_en": one.problem,
        "remedy_hi": hindi.told(one.remedy)[0],
        "remedy_en": one.remedy,
        "has_rejects": may_do(request, May.EXPORT)
        and room.imports.rejects(one) is not None,
    }


_NAMES = [one.name for one in fields(ListImport)]
