"""The API's webhooks: made and ended as on the page, with the fate of each telling."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from ivr.core.access import May
from ivr.core.happenings import DeliveryState, HappeningKind, Hook
from ivr.errors import BadInput
from ivr.web.api.bodies import TEXT, Asked, Code, Page, PageQuery, Sent, Told
from ivr.web.api.documented import (
    after,
    body,
    cursor_of,
    documented,
    query,
    told,
)
from ivr.web.guard import needs
from ivr.web.pages.hooks import (
    end_hook,
    hooks_of,
    keep_hook,
    known_hook,
    new_hook,
    seen_hooks,
)

routes = web.RouteTableDef()

HOOKS = "/api/v1/webhooks"
ONE = HOOKS + "/{hook_id}"


class HookBody(Told):
    """An address that is told of happenings of a centre and what lies under it."""

    hook_id: str
    name: str
    url: str
    user_id: str = Field(description="Who made it.")
    centre: str
    kinds: list[HappeningKind]
    has_numbers: bool = Field(description="False: numbers are masked.")
    made_at: datetime
    is_active: bool


class MadeHookBody(HookBody):
    secret: str = Field(
        description="What its messages are signed with: shown this once. Empty when "
        "the request is sent again."
    )


class NewHookSent(Sent):
    name: Code = Field(description="Who is told?")
    url: str = Field(min_length=1, max_length=500, pattern=TEXT)
    centre: Code
    kinds: list[HappeningKind] = Field(min_length=1, max_length=10)
    has_numbers: bool = False


class DeliveriesQuery(Asked):
    limit: int = Field(default=10, ge=1, le=200)


class DeliveryBody(Told):
    """One happening on its way. What was sent is not shown."""

    event_id: str
    kind: HappeningKind
    made_at: datetime
    next_at: datetime = Field(
        description="Of the next try; of the last, if it is over."
    )
    state: DeliveryState
    tries: int
    said: str = Field(description="What came of the last try.")


def _told(hook: Hook) -> dict[str, object]:
    fields = HookBody.model_fields.keys()
    return {name: getattr(hook, name) for name in fields} | {
        "kinds": sorted(hook.kinds)
    }


@routes.get(HOOKS)
@needs(May.PROGRAMS)
@documented(
    "Webhooks of your centre, newest first", gives=Page[HookBody], asks=PageQuery
)
async def webhooks(request: web.Request) -> web.Response:
    """Those too that have ended."""
    asked = query(request, PageQuery)
    last, found = after(asked.cursor), await seen_hooks(request)
    ids = [str(one.hook_id) for one in found]
    if last and last not in ids:
        raise BadInput("no cursor of this list", where="cursor")
    begin = ids.index(last) + 1 if last else 0
    items = found[begin : begin + asked.limit]
    more = len(found) > begin + asked.limit
    following = cursor_of(items[-1].hook_id) if more else None
    return told(request, {"items": [_told(one) for one in items], "next": following})


@routes.post(HOOKS)
@needs(May.PROGRAMS)
@documented("Make a webhook", gives=MadeHookBody, takes=NewHookSent, status=201)
async def make(request: web.Request) -> web.Response:
    """Its secret is in the answer, this once; it is in no database."""
    said = await body(request, NewHookSent)
    filled = {"name": said.name, "url": said.url, "centre": said.centre}
    kinds = [str(one) for one in said.kinds]
    hook = new_hook(request, filled, kinds, said.has_numbers)
    secret = await keep_hook(request, hook)
    shown = _told(hook)
    return told(request, shown | {"secret": secret}, kept=shown | {"secret": ""})


@routes.get(ONE)
@needs(May.PROGRAMS)
@documented("One webhook", gives=HookBody)
async def webhook(request: web.Request) -> web.Response:
    return told(request, _told(await known_hook(request)))


@routes.post(ONE + "/end")
@needs(May.PROGRAMS)
@documented("End a webhook, and what waits for it", gives=HookBody)
async def end(request: web.Request) -> web.Response:
    await end_hook(request, await known_hook(request))
    return told(request, _told(await known_hook(request)))


@routes.get(ONE + "/deliveries")
@needs(May.PROGRAMS)
@documented(
    "The last tellings of a webhook", gives=list[DeliveryBody], asks=DeliveriesQuery
)
async def deliveries(request: web.Request) -> web.Response:
    asked, hook = query(request, DeliveriesQuery), await known_hook(request)
    return told(request, await hooks_of(request).store.last(hook.hook_id, asked.limit))
