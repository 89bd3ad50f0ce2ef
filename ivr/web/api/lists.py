"""The API's lists and do-not-call: how many people, which ones, who is never called.

What the pages show, by the same questions: people of one's own centres, masked.
"""

from __future__ import annotations

from dataclasses import fields

from aiohttp import web

from ivr.core.access import May
from ivr.core.list_facts import ListFacts, Segment, Some
from ivr.core.model import Contact, ListName, masked
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.web.api.bodies import Page, PageQuery
from ivr.web.api.documented import (
    after,
    body,
    documented,
    number_after,
    page_of,
    query,
    told,
)
from ivr.web.api.list_bodies import (
    BarredBody,
    BarredCountBody,
    ContactBody,
    ContactQuery,
    ListBody,
    NumberBody,
    OneListBody,
    SegmentQuery,
)
from ivr.web.guard import needs
from ivr.web.pages.do_not_call import sought
from ivr.web.site import note, site_of
from ivr.web.whose import own_centres

routes = web.RouteTableDef()


@routes.get("/api/v1/lists")
@needs(May.LISTS)
@documented(
    "Lists with people of your centre, by name", gives=Page[ListBody], asks=PageQuery
)
async def lists(request: web.Request) -> web.Response:
    asked = query(request, PageQuery)
    last = after(asked.cursor)
    known = await site_of(request).lists.lists.lists(own_centres(request))
    found = sorted((one for one in known if one.name > last), key=lambda one: one.name)
    return told(request, page_of(found, asked.limit, lambda one: one.name))


@routes.get("/api/v1/lists/{list_name}")
@needs(May.LISTS)
@documented("One list, or a part of it, counted", gives=OneListBody, asks=SegmentQuery)
async def one_list(request: web.Request) -> web.Response:
    """The query chooses a segment; its counts tell what else could be chosen."""
    asked, known = query(request, SegmentQuery), await _known(request)
    counted = await site_of(request).lists.lists.facets(
        known.name, _segment(asked), own_centres(request)
    )
    facts = {one.name: getattr(known, one.name) for one in fields(known)}
    return told(request, facts | {"segment": counted})


@routes.get("/api/v1/lists/{list_name}/contacts")
@needs(May.LISTS)
@documented(
    "A list's people, or a part of them", gives=Page[ContactBody], asks=ContactQuery
)
async def people(request: web.Request) -> web.Response:
    """The earliest stored first, numbers masked. Each page that is read is noted."""
    asked, known = query(request, ContactQuery), await _known(request)
    some = Some(asked.limit + 1, number_after(asked.cursor))
    # Page by page, a whole list goes away, as by an export.
    await note(request, "contacts_read", f"list {known.name}", after=str(some.after))
    found = await site_of(request).lists.lists.sample(
        known.name, _segment(asked), own_centres(request), some
    )
    part = page_of(
        [_contact(one) for one in found], asked.limit, lambda one: one.contact_id
    )
    return told(request, part)


def _contact(one: Contact) -> ContactBody:
    return ContactBody(
        contact_id=one.contact_id,
        name=one.name,
        number=masked(one.number),
        district=one.district,
        constituency=one.constituency,
        schemes=list(one.schemes),
        language=one.language,
    )


def _segment(asked: SegmentQuery) -> Segment:
    names = (one.name for one in fields(Segment))
    return Segment(**{name: getattr(asked, name).strip() for name in names})


async def _known(request: web.Request) -> ListFacts:
    """Return the list, if it has people of the user's. Raises HTTPNotFound."""
    name = ListName(request.match_info["list_name"])
    if "\x00" in name:  # which no database takes
        raise web.HTTPNotFound
    found = await site_of(request).lists.lists.one(name, own_centres(request))
    if found is None:
        raise web.HTTPNotFound
    return found


@routes.get("/api/v1/do-not-call")
@needs(May.LISTS)
@documented("How many numbers are never called", gives=BarredCountBody)
async def barred_count(request: web.Request) -> web.Response:
    """It is the whole organisation's, and is never told as a list.

    One is added by /api/v1/opt-outs, a file by /api/v1/list-imports?kind=do_not_call.
    """
    count = await site_of(request).lists.lists.barred_count()
    return told(request, {"count": count})


@routes.post("/api/v1/do-not-call/search")
@needs(May.LISTS)
@documented("Is a number never called", gives=BarredBody, takes=NumberBody)
async def search(request: web.Request) -> web.Response:
    """The number is in the body, as addresses are logged; each search is noted."""
    said = await body(request, NumberBody)
    number = parse_number(said.number)
    if isinstance(number, NumberProblem):
        raise BadInput("this is no number", where="number", remedy=number.remedy.en)
    found = await sought(request, number)
    return told(
        request,
        {
            "number": masked(number),
            "is_barred": found is not None,
            "since": found.since if found else None,
            "source": found.source if found else "",
        },
    )
