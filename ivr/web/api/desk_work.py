"""The API's own desk, while a telecaller works: card, form, call backs, own figures.

Nobody else's: the card is the person's, and what they say is the telecaller's to note.
An in-charge sees desks and calls on the floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aiohttp import web
from pydantic import AwareDatetime, Field

from ivr.core.access import May
from ivr.core.card import EarlierCall
from ivr.core.card import Told as ToldInFlow
from ivr.core.model import YEARS, CallId, DeskQuestion
from ivr.errors import BadInput
from ivr.web.api.bodies import TEXT, Asked, Code, Done, Hour, Note, Sent, Told
from ivr.web.api.documented import body, documented, query, told
from ivr.web.guard import needs
from ivr.web.handlers import telecaller_of
from ivr.web.pages.desk import card_of, keep_answer
from ivr.web.site import site_of

routes = web.RouteTableDef()

ONE = "/api/v1/desks/{telecaller_id}"


class CardBody(Told):
    """The person at the desk. Their number is masked."""

    call_id: str | None = Field(description="Null: a preview, nobody is dialled yet.")
    contact_id: int
    campaign_id: str
    title_hi: str
    title_en: str
    name: str
    number: str
    village: str
    district: str
    constituency: str
    schemes: list[str]
    facts: list[tuple[str, str]] = Field(description="The list's other columns.")
    answers: list[ToldInFlow] = Field(description="As the recorded flow heard them.")
    earlier: list[EarlierCall] = Field(description="The latest first.")
    script: list[str] = Field(description="Paragraphs, with the person's fields.")
    questions: list[DeskQuestion] = Field(description="The form.")


class DeskCardBody(Told):
    card: CardBody | None = Field(description="Null: nobody is there.")


class AnswerSent(Sent):
    call_id: Code
    question: Code = Field(description="A `question_id` of the card.")
    value: Note = Field(description="A `value` of its options, or text without them.")


class CallBackSent(Sent):
    call_id: Code
    at: AwareDatetime = Field(description="One of the callback-days' times.")


class CallQuery(Asked):
    call_id: str = Field(min_length=1, max_length=80, pattern=TEXT)


class CallbackDayBody(Told):
    """A day on which the campaign calls, in the person's own zone."""

    day: date
    times: list[Hour]


class OwnDayBody(Told):
    """Since midnight."""

    talks: int
    talk_s: float
    outcomes: Mapping[str, int]


@routes.get(ONE + "/card")
@needs(May.DESK)
@documented("Whom your desk serves", gives=DeskCardBody)
async def card(request: web.Request) -> web.Response:
    """In a practice, the virtual voter."""
    own = await telecaller_of(request)
    return told(request, {"card": await card_of(request, own)})


@routes.post(ONE + "/answers")
@needs(May.DESK)
@documented("Keep an answer to the form", gives=Done, takes=AnswerSent, status=201)
async def answer(request: web.Request) -> web.Response:
    """The last one counts."""
    own, said = await telecaller_of(request), await body(request, AnswerSent)
    await keep_answer(request, own, CallId(said.call_id), said.question, said.value)
    return told(request, Done())


@routes.get(ONE + "/callback-days")
@needs(May.DESK)
@documented(
    "When a person may be called back", gives=list[CallbackDayBody], asks=CallQuery
)
async def callback_days(request: web.Request) -> web.Response:
    """Days and hours in the person's own zone: those of the campaign and the law."""
    own, asked = await telecaller_of(request), query(request, CallQuery)
    call_id = CallId(asked.call_id)
    return told(request, site_of(request).operations.callback_days(own, call_id))


@routes.post(ONE + "/callbacks")
@needs(May.DESK)
@documented("Call a person back then", gives=Done, takes=CallBackSent, status=201)
async def call_back(request: web.Request) -> web.Response:
    """Refused outside the hours of the campaign and the law."""
    own, said = await telecaller_of(request), await body(request, CallBackSent)
    if said.at.year not in YEARS:
        raise BadInput("choose a day and a time", where="at")
    await site_of(request).operations.call_back(own, CallId(said.call_id), said.at)
    return told(request, Done())


@routes.get(ONE + "/own-day")
@needs(May.DESK)
@documented("Your own figures of today", gives=OwnDayBody)
async def own_day(request: web.Request) -> web.Response:
    own = await telecaller_of(request)
    return told(request, await site_of(request).operations.own_day(own))
