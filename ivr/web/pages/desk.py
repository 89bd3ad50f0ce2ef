"""A telecaller's own desk: the shift on one page, live by its feed.

Everything here is about the desk of whoever is signed in; no path names another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from ivr.controller.operations import DeskView, Operations
from ivr.controller.practice import Practices, PracticeState, PracticeView
from ivr.core.access import May
from ivr.core.card import Card, OwnDay
from ivr.core.desk import IN_TALK
from ivr.core.model import YEARS, CallId, DeskPhone, DeskState, TelecallerId
from ivr.core.pauses import REASONS, is_over
from ivr.core.talk import TalkState
from ivr.core.talk_outcomes import OUTCOMES
from ivr.core.transfer import Target, TargetKind
from ivr.errors import BadInput
from ivr.report import words
from ivr.web.feed import Parts, feed
from ivr.web.guard import needs
from ivr.web.page import page, render
from ivr.web.site import LANGUAGE, WHO, note, site_of
from ivr.web.texts import N_, Texts
from ivr.web.whose import own_desk

routes = web.RouteTableDef()

LOOK_AROUND_S = 2.0
BUSY = N_("busy")  # who cannot take a voter over now
PREVIEW_S = 20  # to read the card; then the page dials, unless there is a pause
# In this order. What somebody writes in stands in `work`, and is made again for another
# call only; the hours for a call back, which pass, have a part of their own.
PARTS = ("messages", "state", "card", "work", "back", "own")
STATES = {
    DeskState.OFFLINE: N_("Not at work"),
    DeskState.CALLING: N_("Your phone is being called"),
    DeskState.READY: N_("Ready: waiting for a call"),
    DeskState.RESERVED: N_("Somebody is coming"),
    DeskState.TALKING: N_("Talking"),
    DeskState.HOLDING: N_("The person waits"),
    DeskState.CONSULTING: N_("Talking with a colleague"),
    DeskState.WRAP_UP: N_("Note what was said"),
    DeskState.PAUSED: N_("Pause"),
    DeskState.RECONNECTING: N_("Your phone is away: calling it again"),
}

TALK_STATES = {
    TalkState.ON_HOLD: N_("On hold: the person hears music."),
    TalkState.RINGING: N_("%(name)s is being called; the person hears music."),
    TalkState.CONSULTING: N_("You talk with %(name)s; the person hears music."),
    TalkState.TOGETHER: N_("All three together, with %(name)s."),
}

PRACTICE_STATES = {
    PracticeState.CALLING: N_("Practice: %(title)s. The person is coming."),
    PracticeState.TALKING: N_("Practice: %(title)s. You speak first."),
    PracticeState.NOTING: N_("Practice: %(title)s. Note what came of it."),
}


def _ask(request: web.Request) -> Operations:
    return site_of(request).operations


@routes.get("/desk")
@needs(May.DESK)
async def desk(request: web.Request) -> web.StreamResponse:
    parts = await _Parts(request, own_desk(request)).now()
    return page(request, "desk.html", parts=parts)


@routes.get("/desk/feed")
@needs(May.DESK)
async def desk_feed(request: web.Request) -> web.StreamResponse:
    own, site, who = own_desk(request), site_of(request), request[WHO]
    shows = _Parts(request, own)

    async def is_welcome() -> bool:
        if who.session is None:
            return True
        found = await site.users.still(who.session)
        if found is None:
            return False
        await site.users.seen(found[0])  # an open desk is no idle one
        return True

    async def changed(seconds: float) -> None:
        if shows.is_behind():
            return  # it changed while the last parts were made: nobody tells again
        # To whom a voter can be handed changes with other desks, which tell nothing.
        limit = LOOK_AROUND_S if site.operations.desk(own).talk else seconds
        await site.operations.desk_changed(own, min(seconds, limit))

    return await feed(request, shows.now, changed, is_welcome)


class _Parts:
    """What the desk shows now; a part is made again when what it shows changed."""

    def __init__(self, request: web.Request, own: TelecallerId) -> None:
        self._request = request
        self._own = own
        self._view: DeskView | None = None
        self._made: dict[str, str] = {}
        self._shown: dict[str, object] = {}
        self._to: list[Target] = []
        self._card: Card | None = None
        self._day: OwnDay | None = None
        self._callback_days: object = ()
        self._practice: PracticeView | None = None

    def is_behind(self) -> bool:
        """Say whether the desk is another than the one last shown."""
        shown = (self._view, self._practice)
        return (_ask(self._request).desk(self._own), self._practised()) != shown

    async def now(self) -> Parts:
        view = _ask(self._request).desk(self._own)
        targets, practice = self._targets(view), self._practised()
        if not self._made or (view, practice) != (self._view, self._practice):
            await self._look(view)
            self._view, self._to, self._practice = view, targets, practice
            for name in PARTS:
                self._make(name, view)
        elif targets != self._to:
            self._to = targets
            self._make("state", view)
        return self._made

    async def _look(self, view: DeskView) -> None:
        """Ask for what the desk shows beside its own state."""
        # The day's figures change as a talk ends and as its outcome is noted. A call
        # that comes need not wait for the database to count them.
        states = {view.state, self._view.state if self._view else None}
        if self._day is None or DeskState.WRAP_UP in states:
            self._day = await _ask(self._request).own_day(self._own)
        self._card = await card_of(self._request, self._own)
        self._callback_days = self._days_for(view)

    def _make(self, name: str, view: DeskView) -> None:
        shows = self._what(name, view)
        if name not in self._made or self._shown[name] != shows:
            self._shown[name] = shows
            self._made[name] = self._render(f"desk_{name}.html", view)

    def _what(self, name: str, view: DeskView) -> object:
        """Return what a part is made of: while that is the same, so is the part."""
        match name:
            case "messages":
                return view.messages
            case "card" | "work":
                return self._card
            case "back":
                return self._card, self._callback_days
            case "own":
                return self._day
            case _:
                return view, self._to, self._practice

    def _render(self, template: str, view: DeskView) -> str:
        pause = view.state is DeskState.PAUSED
        now = site_of(self._request).now()
        practices = site_of(self._request).practices
        return render(
            self._request,
            template,
            view=view,
            card=self._card,
            day=self._day,
            states=STATES,
            reasons=REASONS,
            preview_s=PREVIEW_S,
            talk_states=TALK_STATES,
            practice_states=PRACTICE_STATES,
            targets=self._to,
            options=lambda some: _options(some, _texts(self._request).gettext(BUSY)),
            practice=self._practice,
            scenarios=practices.scenarios if practices else (),
            is_long=pause and is_over(view.reason, now - view.since),
            outcomes=[(str(n), w, words.TALK_OUTCOMES[w]) for n, w in _numbered()],
            ended=words.OUTCOMES,
            talks=words.TALK_OUTCOMES,
            callback_days=self._callback_days,
        )

    def _practised(self) -> PracticeView | None:
        practices = site_of(self._request).practices
        return practices.view(self._own) if practices else None

    def _targets(self, view: DeskView) -> list[Target]:
        is_own = view.state in IN_TALK and not view.is_partner
        if not is_own or view.talk not in (TalkState.JOINED, TalkState.ON_HOLD):
            return []
        return _ask(self._request).transfer_targets(self._own)

    def _days_for(self, view: DeskView) -> object:
        if view.call_id is None or self._card is None or self._card.call_id is None:
            return ()
        return _ask(self._request).callback_days(self._own, view.call_id)


def _texts(request: web.Request) -> Texts:
    return site_of(request).texts.of(request[LANGUAGE])


def _options(targets: Sequence[Target], busy: str) -> Markup:
    """Return whom a voter can be handed to: hundreds, seen anew every two seconds."""
    return Markup("").join(_option(one, busy) for one in targets)


@lru_cache(4096)
def _option(one: Target, busy: str) -> Markup:
    value = f"{one.kind}:{one.key}"
    if one.is_free:
        return Markup('<option value="{}">{}</option>').format(value, one.name)
    text = '<option value="{}" disabled>{} ({})</option>'
    return Markup(text).format(value, one.name, busy)


async def card_of(request: web.Request, own: TelecallerId) -> Card | None:
    """Return the card of whom the desk serves, or practises with."""
    practices = site_of(request).practices
    if practices is not None and practices.view(own) is not None:
        return practices.card(own)
    return await _ask(request).card(own)


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(OUTCOMES, start=1))


# What the telecaller does. Each answers 204: the feed shows what came of it.


def _done() -> web.Response:
    return web.Response(status=204)


# Those that say nothing more than that it is wanted.
ACTS: Mapping[str, Callable[[Operations, TelecallerId], Awaitable[DeskView]]] = {
    "ready": lambda ask, own: ask.ready(own),
    "dial": lambda ask, own: ask.preview_dial(own),  # show somebody, or dial them
    "end-talk": lambda ask, own: ask.end_talk(own),
    "hold": lambda ask, own: ask.hold(own),
    "take-back": lambda ask, own: ask.take_back(own),
    "hand-over": lambda ask, own: ask.hand_over(own),
    "bring-together": lambda ask, own: ask.bring_together(own),
}


def _route(name: str) -> None:
    @routes.post(f"/desk/{name}")
    @needs(May.DESK)
    async def act(request: web.Request) -> web.StreamResponse:
        await ACTS[name](_ask(request), own_desk(request))
        return _done()


for _name in ACTS:
    _route(_name)


@routes.post("/desk/log-in")
@needs(May.DESK)
async def log_in(request: web.Request) -> web.StreamResponse:
    """Have that phone of the telecaller rung: the page's, or their softphone."""
    given = str((await request.post()).get("phone", ""))
    if given not in {str(one) for one in DeskPhone}:
        raise BadInput("choose a phone", where="phone")
    own = own_desk(request)
    await _ask(request).log_in(own, DeskPhone(given))
    await note(request, "desk_logged_in", f"telecaller {own}", phone=given)
    return _done()


