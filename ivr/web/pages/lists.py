"""Lists: how many people each has, and which; numbers are masked.

Everything here is of the user's own centres: what else a list has does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from ivr.core.access import May
from ivr.core.list_facts import Segment, Some
from ivr.core.model import ListName
from ivr.core.origin import OriginKind
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.pages.list_words import LANGUAGE_NAMES, ORIGINS, STATES
from ivr.web.site import LANGUAGE, site_of
from ivr.web.whose import is_theirs, own_centres

routes = web.RouteTableDef()

IN_A_SAMPLE = 20


@routes.get("/lists")
@needs(May.LISTS)
async def lists(request: web.Request) -> web.StreamResponse:
    room = site_of(request).lists
    own = [
        one
        for one in room.imports.all()
        if is_theirs(request, one.centre) and not one.is_do_not_call
    ]
    return page(
        request,
        "lists.html",
        lists=await room.lists.lists(own_centres(request)),
        imports=own,
        states=STATES,
        max_bytes=room.imports.max_bytes,
        has_erasures=site_of(request).erasures is not None,
    )


@routes.get("/lists/{list_name}")
@needs(May.LISTS)
async def one_list(request: web.Request) -> web.StreamResponse:
    """A list, or the part of it that the address asks for."""
    room, centres = site_of(request).lists, own_centres(request)
    name = ListName(request.match_info["list_name"])
    found = await room.lists.one(name, centres)
    if found is None:
        raise web.HTTPNotFound
    segment = Segment.asked(request.query)
    return page(
        request,
        "list.html",
        one=found,
        segment=segment,
        facets=await room.lists.facets(name, segment, centres),
        sample=await room.lists.sample(name, segment, centres, Some(IN_A_SAMPLE)),
        segment_is_set=segment != Segment(),
        district_names=_in_language(request, room.districts),
        scheme_names=_in_language(request, room.schemes),
        language_names={
            code: site_of(request).texts.of(request[LANGUAGE]).gettext(name)
            for code, name in LANGUAGE_NAMES.items()
        },
        origins={str(kind): ORIGINS.get(kind, "") for kind in OriginKind},
    )


def _in_language(
    request: web.Request, names: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    at = 0 if request[LANGUAGE] == "hi" else 1
    return {code: both[at] for code, both in names.items()}
