"""Programs: the tokens by which other software asks in a user's name."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.programs import TokenId
from ivr.core.access import May, User, UserId, grants
from ivr.core.model import CentreCode
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import site_of, user_of
from ivr.web.texts import N_, parts_of
from ivr.web.whose import centres_of, is_theirs

routes = web.RouteTableDef()

WHAT = {
    May.SELF: N_("Know whose token it is"),
    May.DESK: N_("Work at the user's own desk"),
    May.FLOOR: N_("See desks, calls and campaigns"),
    May.CONTROL: N_("Pause and stop campaigns, force a desk"),
    May.SPY: N_("Listen to calls"),
    May.RESULTS: N_("See results, in groups"),
    May.LISTEN: N_("Hear spoken answers"),
    May.EXPORT: N_("Take results away as files"),
    May.LISTS: N_("Bring contacts in, extend do-not-call"),
    May.CAMPAIGNS: N_("Make and start campaigns"),
    May.FLOWS: N_("Change flows and prompts"),
    May.APPROVE: N_("Approve what others made"),
    May.PEOPLE: N_("Make and change users (hence everything)"),
    May.SETTINGS: N_("Settings and metrics"),
    May.AUDIT: N_("Read the audit log"),
    May.PROGRAMS: N_("Tokens and webhooks"),
}


@routes.get("/programs")
@needs(May.PROGRAMS)
async def programs(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    site, asks = site_of(request), user_of(request)
    own = [one for one in grants(asks) if one in WHAT]
    users = await site.users.store.users()
    return page(
        request,
        "programs.html",
        status=status,
        tokens=await site.programs.seen_by(asks),
        what={one: WHAT[one] for one in WHAT if one in own},
        all_what=WHAT,
        users=[u for u in users if u.is_active and is_theirs(request, u.centre)],
        centres=centres_of(request),
        tree=site.tree,
        **values,
    )


@routes.post("/programs/tokens")
@needs(May.PROGRAMS)
async def make(request: web.Request) -> web.StreamResponse:
    """Make a token and show its secret: on this page, this once."""
    site, given = site_of(request), await request.post()
    may = [str(one) for one in given.getall("may", [])]
    filled = {name: str(given.get(name, "")) for name in ("name", "user_id", "centre")}
    try:
        unknown = set(may) - {str(one) for one in May}
        if unknown:
            raise BadInput("there is no such permission", where="may")
        token, secret = await site.programs.make(
            filled["name"],
            await _user(request, filled["user_id"]),
            CentreCode(filled["centre"]),
            frozenset(May(one) for one in may),
            by=user_of(request),
        )
    except BadInput as exc:
        again = {"problem": parts_of(exc), "filled": filled, "chosen": may}
        return await _page(request, status=400, **again)
    return await _page(request, made=token, secret=secret)


async def _user(request: web.Request, user_id: str) -> User:
    """Return the user whose token it shall be. Raises BadInput."""
    site = site_of(request)
    user = (
        await site.users.store.user(UserId(user_id)) if user_id.isprintable() else None
    )
    if user is None or not is_theirs(request, user.centre):
        raise BadInput("choose a user", where="user_id")
    return user


@routes.post("/programs/tokens/{token_id}/end")
@needs(May.PROGRAMS)
async def end(request: web.Request) -> web.StreamResponse:
    """End a token: its next request is refused."""
    token_id = TokenId(request.match_info["token_id"])
    if not await site_of(request).programs.end(token_id, by=user_of(request)):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther("/programs")
