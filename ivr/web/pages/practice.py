"""Practising: begun and ended at one's own desk; the in-charge's score sheet.

In-charges see the telecallers of their centre and what lies under it. A telecaller
sees their own practices, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from ivr.controller.operations import DeskView
from ivr.controller.practice import Practices
from ivr.core.access import May
from ivr.core.model import CentreCode, TelecallerId
from ivr.core.practice import Mark, Practice, PracticeEnd, marks, score
from ivr.errors import BadInput
from ivr.report import words
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import note, site_of
from ivr.web.texts import N_
from ivr.web.whose import is_theirs, own_desk, within

routes = web.RouteTableDef()

SHOWN = 50  # practices of one telecaller
WIDTH, HEIGHT = 120, 32  # of the line of scores, in its own units
CRITERIA = {
    "first_word": N_("First word"),
    "listening": N_("Listens and speaks"),
    "heard_out": N_("Heard them out"),
    "answers": N_("Answers found out"),
    "outcome": N_("What came of it"),
    "wrap_up": N_("Noted in time"),
}
ENDS = {
    PracticeEnd.VOTER: N_("the person had said all"),
    PracticeEnd.LOST_PATIENCE: N_("the person heard nothing and hung up"),
    PracticeEnd.TELECALLER: N_("the telecaller hung up"),
    PracticeEnd.LINE: N_("the line broke"),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """A practice with its points."""

    it: Practice
    score: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One telecaller of the score sheet."""

    desk: DeskView
    count: int
    last: Scored | None
    best: int
    trend: str


def practices_of(request: web.Request) -> Practices:
    """Return where one practises. Raises HTTPNotFound where nobody does."""
    practices = site_of(request).practices
    if practices is None:
        raise web.HTTPNotFound
    return practices


# The telecaller


@routes.get("/desk/practice")
@needs(May.DESK)
async def own_practices(request: web.Request) -> web.StreamResponse:
    desk = site_of(request).operations.desk(own_desk(request))
    return await _details(request, desk, is_own=True)


@routes.post("/desk/practice/begin")
@needs(May.DESK)
async def begin(request: web.Request) -> web.StreamResponse:
    """Leave the pool and have a virtual voter come."""
    scenario = str((await request.post()).get("scenario", ""))
    await practices_of(request).begin(own_desk(request), scenario)
    about = f"telecaller {own_desk(request)}"
    await note(request, "practice_began", about, scenario=scenario)
    return web.Response(status=204)


@routes.post("/desk/practice/end")
@needs(May.DESK)
async def end(request: web.Request) -> web.StreamResponse:
    await practices_of(request).end(own_desk(request))
    return web.Response(status=204)


# The in-charge


@routes.get("/practice")
@needs(May.FLOOR)
async def score_sheet(request: web.Request) -> web.StreamResponse:
    site = site_of(request)
    lines = [_line(desk, found) for desk, found in await sheets_of(request)]
    return page(
        request,
        "practice.html",
        lines=lines,
        tree=site.tree,
        width=WIDTH,
        height=HEIGHT,
    )


async def sheets_of(request: web.Request) -> list[tuple[DeskView, list[Practice]]]:
    """Return the desks of the user's centre, each with its last practices first."""
    desks = [
        desk
        for desk in site_of(request).operations.desks()
        if is_theirs(request, CentreCode(desk.centre))
    ]
    found = await practices_of(request).of([d.telecaller_id for d in desks], SHOWN)
    return [
        (desk, [one for one in found if one.telecaller_id == desk.telecaller_id])
        for desk in sorted(desks, key=lambda desk: (desk.centre, desk.name))
    ]


@routes.get("/practice/{telecaller_id}")
@needs(May.FLOOR)
async def of_one(request: web.Request) -> web.StreamResponse:
    asked = TelecallerId(request.match_info["telecaller_id"])
    try:
        desk = site_of(request).operations.desk(asked)
    except BadInput:
        raise web.HTTPNotFound from None
    within(request, CentreCode(desk.centre))
    return await _details(request, desk, is_own=False)


async def _details(
    request: web.Request, desk: DeskView, *, is_own: bool
) -> web.Response:
    found = await practices_of(request).of([desk.telecaller_id], SHOWN)
    return page(
        request,
        "practice_of.html",
        desk=desk,
        is_own=is_own,
        scored=[scored_of(one) for one in found],
        line=_line(desk, found),
        criteria=CRITERIA,
        ends=ENDS,
        talks=words.TALK_OUTCOMES,
        width=WIDTH,
        height=HEIGHT,
    )


def scored_of(practice: Practice) -> Scored:
    """Return a practice with its points."""
    return Scored(practice, score(practice), marks(practice))


def _line(desk: DeskView, found: Sequence[Practice]) -> _Line:
    """Return a telecaller's line; `found` has the latest first."""
    scored = [scored_of(one) for one in found]
    scores = [one.score for one in reversed(scored)]
    return _Line(
        desk,
        len(scored),
        scored[0] if scored else None,
        max(scores, default=0),
        trend(scores, WIDTH, HEIGHT),
    )


def trend(scores: list[int], width: int, height: int) -> str:
    """Return the points of a line through the scores, oldest first, for a drawing.

    The first is at the left, 100 at the top: "0,30 50,10". One alone is a short line.
    """
    if not scores:
        return ""
    if len(scores) == 1:
        scores = scores * 2
    step = width / (len(scores) - 1)
    return " ".join(
        f"{round(n * step)},{round(height - height * one / 100)}"
        for n, one in enumerate(scores)
    )