@routes.post("/desk/log-out")
@needs(May.DESK)
async def log_out(request: web.Request) -> web.StreamResponse:
    await _ask(request).log_out(own_desk(request))
    await note(request, "desk_logged_out", f"telecaller {own_desk(request)}")
    return _done()


@routes.post("/desk/pause")
@needs(May.DESK)
async def pause(request: web.Request) -> web.StreamResponse:
    given = await request.post()
    await _ask(request).pause(own_desk(request), str(given.get("reason", "")))
    return _done()


@routes.post("/desk/transfer")
@needs(May.DESK)
async def transfer(request: web.Request) -> web.StreamResponse:
    """Ask a telecaller, a centre or a listed number: first, or at once."""
    given = await request.post()
    kind, _, key = str(given.get("to", "")).partition(":")
    how = str(given.get("how", ""))
    if kind not in {str(one) for one in TargetKind} or how not in ("warm", "cold"):
        raise BadInput("choose to whom", where="to")
    own = own_desk(request)
    await _ask(request).transfer(own, TargetKind(kind), key[:80], is_cold=how == "cold")
    await note(request, "transfer", f"telecaller {own}", to=f"{kind} {key[:80]}")
    return _done()


@routes.post("/desk/outcome")
@needs(May.DESK)
async def outcome(request: web.Request) -> web.StreamResponse:
    """Keep what came of the talk; in the wrap-up, that ends it."""
    given, own = await request.post(), own_desk(request)
    said = str(given.get("outcome", ""))
    if said not in OUTCOMES:
        raise BadInput("choose what came of the talk", where="outcome")
    notes = str(given.get("notes", ""))[:2000]
    if (practices := practised(request, own, given.get("call_id"))) is not None:
        await practices.outcome(own, said, notes)
        return _done()
    view = await _ask(request).outcome(own, _call(given.get("call_id")), said, notes)
    if view.state is DeskState.WRAP_UP:
        await _ask(request).ready(own)
    return _done()


