"""A list comes in: the file, its columns, the comparison, the yes, the summary.

The file is streamed to disk; what is done with it happens beside the server, and the
page follows by the feed. Whoever comes back later sees where it stands.
"""

from __future__ import annotations

from aiohttp import web

from ivr.controller.list_imports import TooBig
from ivr.core.access import May
from ivr.core.list_import import AT_WORK, ListImport
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from ivr.web.encode import answer, attachment
from ivr.web.feed import feed
from ivr.web.guard import cookie_name, needs
from ivr.web.list_acts import (
    DO_NOT_CALL,
    Wanted,
    cancel,
    compare,
    confirm,
    known_import,
    read_sheet,
    taken,
)
from ivr.web.page import page, part
from ivr.web.pages.list_words import FIELDS, FORM_PROBLEMS, NOTES, ORIGINS, STATES
from ivr.web.site import LANGUAGE, WHO, may_do, note, site_of

routes = web.RouteTableDef()

PAGE = "/lists/imports/{import_id}"


@routes.post("/lists/imports/new")
@needs(May.LISTS)
async def take(request: web.Request) -> web.StreamResponse:
    """Take the body in as a file: ?file=NAME. The answer says where it goes on."""
    name, kind = request.query.get("file", ""), request.query.get("kind", "")
    try:
        one = await taken(request, name, is_do_not_call=kind == DO_NOT_CALL)
    except BadInput as exc:
        return _not_taken(request, exc)
    return answer({"where": _address(one)}, status=201)


def _not_taken(request: web.Request, exc: BadInput) -> web.StreamResponse:
    texts = site_of(request).texts.of(request[LANGUAGE])
    said = {
        "message": texts.told(exc.message)[0],
        "remedy": texts.told(exc.remedy or "")[0],
    }
    is_big = isinstance(exc, TooBig)
    response = answer(
        {"error_id": "too_big" if is_big else "bad_input", **said},
        status=413 if is_big else 400,
    )
    response.force_close()  # the rest of the file is not read
    return response


@routes.get(PAGE)
@needs(May.LISTS)
async def one_import(request: web.Request) -> web.StreamResponse:
    return _page(request, known_import(request))


@routes.get("/feed" + PAGE)
@needs(May.LISTS)
async def import_feed(request: web.Request) -> web.StreamResponse:
    """The import as it goes on."""
    site, seen = site_of(request), known_import(request)
    session = request[WHO].session

    async def parts() -> dict[str, str]:
        nonlocal seen
        seen = site.lists.imports.one(seen.import_id) or seen
        values = _values(request, seen)
        values["csrf"] = session.csrf if session else ""
        texts = site.texts.of(request[LANGUAGE])
        text = part(texts, "list_import_part.html", zone=site.zone, **values)
        return {"import": text}

    async def changed(seconds: float) -> None:
        await site.lists.imports.wait_change(seen, seconds)

    async def is_welcome() -> bool:
        cookie = request.cookies.get(cookie_name(site), "")
        return session is None or await site.users.who(cookie) is not None

    return await feed(request, parts, changed, is_welcome)


@routes.post(PAGE)
@needs(May.LISTS)
async def go_on(request: web.Request) -> web.StreamResponse:
    """Say what the columns are, confirm, go back, or throw the file away."""
    one, given = known_import(request), await request.post()
    filled = {name: str(value) for name, value in given.items()}
    try:
        await _act(request, one, filled)
    except BadInput as exc:
        latest = site_of(request).lists.imports.one(one.import_id) or one
        return _page(request, latest, status=400, refused=exc, filled=filled)
    raise web.HTTPSeeOther(_address(one))


async def _act(request: web.Request, one: ListImport, filled: dict[str, str]) -> None:
    match filled.get("act", ""):
        case "choose":
            await compare(request, one, _wanted(one, filled))
        case "sheet":
            await read_sheet(request, one, filled.get("sheet", ""))
        case "reopen":
            await site_of(request).lists.imports.reopen(one)
        case "confirm":
            await confirm(request, one)
        case "cancel":
            await cancel(request, one)
        case _:
            raise BadInput("this cannot be done")


def _wanted(one: ListImport, filled: dict[str, str]) -> Wanted:
    kind = filled.get("kind", "")
    if kind not in {str(known) for known in OriginKind}:
        raise BadInput("choose on what ground they may be called", where="--origin")
    columns = {
        column.index: filled[f"column-{column.index}"]
        for column in (one.look.columns if one.look else ())
        if f"column-{column.index}" in filled
    }
    return Wanted(
        filled.get("name", ""), filled.get("origin", ""), OriginKind(kind), columns
    )


@routes.get(PAGE + "/rejects")
@needs(May.EXPORT)
async def rejects(request: web.Request) -> web.StreamResponse:
    """The refused rows, with reason and remedy, for a spreadsheet."""
    one = known_import(request)
    path = site_of(request).lists.imports.rejects(one)
    if path is None:
        raise web.HTTPNotFound
    await note(request, "rejects_exported", f"file {one.file_name}")
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": attachment("rejects.csv"),
            "Cache-Control": "no-store",
        },
    )


def _address(one: ListImport) -> str:
    return PAGE.format(import_id=one.import_id)


def _page(
    request: web.Request,
    one: ListImport,
    *,
    status: int = 200,
    refused: BadInput | None = None,
    filled: dict[str, str] | None = None,
) -> web.Response:
    values = _values(request, one)
    if refused is not None:
        form = FORM_PROBLEMS.get(refused.where or "")
        values["problem"] = form or refused.message
        values["remedy"] = "" if form else refused.remedy or ""
    values["filled"] = filled or {}
    return page(request, "list_import.html", status=status, **values)


def _values(request: web.Request, one: ListImport) -> dict[str, object]:
    """Return what the page, and the part of it that the feed sends, are made of."""
    room = site_of(request).lists
    origins = {
        str(kind): words
        for kind, words in ORIGINS.items()
        if room.is_government or kind is not OriginKind.GOVERNMENT_BENEFICIARY
    }
    return {
        "one": one,
        "is_at_work": one.state in AT_WORK,
        "has_rejects": may_do(request, May.EXPORT)
        and room.imports.rejects(one) is not None,
        "problem": one.problem,
        "remedy": one.remedy,
        "filled": {},
        "states": STATES,
        "origins": origins,
        "fields": FIELDS,
        "notes": NOTES,
    }
