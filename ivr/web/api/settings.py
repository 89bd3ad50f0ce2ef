"""The API's settings: what is set, what is wrong with it, and the files edited here.

By the same functions as the pages. Settings are of the whole: others find none.
"""

from __future__ import annotations

from datetime import date

from aiohttp import web
from pydantic import Field

from ivr.controller.settings_workshop import Election, Overview, PaperView
from ivr.core.access import May
from ivr.core.findings import Finding
from ivr.core.model import Centre, Mode
from ivr.web.api.bodies import TEXT, Code, Sent, SpanBody, Told
from ivr.web.api.documented import body, documented, told
from ivr.web.guard import needs
from ivr.web.pages.settings import PARTS, known_file, save_file, settings_of

routes = web.RouteTableDef()

FILES = "/api/v1/settings-files"
ONE = FILES + "/{file}"
MAX_FILE_BODY = 512 * 1024  # bytes; 60,000 Hindi letters as \u0939


class SettingsTelecaller(Told):
    telecaller_id: str
    name: str
    centre: str
    languages: list[str]
    skills: list[str]


class TrunkBody(Told):
    """A trunk, without its secret: only whether there is one."""

    name: str
    host: str
    port: int
    transport: str
    caller_ids: list[str]
    channels: int
    calls_per_s: float
    a2p_declared_on: date | None
    needs_secret: bool
    has_secret: bool


class HoursBody(Told):
    """The usual hours of a mode; a campaign may have its own."""

    mode: Mode
    windows: list[SpanBody]


class SettingsBody(Told):
    """The settings as they are read from the files now."""

    centres: list[Centre]
    telecallers: list[SettingsTelecaller]
    trunks: list[TrunkBody]
    hours: list[HoursBody]
    holidays: list[tuple[date, str]]
    elections: list[Election]
    papers: list[PaperView] = Field(description="Certificates, letters of authority.")
    problem: str = Field(description="A file that cannot be read; empty: none.")


class SettingsFileBody(Told):
    """A file that may be edited here."""

    name: str
    part: str
    path: str
    text: str
    version: str = Field(description="Changes with its text.")
    needs_restart: bool


class TextSent(Sent):
    text: str = Field(max_length=60_000, pattern=TEXT)


class FileSent(TextSent):
    version: Code = Field(description="Of the text that was edited.")


@routes.get("/api/v1/settings")
@needs(May.SETTINGS)
@documented("All settings, without passwords", gives=SettingsBody)
async def settings(request: web.Request) -> web.Response:
    return told(request, _settings(await settings_of(request).overview()))


def _settings(found: Overview) -> dict[str, object]:
    trunk_fields = TrunkBody.model_fields.keys() - {"needs_secret", "has_secret"}
    trunks = [
        {name: getattr(one.trunk, name) for name in trunk_fields}
        | {"needs_secret": one.needs_secret, "has_secret": one.has_secret}
        for one in found.trunks
    ]
    return {
        "centres": found.centres,
        "telecallers": found.telecallers,
        "trunks": trunks,
        "hours": [{"mode": mode, "windows": spans} for mode, spans in found.windows],
        "holidays": found.holidays,
        "elections": found.elections,
        "papers": found.papers,
        "problem": found.problem,
    }


@routes.get("/api/v1/settings/{part}/check")
@needs(May.SETTINGS)
@documented("What is right and wrong with a part", gives=list[Finding])
async def check_part(request: web.Request) -> web.Response:
    """Trunks are asked by the network."""
    workshop, part = settings_of(request), request.match_info["part"]
    if part not in PARTS:
        raise web.HTTPNotFound
    return told(request, await workshop.check(part))


@routes.get(FILES)
@needs(May.SETTINGS)
@documented("The files that may be edited here", gives=list[SettingsFileBody])
async def files(request: web.Request) -> web.Response:
    return told(request, await settings_of(request).files())


@routes.get(ONE)
@needs(May.SETTINGS)
@documented("One file", gives=SettingsFileBody)
async def file(request: web.Request) -> web.Response:
    return told(request, await known_file(request))


@routes.post(ONE + "/check")
@needs(May.SETTINGS)
@documented(
    "What would be wrong with a file as this text",
    gives=list[Finding],
    takes=TextSent,
    at_most=MAX_FILE_BODY,
)
async def check_text(request: web.Request) -> web.Response:
    """Nothing is kept."""
    one, said = await known_file(request), await body(request, TextSent)
    return told(request, await settings_of(request).check_text(one.name, said.text))


@routes.put(ONE)
@needs(May.SETTINGS)
@documented(
    "Put a text in place, if it is right",
    gives=SettingsFileBody,
    takes=FileSent,
    at_most=MAX_FILE_BODY,
)
async def save(request: web.Request) -> web.Response:
    """The former text is kept. Refused if somebody saved since `version`."""
    one, said = await known_file(request), await body(request, FileSent)
    return told(request, await save_file(request, one, said.text, said.version))