@routes.post("/desk/messages/{message_id}/seen")
@needs(May.DESK)
async def message_seen(request: web.Request) -> web.StreamResponse:
    """The telecaller has read it."""
    message_id = request.match_info["message_id"]
    shown = {one.message_id for one in _ask(request).desk(own_desk(request)).messages}
    if message_id not in shown:
        raise web.HTTPNotFound  # read already, or another's
    await _ask(request).floor.message_seen(own_desk(request), message_id)
    return _done()


@routes.post("/desk/answer")
@needs(May.DESK)
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep an answer to a question of the form, as soon as it is given."""
    given, own = await request.post(), own_desk(request)
    asked, value = str(given.get("question", "")), str(given.get("value", ""))
    await keep_answer(request, own, _call(given.get("call_id")), asked, value)
    return _done()


async def keep_answer(
    request: web.Request, own: TelecallerId, call_id: CallId, asked: str, value: str
) -> None:
    """Keep an answer to a question of the form, of a call or a practice."""
    if (practices := practised(request, own, call_id)) is not None:
        await practices.answer(own, asked, value)
    else:
        await _ask(request).form_answer(own, call_id, asked, value)


@routes.post("/desk/call-back")
@needs(May.DESK)
async def call_back(request: web.Request) -> web.StreamResponse:
    """The person asked to be called again then, in their own time."""
    given = await request.post()
    zone: ZoneInfo = site_of(request).zone
    try:
        at = datetime.fromisoformat(str(given.get("at", ""))).replace(tzinfo=zone)
    except ValueError:
        at = None
    if at is None or at.year not in YEARS:
        raise BadInput("choose a day and a time", where="at")
    await _ask(request).call_back(own_desk(request), _call(given.get("call_id")), at)
    return _done()


def practised(
    request: web.Request, own: TelecallerId, given: object
) -> Practices | None:
    """Return the practices if that is no call, but what the desk practises."""
    practices = site_of(request).practices
    is_so = practices is not None and practices.has(own, str(given))
    return practices if is_so else None


def _call(given: object) -> CallId:
    if not isinstance(given, str) or not 1 <= len(given) <= 80:
        raise BadInput("no call is named", where="call_id")
    return CallId(given)
