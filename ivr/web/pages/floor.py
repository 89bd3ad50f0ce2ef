"""The floor of an in-charge: one centre and what lies under it, live by its feed.

What is done here (stops, messages, pauses) the page asks of the JSON API, so there is
one way to do it, with one check of who may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from ivr.controller.floor_operations import FloorView
from ivr.core.access import May, grants
from ivr.core.call import CallState
from ivr.core.day_counts import Counts
from ivr.core.desk import IN_TALK
from ivr.core.floor import CampaignOnFloor, FloorDesk
from ivr.core.funnel import GATES, gate_of
from ivr.core.model import (
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    DeskState,
    Mode,
    Telecaller,
)
from ivr.core.organisation import Tree, path
from ivr.core.pauses import is_over
from ivr.web.feed import Parts, feed
from ivr.web.floor_rows import DESK_STATES, LISTEN_MODES, ROWS, Row
from ivr.web.guard import needs
from ivr.web.page import moment, page, render
from ivr.web.site import LANGUAGE, WHO, may_do, site_of, user_of
from ivr.web.texts import N_
from ivr.web.whose import (
    campaigns_of,
    centre_of,
    centres_of,
    is_theirs,
    stops_to_lift,
)

routes = web.RouteTableDef()

# All floors change in the same moment, once a second. They are made one after the
# other, and what else is to be done, a desk's call for one, comes in between.
TURNS: web.AppKey[asyncio.Lock] = web.AppKey("floor_turns", asyncio.Lock)

CAMPAIGN_STATES = {
    CampaignState.RUNNING: N_("running"),
    CampaignState.PAUSED: N_("paused"),
}
MODES = {
    Mode.PREVIEW: N_("preview"),
    Mode.PROGRESSIVE: N_("progressive"),
    Mode.PREDICTIVE: N_("predictive"),
    Mode.BROADCAST: N_("broadcast"),
    "stopped": N_("stopped"),
}
FUNNEL = (
    ("dialled", N_("Dialled")),
    ("answered", N_("Answered")),
    ("person", N_("A person spoke or pressed")),
    ("finished", N_("Heard it to the end")),
    ("talked", N_("Talked with a telecaller")),
    ("opted_out", N_("Asked not to be called")),
)
_ORDER = {state: place for place, state in enumerate(DESK_STATES)}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of today's funnel."""

    title: str
    count: int
    share: float  # of those dialled


@dataclass(frozen=True, slots=True)
class Below:
    """A centre right under the one that is shown, in one line."""

    code: CentreCode
    name_hi: str
    name_en: str
    desks: int
    at_work: int
    free: int
    talking: int
    in_flow: int
    dialled: int
    talked: int
    abandonment: float
    alarms: int
    urgent: int


@routes.get("/floor")
@needs(May.FLOOR)
async def floor(request: web.Request) -> web.StreamResponse:
    """?centre=CODE: one's own, or one that lies under it."""
    centre = centre_of(request, request.query.get("centre"))
    tree = site_of(request).tree
    return page(
        request,
        "floor.html",
        parts=await _Parts(request, centre).now(),
        centre=tree[centre],
        below=[(one, len(path(one.code, tree))) for one in centres_of(request)],
        has_below=any(one.parent == centre for one in tree.values()),
        is_root=tree[centre].parent is None,
        phones=_phones(request),
        listen_modes=LISTEN_MODES,
    )


@routes.get("/feed/floor")
@needs(May.FLOOR)
async def floor_feed(request: web.Request) -> web.StreamResponse:
    centre = centre_of(request, request.query.get("centre"))
    site, who = site_of(request), request[WHO]
    shows = _Parts(request, centre)

    async def parts() -> Parts:
        async with request.app[TURNS]:
            return await shows.now()

    async def is_welcome() -> bool:
        if who.session is None:
            return True
        found = await site.users.still(who.session)
        # An open floor is somebody at work; whose centre changed sees another one.
        return found is not None and found[1] == who.user

    async def changed(seconds: float) -> None:
        await site.operations.floor.wait(shows.number, seconds)

    return await feed(request, parts, changed, is_welcome)


@routes.get("/floor/why/{campaign_id}")
@needs(May.FLOOR)
async def why(request: web.Request) -> web.StreamResponse:
    """Why nothing is dialled, as a part of the page."""
    centre = centre_of(request, request.query.get("centre"))
    campaign_id = CampaignId(request.match_info["campaign_id"])
    if campaign_id not in {c.campaign_id for c, _ in campaigns_of(request, centre)}:
        raise web.HTTPNotFound
    answer = await site_of(request).operations.floor.why_not(campaign_id, centre)
    text = render(request, "floor_why.html", why=answer)
    return web.Response(text=text, content_type="text/html")


def _phones(request: web.Request) -> list[Telecaller]:
    """Return the phones that the user may have rung to listen with."""
    if not may_do(request, May.SPY):
        return []
    user, site = user_of(request), site_of(request)
    found = [
        one for one in site.operations.in_charges() if is_theirs(request, one.centre)
    ]
    own = [one for one in found if one.telecaller_id == user.telecaller_id]
    return own or found


