"""Settings: centres, trunks, hours, calendar, each with a check; some edited here."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.settings_workshop import SettingsFile, SettingsWorkshop
from ivr.core.access import May
from ivr.core.findings import Finding
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.pages.campaigns import MODES
from ivr.web.site import note, site_of
from ivr.web.texts import N_, Said, parts_of
from ivr.web.whose import within

routes = web.RouteTableDef()

PARTS = {
    "centres": N_("Centres and telecallers"),
    "trunks": N_("Trunks and caller IDs"),
    "hours": N_("Hours of calling"),
    "calendar": N_("Holidays, elections, permissions"),
}
FINDINGS = {
    "people": N_("Centres and telecallers"),
    "places": N_("Districts"),
    "calendar": N_("Holidays"),
    "elections": N_("Elections"),
    "never_dial": N_("Numbers that are never dialled"),
    "papers": N_("Certificates and letters"),
    "file": N_("The file"),
    "trunks": N_("Trunks"),
}


def settings_of(request: web.Request) -> SettingsWorkshop:
    """Return it to whoever sees everything: settings are of the whole."""
    within(request, None)
    workshop = site_of(request).settings
    if workshop is None:
        raise web.HTTPNotFound
    return workshop


@routes.get("/settings")
@needs(May.SETTINGS)
async def settings(request: web.Request) -> web.StreamResponse:
    settings_of(request)
    raise web.HTTPSeeOther("/settings/centres")


@routes.get("/settings/{part:centres|trunks|hours|calendar}")
@needs(May.SETTINGS)
async def part(request: web.Request) -> web.StreamResponse:
    """One part, readable; with ?check=yes what is wrong with it."""
    workshop, here = settings_of(request), request.match_info["part"]
    asked = request.query.get("check") == "yes"
    return page(
        request,
        "settings.html",
        parts=PARTS,
        part=here,
        all=await workshop.overview(),
        files=[one for one in await workshop.files() if one.part == here],
        findings=await workshop.check(here) if asked else None,
        checked=FINDINGS | {str(mode): name for mode, name in MODES.items()},
        modes=MODES,
        tree=site_of(request).tree,
    )


async def known_file(request: web.Request) -> SettingsFile:
    """Return the file that is meant. Raises HTTPNotFound."""
    found = await settings_of(request).file(request.match_info["file"])
    if found is None:
        raise web.HTTPNotFound
    return found


@routes.get("/settings/files/{file:[a-z0-9_-]{1,60}}")
@needs(May.SETTINGS)
async def edit(request: web.Request) -> web.StreamResponse:
    return await _editor(request, await known_file(request))


async def _editor(
    request: web.Request,
    file: SettingsFile,
    *,
    status: int = 200,
    text: str | None = None,
    problem: Said | str = "",
    findings: list[Finding] | None = None,
) -> web.Response:
    return page(
        request,
        "settings_file.html",
        status=status,
        file=file,
        text=file.text if text is None else text,
        problem=problem,
        findings=findings,
        checked=FINDINGS,
        parts=PARTS,
    )


@routes.post("/settings/files/{file:[a-z0-9_-]{1,60}}")
@needs(May.SETTINGS)
async def save(request: web.Request) -> web.StreamResponse:
    """Check the text, or put it in place; the former one is kept."""
    workshop, file, given = (
        settings_of(request),
        await known_file(request),
        await request.post(),
    )
    text = str(given.get("text", ""))
    if given.get("act") == "check":
        findings = await workshop.check_text(file.name, text)
        return await _editor(request, file, text=text, findings=findings)
    try:
        await save_file(request, file, text, str(given.get("version", "")))
    except BadInput as exc:
        return await _editor(
            request, file, status=400, text=text, problem=parts_of(exc)
        )
    raise web.HTTPSeeOther(f"/settings/{file.part}?check=yes")


async def save_file(
    request: web.Request, file: SettingsFile, text: str, version: str
) -> SettingsFile:
    """Put the text in place and note it. Raises BadInput, and nothing is changed."""
    saved = await settings_of(request).save(file.name, text, version)
    await note(
        request, "settings_saved", saved.path, before=file.version, after=saved.version
    )
    return saved
