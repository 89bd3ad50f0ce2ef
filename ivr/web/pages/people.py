"""Users: who may sign in, as what, and for which centre."""

from __future__ import annotations

import re
from dataclasses import replace

from aiohttp import web

from ivr.core.access import May, Role, User, UserId, may_hand_out, sees
from ivr.core.model import CentreCode, TelecallerId
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import site_of, user_of
from ivr.web.texts import N_, parts_of
from ivr.web.whose import centres_of, is_theirs, within

routes = web.RouteTableDef()

USER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
ROLES = {
    Role.TELECALLER: N_("Telecaller"),
    Role.IN_CHARGE: N_("In-charge"),
    Role.ADMIN: N_("Admin"),
    Role.AUDITOR: N_("Auditor"),
}


@routes.get("/people")
@needs(May.PEOPLE)
async def people(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    site, asks = site_of(request), user_of(request)
    users = await site.users.store.users()
    return page(
        request,
        "people.html",
        status=status,
        people=[one for one in users if is_theirs(request, one.centre)],
        centres=centres_of(request),
        phones=_phones(request, asks),
        roles=ROLES,
        tree=site.tree,
        **values,
    )


@routes.post("/people")
@needs(May.PEOPLE)
async def add(request: web.Request) -> web.StreamResponse:
    """Make a user with a first password."""
    site, given = site_of(request), await request.post()
    filled = {name: str(value) for name, value in given.items()}
    try:
        user = new_user(request, filled)
        if await site.users.store.user(user.user_id):
            raise BadInput("this name is taken", where="user_id")
        await refuse_taken_phone(request, user)
        await site.users.add(user, filled.get("password", ""), by=_by(request))
    except BadInput as exc:
        return await _page(request, status=400, problem=parts_of(exc), filled=filled)
    raise web.HTTPSeeOther("/people")


@routes.post("/people/{user_id}")
@needs(May.PEOPLE)
async def change(request: web.Request) -> web.StreamResponse:
    """Switch a user off or on, give a new password, or sign them out everywhere."""
    site, given = site_of(request), await request.post()
    user = await managed_user(request)
    match str(given.get("act", "")):
        case "off" if user.user_id != user_of(request).user_id:
            await site.users.keep(replace(user, is_active=False), by=_by(request))
        case "on":
            try:
                await refuse_taken_phone(request, user)
            except BadInput as exc:
                return await _page(request, status=400, problem=parts_of(exc))
            await site.users.keep(replace(user, is_active=True), by=_by(request))
        case "sign_out":
            await site.users.sign_out_everywhere(user, by=user_of(request))
        case "password" if user.user_id == user_of(request).user_id:
            raise web.HTTPSeeOther("/me")  # where the present one is asked for
        case "password":
            try:
                wanted = str(given.get("password", ""))
                await site.users.set_password(user, wanted, by=_by(request))
            except BadInput as exc:
                return await _page(request, status=400, problem=parts_of(exc))
        case _:
            return await _page(request, status=400, problem="this cannot be done")
    raise web.HTTPSeeOther("/people")


def _phones(request: web.Request, user: User) -> list[tuple[TelecallerId, str]]:
    """Return the phones of a user's part of the tree: telecallers' and in-charges'."""
    site = site_of(request)
    found = [
        (one.telecaller_id, one.name, CentreCode(one.centre))
        for one in site.operations.desks()
    ] + [
        (one.telecaller_id, one.name, one.centre)
        for one in site.operations.in_charges()
    ]
    return [(own, name) for own, name, at in found if sees(user, at, site.tree)]


async def known_user(request: web.Request) -> User:
    """Return the user meant, if they are of one's centre. Raises HTTPNotFound."""
    user_id = UserId(request.match_info["user_id"])
    if not USER_ID.fullmatch(user_id):
        raise web.HTTPNotFound
    user = await site_of(request).users.store.user(user_id)
    if user is None:
        raise web.HTTPNotFound
    within(request, user.centre)
    return user


async def managed_user(request: web.Request) -> User:
    """Return the user to change. Raises HTTPNotFound, HTTPForbidden."""
    user = await known_user(request)
    if not may_hand_out(user_of(request), user.role):
        raise web.HTTPForbidden(text="they may do more than you")
    return user


def _by(request: web.Request) -> str:
    return user_of(request).user_id


def new_user(request: web.Request, filled: dict[str, str]) -> User:
    """Return the user as the form has it. Raises BadInput."""
    asks = user_of(request)
    user_id = filled.get("user_id", "").strip().lower()
    if not USER_ID.fullmatch(user_id):
        raise BadInput("2 to 40 of a-z, 0-9, '.', '-', '_'", where="user_id")
    name = " ".join(filled.get("name", "").split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise BadInput("a name of 1 to 80 letters", where="name")
    role = filled.get("role", "")
    if role not in {str(one) for one in Role}:
        raise BadInput("choose a role", where="role")
    if not may_hand_out(asks, Role(role)):
        raise BadInput("a role that may do no more than you", where="role")
    centre = CentreCode(filled.get("centre", ""))
    if not is_theirs(request, centre):
        raise BadInput("choose a centre", where="centre")
    desk = TelecallerId(filled.get("telecaller_id", "")) or None
    made = User(UserId(user_id), name, Role(role), centre, desk)
    if desk is not None and desk not in {one for one, _ in _phones(request, made)}:
        raise BadInput("choose a phone of the centre", where="telecaller_id")
    return made


async def refuse_taken_phone(request: web.Request, user: User) -> None:
    """Refuse a phone that is another's. Raises BadInput.

    Two at one desk: one would hear the other's talks, and note them as theirs.
    """
    if user.telecaller_id is None:
        return
    for other in await site_of(request).users.store.users():
        is_other = other.user_id != user.user_id and other.is_active
        if is_other and other.telecaller_id == user.telecaller_id:
            raise BadInput("this phone is somebody else's", where="telecaller_id")
