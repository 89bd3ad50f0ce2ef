"""Files that are the same for everybody: scripts, styles, fonts, the screens' words."""

from __future__ import annotations

import re

from aiohttp import web

from ivr.web.guard import open_to_all
from ivr.web.page import BUILT
from ivr.web.site import site_of
from ivr.web.texts import LANGUAGES

routes = web.RouteTableDef()

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".map": "application/json",
}


@routes.get("/static/{name}")
@open_to_all
async def built(request: web.Request) -> web.StreamResponse:
    """A built file, or a font. Its name changes with what is in it."""
    name = request.match_info["name"]
    suffix = f".{name.rpartition('.')[2]}"
    if not NAME.fullmatch(name) or suffix not in TYPES:
        raise web.HTTPNotFound
    if not (BUILT / name).is_file():
        raise web.HTTPNotFound
    headers = FOR_EVER | {"Content-Type": TYPES[suffix]}
    return web.FileResponse(BUILT / name, headers=headers)


@routes.get("/texts/{language}/{version}")
@open_to_all
async def texts(request: web.Request) -> web.StreamResponse:
    """The words of one language, for what the browser writes itself."""
    language = request.match_info["language"]
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    found = site_of(request).texts.of(language)
    is_this = found.version == request.match_info["version"]
    return web.Response(
        text=found.as_json,
        content_type="application/json",
        headers=FOR_EVER if is_this else {"Cache-Control": "no-store"},
    )
