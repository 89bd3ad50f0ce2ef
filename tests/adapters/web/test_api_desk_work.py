"""One's own desk by the API: card, form, call backs; and the score sheets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ivr.core.card import Card, Told
from ivr.core.model import CallId, CampaignId, ContactId, TelecallerId
from ivr.core.practice import Practice, PracticeEnd
from ivr.core.results import Words
from tests.adapters.web.asking import ask
from tests.adapters.web.browser import Browser, opened
from tests.fakes.practices import SCENARIO, FakeVoterLine, MemoryPractices
from tests.fakes.site import SEHORE, VIDISHA
from tests.fakes.switch import BEGIN, FakeClock

TC1, TC2 = TelecallerId("tc-1"), TelecallerId("tc-2")
OWN, OTHERS = "/api/v1/desks/tc-1", "/api/v1/desks/tc-2"
CARD = Card(
    call_id=CallId("c-1"),
    contact_id=ContactId(7),
    campaign_id=CampaignId("demo"),
    title_hi="राय",
    title_en="Opinion",
    name="सीता बाई",
    number="98•••••345",
    village="गंगाखेड़ी",
    district="भिंड",
    constituency="13",
    schemes=("ujjwala",),
    facts=(("राशि", "2000"),),
    answers=(Told(Words("लाभ मिला?", "Benefit?"), Words("हाँ", "Yes")),),
    earlier=(),
    script=("नमस्ते सीता बाई जी।",),
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        one.operations.set_centre("tc-1", SEHORE)
        one.operations.set_centre("tc-2", VIDISHA)
        await one.sign_in("sunita")
        yield one


async def test_the_card_is_told_and_the_number_is_masked(browser: Browser) -> None:
    assert await ask(browser, "GET", OWN + "/card") == (200, {"card": None})
    browser.operations.cards[TC1] = CARD
    await browser.operations.talk("tc-1", "c-1")
    status, found = await ask(browser, "GET", OWN + "/card")
    assert (status, found["card"]["number"]) == (200, "98•••••345")
    assert found["card"]["facts"] == [["राशि", "2000"]]
    assert found["card"]["answers"][0]["answer"] == {"hi": "हाँ", "en": "Yes"}
    status, day = await ask(browser, "GET", OWN + "/own-day")
    assert (status, day) == (200, {"talks": 0, "talk_s": 0.0, "outcomes": {}})


async def test_an_answer_is_kept_once_for_a_key(browser: Browser) -> None:
    await browser.operations.talk("tc-1", "c-1")
    given = {"call_id": "c-1", "question": "since", "value": "months"}
    first = await ask(browser, "POST", OWN + "/answers", given, key="k-1")
    assert first == (201, {"done": True})
    assert await ask(browser, "POST", OWN + "/answers", given, key="k-1") == first
    assert browser.operations.form_answers == [("c-1", "since", "months")]
    another = given | {"call_id": "c-9"}
    status, said = await ask(browser, "POST", OWN + "/answers", another)
    assert (status, said["error_id"]) == (400, "bad_input")


async def test_a_call_back_is_booked_at_a_time_that_was_offered(
    browser: Browser,
) -> None:
    await browser.operations.talk("tc-1", "c-1")
    status, days = await ask(browser, "GET", OWN + "/callback-days?call_id=c-1")
    assert (status, days[0]["times"]) == (200, ["15:00", "15:30"])
    assert (await ask(browser, "GET", OWN + "/callback-days"))[0] == 400
    at = f"{days[0]['day']}T{days[0]['times'][1]}:00+05:30"
    given = {"call_id": "c-1", "at": at}
    assert (await ask(browser, "POST", OWN + "/callbacks", given))[0] == 201
    ((call_id, due_at),) = browser.operations.callbacks
    assert (call_id, due_at.isoformat()) == ("c-1", at)
    for wrong in ("2026-11-24T15:00", "soon", "9999-12-31T23:59:59Z", 5):
        given = {"call_id": "c-1", "at": wrong}
        assert (await ask(browser, "POST", OWN + "/callbacks", given))[0] == 400, wrong


async def test_nobody_elses_desk_is_there(browser: Browser) -> None:
    await browser.operations.talk("tc-2", "c-2")
    answer = {"call_id": "c-2", "question": "since", "value": "months"}
    back = {"call_id": "c-2", "at": "2026-11-24T15:00:00+05:30"}
    for method, path, given in (
        ("GET", "/card", None),
        ("POST", "/answers", answer),
        ("GET", "/callback-days?call_id=c-2", None),
        ("POST", "/callbacks", back),
        ("GET", "/own-day", None),
        ("GET", "/practices", None),
    ):
        assert (await ask(browser, method, OTHERS + path, given))[0] == 404, path
        async with browser.another() as rekha:  # not even their own in-charge
            await rekha.sign_in("rekha")
            status = (await ask(rekha, method, OTHERS + path, given))[0]
            assert status == (200 if path == "/practices" else 403), path
    assert browser.operations.form_answers == browser.operations.callbacks == []


async def test_a_practice_is_a_call_like_any_other(browser: Browser) -> None:
    practices = browser.site.practices
    assert practices is not None
    await practices.begin(TC1, "pension")
    view = practices.view(TC1)
    assert view is not None
    await practices.serve(FakeVoterLine(view.practice_id, FakeClock(), [(1.0, 2.0)]))
    _, found = await ask(browser, "GET", OWN + "/card")
    assert found["card"]["call_id"] == view.practice_id
    assert found["card"]["questions"][0]["question_id"] == "since"
    given = {"call_id": view.practice_id, "question": "since", "value": "months"}
    assert (await ask(browser, "POST", OWN + "/answers", given))[0] == 201
    assert browser.operations.form_answers == []
    _, (one,) = await ask(browser, "GET", OWN + "/practices")
    assert (one["answers"], one["right_answers"]) == ({"since": "months"}, 1)
    assert one["score"] == sum(mark["points"] for mark in one["marks"])


async def test_a_score_sheet_has_ones_own_centre_only(browser: Browser) -> None:
    assert browser.site.practices is not None
    memory = browser.site.practices._store
    assert isinstance(memory, MemoryPractices)
    for who in (TC1, TC2):
        await memory.keep(
            Practice(
                practice_id=f"p-{who}",
                telecaller_id=who,
                scenario_id="pension",
                title=SCENARIO.title,
                began_at=BEGIN,
                lines=2,
                ended_at=BEGIN + timedelta(minutes=1),
                ended_by=PracticeEnd.VOTER,
                first_word_s=2.0,
                lines_heard=2,
            )
        )
    assert (await ask(browser, "GET", "/api/v1/practices"))[0] == 403
    async with browser.another() as anil:
        await anil.sign_in("anil")
        status, (line,) = await ask(anil, "GET", "/api/v1/practices")
        assert (status, line["telecaller_id"], line["count"]) == (200, "tc-1", 1)
        assert line["best"] == line["last"]["score"] > 0
        status, (one,) = await ask(anil, "GET", OWN + "/practices")
        assert (status, one) == (200, line["last"])
        for unknown in (OTHERS, "/api/v1/desks/nobody"):
            assert (await ask(anil, "GET", unknown + "/practices"))[0] == 404
    async with browser.another() as meera:
        await meera.sign_in("meera")
        nobody = "/api/v1/desks/nobody/practices"
        assert (await ask(meera, "GET", nobody))[0] == 404
