"""The API's users and audit log: who may sign in, and who did what."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from ivr.core.access import May, User, grants
from ivr.errors import BadInput
from ivr.web.api.bodies import (
    AuditBody,
    MeBody,
    NewUserBody,
    Page,
    PageQuery,
    UserBody,
    UserChange,
)
from ivr.web.api.documented import (
    after,
    body,
    documented,
    number_after,
    page_of,
    query,
    told,
)
from ivr.web.guard import needs
from ivr.web.pages.people import known_user, managed_user, new_user, refuse_taken_phone
from ivr.web.site import site_of, user_of
from ivr.web.whose import is_theirs, own_centres

routes = web.RouteTableDef()


@routes.get("/api/v1/me")
@needs(*May)
@documented("Who asks", gives=MeBody)
async def me(request: web.Request) -> web.Response:
    """The user, or for a token: whose it is and what it may do."""
    user = user_of(request)
    may = sorted(grants(user))
    return told(
        request,
        {
            "user_id": user.user_id,
            "name": user.name,
            "role": user.role,
            "centre": user.centre,
            "may": may,
        },
    )


@routes.get("/api/v1/users")
@needs(May.PEOPLE)
@documented("Users of your centre, by name", gives=Page[UserBody], asks=PageQuery)
async def users(request: web.Request) -> web.Response:
    asked = query(request, PageQuery)
    site, last = site_of(request), after(asked.cursor)
    found = sorted(
        (
            one
            for one in await site.users.store.users()
            if one.user_id > last and is_theirs(request, one.centre)
        ),
        key=lambda one: one.user_id,
    )
    return told(request, page_of(found, asked.limit, lambda one: one.user_id))


@routes.get("/api/v1/users/{user_id}")
@needs(May.PEOPLE)
@documented("One user", gives=UserBody)
async def user(request: web.Request) -> web.Response:
    return told(request, await known_user(request))


@routes.post("/api/v1/users")
@needs(May.PEOPLE)
@documented("Make a user", gives=UserBody, takes=NewUserBody, status=201)
async def add(request: web.Request) -> web.Response:
    """With a first password, and a role that may do no more than who asks."""
    said, site = await body(request, NewUserBody), site_of(request)
    made = new_user(request, said.model_dump(mode="json"))
    if await site.users.store.user(made.user_id):
        raise BadInput("this name is taken", where="user_id")
    await refuse_taken_phone(request, made)
    await site.users.add(made, said.password, by=_by(request))
    return told(request, made)


@routes.post("/api/v1/users/{user_id}")
@needs(May.PEOPLE)
@documented("Change a user", gives=UserBody, takes=UserChange)
async def change(request: web.Request) -> web.Response:
    """Switch off or on, give a new password, sign out everywhere: all or nothing."""
    known, said = await managed_user(request), await body(request, UserChange)
    users = site_of(request).users
    if said.password is not None and known.user_id == user_of(request).user_id:
        raise BadInput("one's own password is changed on one's page", where="password")
    if said.is_active:
        await refuse_taken_phone(request, known)
    if said.is_active is not None:
        known = _switched(request, known, said.is_active)
        await users.keep(known, by=_by(request), password=said.password)
    elif said.password is not None:
        await users.set_password(known, said.password, by=_by(request))
    if said.sign_out:
        await users.sign_out_everywhere(known, by=user_of(request))
    return told(request, known)


def _switched(request: web.Request, known: User, is_active: bool) -> User:
    if known.user_id == user_of(request).user_id and not is_active:
        raise BadInput("nobody switches themselves off", where="is_active")
    return replace(known, is_active=is_active)


def _by(request: web.Request) -> str:
    return user_of(request).user_id


@routes.get("/api/v1/audit")
@needs(May.AUDIT)
@documented(
    "The audit log of your centre, newest first", gives=Page[AuditBody], asks=PageQuery
)
async def audit(request: web.Request) -> web.Response:
    asked = query(request, PageQuery)
    site = site_of(request)
    entries = await site.users.store.audit(
        own_centres(request),
        before=number_after(asked.cursor),
        limit=asked.limit + 1,
    )
    return told(request, page_of(entries, asked.limit, lambda one: one.entry_id))
