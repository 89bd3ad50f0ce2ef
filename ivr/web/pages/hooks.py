"""Webhooks: which addresses are told of what, and what became of each telling."""

from __future__ import annotations

import secrets

from aiohttp import web

from ivr.controller.hooks import Delivery, Hooks
from ivr.core.access import May
from ivr.core.happenings import HappeningKind, Hook, HookId
from ivr.core.model import CentreCode
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.hook_sender import check_url
from ivr.web.page import page
from ivr.web.site import note, site_of, user_of
from ivr.web.texts import N_, parts_of
from ivr.web.whose import centres_of, is_theirs

routes = web.RouteTableDef()

SHOWN = 10  # the last deliveries of each hook
KINDS = {
    HappeningKind.CALL_ENDED: N_("A call ended"),
    HappeningKind.ANSWER_GIVEN: N_("An answer was given"),
    HappeningKind.OPT_OUT: N_("Somebody asked not to be called again"),
    HappeningKind.CAMPAIGN_FINISHED: N_("A campaign is finished"),
    HappeningKind.JOURNAL_ROOT: N_("A day is over: the root of its record"),
}
STATES = {
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "dead": N_("given up"),
}


def hooks_of(request: web.Request) -> Hooks:
    return site_of(request).hooks


@routes.get("/programs/webhooks")
@needs(May.PROGRAMS)
async def webhooks(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    own = await seen_hooks(request)
    last: dict[str, list[Delivery]] = {
        one.hook_id: await hooks_of(request).store.last(one.hook_id, SHOWN)
        for one in own
    }
    return page(
        request,
        "webhooks.html",
        status=status,
        hooks=own,
        last=last,
        kinds=KINDS,
        states=STATES,
        centres=centres_of(request),
        tree=site_of(request).tree,
        **values,
    )


async def seen_hooks(request: web.Request) -> list[Hook]:
    """Return the webhooks of the user's centre, ended ones too, newest first."""
    found = await hooks_of(request).store.hooks()
    return [one for one in found if is_theirs(request, one.centre)]


@routes.post("/programs/webhooks")
@needs(May.PROGRAMS)
async def make(request: web.Request) -> web.StreamResponse:
    """Make a webhook and show what its messages are signed with."""
    given = await request.post()
    filled = {name: str(given.get(name, "")) for name in ("name", "url", "centre")}
    kinds = [str(one) for one in given.getall("kinds", [])]
    try:
        hook = new_hook(request, filled, kinds, bool(given.get("has_numbers")))
        secret = await keep_hook(request, hook)
    except BadInput as exc:
        return await _page(request, status=400, problem=parts_of(exc), filled=filled)
    return await _page(request, made=hook, secret=secret)


async def keep_hook(request: web.Request, hook: Hook) -> str:
    """Keep a new webhook; return its secret. Raises BadInput for its address."""
    await check_url(hook.url)
    await hooks_of(request).store.keep_hook(hook)
    await note(
        request,
        "webhook_made",
        f"webhook {hook.hook_id}",
        centre=hook.centre,
        name=hook.name,
        url=hook.url,
        kinds=" ".join(sorted(hook.kinds)),
        numbers=str(hook.has_numbers).lower(),
    )
    return hooks_of(request).secret_of(hook.hook_id)


def new_hook(
    request: web.Request, filled: dict[str, str], kinds: list[str], has_numbers: bool
) -> Hook:
    """Return a hook by its name, url and centre. Raises BadInput."""
    name, centre = " ".join(filled["name"].split()), CentreCode(filled["centre"])
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise BadInput("1 to 80 letters: who is told?", where="name")
    if not is_theirs(request, centre):
        raise BadInput("choose a centre", where="centre")
    if not kinds or set(kinds) - {str(one) for one in HappeningKind}:
        raise BadInput("choose what it is told of", where="kinds")
    return Hook(
        HookId(secrets.token_hex(5)),
        name,
        filled["url"].strip(),
        user_of(request).user_id,
        centre,
        frozenset(HappeningKind(one) for one in kinds),
        has_numbers,
        site_of(request).now(),
    )


@routes.post("/programs/webhooks/{hook_id}/end")
@needs(May.PROGRAMS)
async def end(request: web.Request) -> web.StreamResponse:
    """End a webhook, and what waits for it."""
    await end_hook(request, await known_hook(request))
    raise web.HTTPSeeOther("/programs/webhooks")


async def known_hook(request: web.Request) -> Hook:
    """Return the webhook that is meant. Raises HTTPNotFound."""
    hook_id = HookId(request.match_info["hook_id"])
    for hook in await seen_hooks(request):
        if hook.hook_id == hook_id:
            return hook
    raise web.HTTPNotFound


async def end_hook(request: web.Request, hook: Hook) -> None:
    """End a webhook; one that has ended stays so."""
    if await hooks_of(request).store.end_hook(hook.hook_id):
        about = f"webhook {hook.hook_id}"
        await note(request, "webhook_ended", about, centre=hook.centre, name=hook.name)