class _Parts:
    """What the floor shows now; a part is made again only when its values change."""

    def __init__(self, request: web.Request, centre: CentreCode) -> None:
        self._request = request
        self._centre = centre
        self._seen: dict[str, object] = {}
        self._made: dict[str, str] = {}
        self.number = 0

    async def now(self) -> Parts:
        view = site_of(self._request).operations.floor.view(self._centre)
        self.number = view.number
        for name, values in self._values(view).items():
            if self._seen.get(name) != values:
                self._seen[name] = values
                self._made[name] = self._render(name, values)
        return self._made

    def _render(self, name: str, values: Mapping[str, object]) -> str:
        return render(
            self._request,
            f"floor_{name}.html",
            tree=site_of(self._request).tree,
            centre=self._centre,
            can_control=May.CONTROL in grants(user_of(self._request)),
            **values,
        )

    def _values(self, view: FloorView) -> dict[str, dict[str, Any]]:
        shown = view.floor
        desks = sorted(shown.desks, key=_desk_order)
        lang = self._request[LANGUAGE]
        below = self._below()
        return {
            **({"centres": {"centres": below}} if below else {}),
            "alarms": {
                "alarms": list(view.alarms),
                "stops": list(view.stops),
                "liftable": stops_to_lift(self._request),
            },
            "now": {
                "calls": {str(s): shown.calls.get(s, 0) for s in CallState},
                "answer_rate": _rounded(shown.answer_rate),
                "abandonment": _rounded(shown.abandonment, 4),
                "stop": shown.stop,
                "free": shown.by_desk_state.get(DeskState.READY, 0),
                "at_work": sum(d.state is not DeskState.OFFLINE for d in desks),
            },
            "desks": self._desks(desks, shown.at),
            "prompts": {"nodes": shown.nodes},
            "campaigns": {
                "campaigns": shown.campaigns,
                "states": CAMPAIGN_STATES,
                "modes": MODES,
                "held": {
                    one.campaign_id: _held(one, lang, site_of(self._request).zone)
                    for one in shown.campaigns
                },
            },
            "today": {"steps": _steps(shown.today), "abandoned": shown.today.abandoned},
            "trunks": {"trunks": shown.trunks},
        }

    def _desks(self, desks: Sequence[FloorDesk], at: datetime) -> dict[str, Any]:
        site = site_of(self._request)
        lang, row_of = self._request[LANGUAGE], self._request.app[ROWS]
        can_control = May.CONTROL in grants(user_of(self._request))
        can_listen = bool(_phones(self._request))
        is_leaf = len({desk.centre for desk in desks}) < 2
        listeners = self._listeners()
        rows = [
            Row(
                desk,
                "" if is_leaf else _name(desk.centre, site.tree, lang),
                can_control,
                can_listen,
                _is_overlong(desk, at),
                tuple(listeners.get(desk.telecaller_id, ())),
            )
            for desk in desks
        ]
        return {
            "rows": [row_of(lang, row) for row in rows],
            "can_listen": can_listen,
            "is_leaf": is_leaf,
        }

    def _listeners(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return by telecaller whom the user sees listening: id, name, mode."""
        site = site_of(self._request)
        found: dict[str, list[tuple[str, str, str]]] = {}
        for one in site.operations.who_listens():
            if is_theirs(self._request, one.centre):
                said = (str(one.in_charge_id), one.name, str(one.mode))
                found.setdefault(one.telecaller_id, []).append(said)
        return found

    def _below(self) -> list[Below]:
        """Return the centres right under this one, those with trouble first."""
        site = site_of(self._request)
        floor, found = site.operations.floor, []
        for code, place in site.tree.items():
            if place.parent == self._centre:
                view = floor.view(code)
                found.append(_summary(place, view))
        return sorted(found, key=lambda one: (-one.urgent, -one.alarms))


def _summary(place: Centre, view: FloorView) -> Below:
    shown, states = view.floor, view.floor.by_desk_state
    return Below(
        code=place.code,
        name_hi=place.name_hi,
        name_en=place.name_en,
        desks=len(shown.desks),
        at_work=len(shown.desks) - states.get(DeskState.OFFLINE, 0),
        free=states.get(DeskState.READY, 0),
        talking=sum(states.get(state, 0) for state in IN_TALK),
        in_flow=shown.calls.get(CallState.IN_FLOW, 0),
        dialled=shown.today.dialled,
        talked=shown.today.talked,
        abandonment=round(shown.abandonment, 4),
        alarms=len(view.alarms) + len(view.stops),
        urgent=sum(one.is_urgent for one in view.alarms),
    )


def _desk_order(desk: FloorDesk) -> tuple[int, object]:
    return _ORDER[desk.state], desk.since


def _name(code: CentreCode, tree: Tree, lang: str) -> str:
    if code not in tree:
        return code
    return tree[code].name_hi if lang == "hi" else tree[code].name_en


def _is_overlong(desk: FloorDesk, now: datetime) -> bool:
    is_paused = desk.state is DeskState.PAUSED
    return is_paused and is_over(desk.reason, now - desk.since)


def _rounded(value: float | None, places: int = 2) -> float | None:
    return None if value is None else round(value, places)


def _held(one: CampaignOnFloor, lang: str, zone: ZoneInfo) -> str:
    """Return in the reader's words why a campaign may not dial, or ""."""
    reason, _, detail = one.held.partition(":")
    if not any(reason in gate.reasons for gate in GATES):
        return ""
    gate = gate_of(reason)
    said = gate.hi if lang == "hi" else gate.en
    opens = detail.partition("opens ")[2]
    if opens:
        said = f"{said}: {moment(datetime.fromisoformat(opens), lang, zone)}"
    return said


def _steps(today: Counts) -> list[Step]:
    return [
        Step(title, count, count / today.dialled if today.dialled else 0.0)
        for name, title in FUNNEL
        for count in (getattr(today, name),)
    ]
