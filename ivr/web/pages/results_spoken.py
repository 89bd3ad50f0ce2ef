"""Spoken answers: heard in the page, and noted down. Nobody's name or number."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from functools import partial

from aiohttp import web

from ivr.controller.results import SPOKEN_ON_A_PAGE
from ivr.core.access import May
from ivr.core.flow_model import Flow
from ivr.core.results import Words
from ivr.core.spoken import SpokenAnswer
from ivr.core.summary_answers import words_of
from ivr.core.summary_groups import district_words, scheme_words, tags_of
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.pages.results import chosen, given, listed_of
from ivr.web.site import WHO, note, site_of, user_of
from ivr.web.sound import send
from ivr.web.texts import Said, parts_of

routes = web.RouteTableDef()

HEARD_FOR = timedelta(minutes=5)
MOST_HEARD = 10_000
AFTER = re.compile(r"([A-Za-z0-9._-]{1,100}),([0-9]{1,6})")


Hearing = tuple[str, str, str, int]  # user, their token or "", call, which answer


class Heard:
    """Who lately began to hear what. The oldest are forgotten, and noted again."""

    def __init__(self) -> None:
        self._since: dict[Hearing, datetime] = {}

    def is_going_on(self, one: Hearing, now: datetime) -> bool:
        since = self._since.get(one)
        return since is not None and now - since < HEARD_FOR

    def began(self, one: Hearing, now: datetime) -> None:
        self._since.pop(one, None)  # else it would keep its old place
        self._since[one] = now
        if len(self._since) > MOST_HEARD:
            del self._since[next(iter(self._since))]


HEARD: web.AppKey[Heard] = web.AppKey("heard")


@routes.get("/results/{campaign_id}/spoken")
@needs(May.LISTEN)
async def spoken(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, problem: Said | str = ""
) -> web.Response:
    listed, selection = await listed_of(request), chosen(request)
    site, user = site_of(request), user_of(request)
    campaign_id = listed.campaign.campaign_id
    found = await site.results.spoken(user, campaign_id, selection, _after(request))
    flow = await site.results.flow(campaign_id)
    shown = found[:SPOKEN_ON_A_PAGE]
    last = shown[-1] if len(found) > len(shown) else None
    return page(
        request,
        "results_spoken.html",
        status=status,
        found=[(one, _asked(flow, one)) for one in shown],
        is_there=partial(site.results.has_sound, user),
        district=lambda code: district_words(site.results.names, code),
        schemes=lambda tags: [
            scheme_words(site.results.names, tag) for tag in tags_of(tags)
        ],
        older=f"{last.call_id},{last.seq}" if last else "",
        problem=problem,
        **given(request, listed, selection),
    )


def _asked(flow: Flow, one: SpokenAnswer) -> Words:
    return words_of(flow, one.node)


def _after(request: web.Request) -> tuple[str, int] | None:
    found = AFTER.fullmatch(request.query.get("after", ""))
    return (found[1], int(found[2])) if found else None


@routes.get("/results/{campaign_id}/spoken/{call_id}/{seq}")
@needs(May.LISTEN)
async def recording(request: web.Request) -> web.StreamResponse:
    """The sound itself, or a part of it."""
    one = await one_of(request)
    sound = await site_of(request).results.sound(user_of(request), one)
    if sound is None:
        raise web.HTTPNotFound
    with contextlib.closing(sound):
        await _note_hearing(request, one)
        return await send(request, sound)


async def _note_hearing(request: web.Request, one: SpokenAnswer) -> None:
    """Note who hears it, whatever part they ask for; the many parts of once: once."""
    heard, now, who = request.app[HEARD], site_of(request).now(), request[WHO]
    asked = (str(who.user.user_id), who.token, str(one.call_id), one.seq)
    if heard.is_going_on(asked, now):
        return
    about = f"campaign {request.match_info['campaign_id']}, call {one.call_id}"
    await note(request, "spoken_answer_heard", about)
    heard.began(asked, now)


@routes.post("/results/{campaign_id}/spoken/{call_id}/{seq}")
@needs(May.LISTEN)
async def keep_note(request: web.Request) -> web.StreamResponse:
    """Keep what was said, in the listener's words."""
    one = await one_of(request)
    form = await request.post()
    try:
        await write(request, one, str(form.get("note", "")))
    except BadInput as exc:
        return await _page(request, status=400, problem=parts_of(exc))
    campaign = request.match_info["campaign_id"]
    query = f"?{request.query_string}" if request.query_string else ""
    back = f"/results/{campaign}/spoken{query}#a-{one.call_id}-{one.seq}"
    raise web.HTTPSeeOther(back)


async def write(request: web.Request, one: SpokenAnswer, said: str) -> None:
    """Keep what somebody says a recording says. Raises BadInput."""
    await site_of(request).results.note(user_of(request), one, said)
    campaign = request.match_info["campaign_id"]
    about = f"campaign {campaign}, call {one.call_id}"
    await note(request, "spoken_answer_noted", about)


async def one_of(request: web.Request) -> SpokenAnswer:
    """Return the recording, if its speaker is of the user's. Raises HTTPNotFound."""
    listed = await listed_of(request)
    seq = request.match_info["seq"]
    if not re.fullmatch(r"[0-9]{1,6}", seq):
        raise web.HTTPNotFound
    one = await site_of(request).results.one_spoken(
        user_of(request),
        listed.campaign.campaign_id,
        request.match_info["call_id"],
        int(seq),
    )
    if one is None:
        raise web.HTTPNotFound
    return one
