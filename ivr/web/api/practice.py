"""The API's score sheets: how telecallers practised with a virtual voter.

In-charges see those of their centre and what lies under it, a telecaller their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from pydantic import Field

from ivr.core.access import May
from ivr.core.practice import Mark, Practice, PracticeEnd
from ivr.core.results import Words
from ivr.errors import BadInput
from ivr.web.api.bodies import Told
from ivr.web.api.documented import documented, told
from ivr.web.guard import needs
from ivr.web.handlers import telecaller_of
from ivr.web.pages.practice import SHOWN, practices_of, scored_of, sheets_of
from ivr.web.site import site_of

routes = web.RouteTableDef()


class PracticeBody(Told):
    """One practice with its points. Lengths are seconds."""

    practice_id: str
    telecaller_id: str
    scenario_id: str
    title: Words
    began_at: datetime
    ended_at: datetime | None
    ended_by: PracticeEnd | None
    first_word_s: float | None = Field(description="Null: they never spoke.")
    spoke_s: float
    heard_s: float
    share: float | None = Field(description="Of all that was said, the telecaller's.")
    lines: int = Field(description="That the voter had to say.")
    lines_heard: int
    answers: Mapping[str, str]
    right_answers: int
    outcome: str
    expected_outcome: str
    notes: str
    wrap_up_s: float | None
    score: int = Field(description="0 to 100.")
    marks: list[Mark] = Field(description="The points of each criterion.")


class ScoreLineBody(Told):
    """One telecaller of the score sheet."""

    telecaller_id: str
    name: str
    centre: str
    count: int = Field(description=f"Of their last practices: at most {SHOWN}.")
    best: int
    last: PracticeBody | None


def _told(practice: Practice) -> dict[str, object]:
    names = PracticeBody.model_fields.keys() - {"score", "marks"}
    scored = scored_of(practice)
    of_it = {name: getattr(practice, name) for name in names}
    return of_it | {"score": scored.score, "marks": scored.marks}


@routes.get("/api/v1/practices")
@needs(May.FLOOR)
@documented("The score sheet of your centre", gives=list[ScoreLineBody])
async def score_sheet(request: web.Request) -> web.Response:
    """A line for each telecaller, by centre and name."""
    return told(
        request,
        [
            {
                "telecaller_id": desk.telecaller_id,
                "name": desk.name,
                "centre": desk.centre,
                "count": len(found),
                "best": max((scored_of(one).score for one in found), default=0),
                "last": _told(found[0]) if found else None,
            }
            for desk, found in await sheets_of(request)
        ],
    )


@routes.get("/api/v1/desks/{telecaller_id}/practices")
@needs(May.DESK, May.FLOOR)
@documented("A telecaller's practices, the latest first", gives=list[PracticeBody])
async def of_one(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request)
    try:
        site_of(request).operations.desk(telecaller_id)
    except BadInput:
        raise web.HTTPNotFound from None
    found = await practices_of(request).of([telecaller_id], SHOWN)
    return told(request, [_told(one) for one in found])
