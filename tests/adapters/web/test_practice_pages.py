"""Practising on the pages: at one's own desk, and the in-charge's score sheet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.practice import Practices
from ivr.core.model import TelecallerId
from ivr.core.practice import Practice, PracticeEnd
from tests.adapters.web.browser import Browser, opened
from tests.fakes.practices import SCENARIO, FakeVoterLine, MemoryPractices
from tests.fakes.site import SEHORE, VIDISHA
from tests.fakes.switch import BEGIN, FakeClock

TC1, TC2 = TelecallerId("tc-1"), TelecallerId("tc-2")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        one.operations.set_centre("tc-1", SEHORE)
        one.operations.set_centre("tc-2", VIDISHA)
        yield one


def practices_of(browser: Browser) -> Practices:
    assert browser.site.practices is not None
    return browser.site.practices


def memory_of(browser: Browser) -> MemoryPractices:
    memory = practices_of(browser)._store
    assert isinstance(memory, MemoryPractices)
    return memory


async def act(browser: Browser, path: str, **form: str) -> int:
    headers = {"X-CSRF-Token": browser.csrf, "HX-Request": "1"}
    return (await browser.post(path, form, headers=headers)).status


async def read(browser: Browser, path: str) -> str:
    return await (await browser.get(path)).text()


def practised(who: TelecallerId, number: int, **facts: object) -> Practice:
    one = Practice(
        practice_id=f"p-{who}-{number}",
        telecaller_id=who,
        scenario_id="pension",
        title=SCENARIO.title,
        began_at=BEGIN + timedelta(days=number),
        lines=2,
        expected=SCENARIO.expected,
        expected_outcome=SCENARIO.outcome,
        ended_at=BEGIN + timedelta(days=number, minutes=1),
        ended_by=PracticeEnd.VOTER,
        first_word_s=2.0,
        spoke_s=10.0,
        heard_s=10.0,
        lines_heard=2,
    )
    return replace(one, **facts)  # type: ignore[arg-type]


async def test_a_practice_shows_on_the_desk_like_any_call(browser: Browser) -> None:
    await browser.sign_in("sunita", back="/desk")
    await act(browser, "/desk/log-in", phone="softphone")
    assert "पेंशन रुकी है" in await read(browser, "/desk")
    assert await act(browser, "/desk/practice/begin", scenario="pension") == 204
    assert "नागरिक जुड़ रहे हैं" in await read(browser, "/desk")
    practices = practices_of(browser)
    view = practices.view(TC1)
    assert view is not None
    await practices.serve(FakeVoterLine(view.practice_id, FakeClock(), [(1.0, 2.0)]))
    page = await read(browser, "/desk")
    for part in ("शांति बाई", "•••••", "नमस्ते शांति बाई जी", "कब से?", view.practice_id):
        assert part in page
    practice_id = view.practice_id
    assert (
        await act(
            browser,
            "/desk/answer",
            call_id=practice_id,
            question="since",
            value="months",
        )
        == 204
    )
    assert (
        await act(
            browser,
            "/desk/outcome",
            call_id=practice_id,
            outcome="needs_help",
            notes="<script>alert(1)</script>",
        )
        == 204
    )
    # Nothing of it reached what calls are kept by.
    assert browser.operations.form_answers == []
    assert browser.operations.outcomes == []
    own = await read(browser, "/desk/practice")
    assert "मदद चाहिए" in own or "100" in own
    assert "<script>alert" not in own and "&lt;script&gt;alert(1)" in own
    assert "शांति बाई" not in await read(browser, "/desk")


async def test_what_cannot_be_practised_is_refused(browser: Browser) -> None:
    await browser.sign_in("sunita", back="/desk")
    assert await act(browser, "/desk/practice/begin", scenario="<b>") == 400
    assert await act(browser, "/desk/practice/end") == 400
    assert await act(browser, "/desk/practice/begin", scenario="pension") == 204
    assert await act(browser, "/desk/practice/begin", scenario="pension") == 400
    assert await act(browser, "/desk/practice/end") == 204


async def test_the_score_sheet_has_only_telecallers_of_ones_centre(
    browser: Browser,
) -> None:
    for who in (TC1, TC2):
        for number in range(3):
            await memory_of(browser).keep(practised(who, number))
    await browser.sign_in("anil", back="/practice")
    sheet = await read(browser, "/practice")
    assert "/practice/tc-1" in sheet and "tc-2" not in sheet
    assert "<polyline points=" in sheet
    one = await read(browser, "/practice/tc-1")
    assert "सुनना और बोलना" in one and "नागरिक अपनी पूरी बात कह चुके थे" in one
    assert (await browser.get("/practice/tc-2")).status == 404
    assert (await browser.get("/practice/nobody")).status == 404
    async with browser.another() as other:
        await other.sign_in("meera")
        assert "tc-2" in await read(other, "/practice")


async def test_a_telecaller_sees_their_own_practices_and_no_score_sheet(
    browser: Browser,
) -> None:
    await memory_of(browser).keep(practised(TC1, 1, notes="अपना नोट"))
    await memory_of(browser).keep(practised(TC2, 1, notes="दूसरे का नोट"))
    await browser.sign_in("sunita")
    own = await read(browser, "/desk/practice")
    assert "अपना नोट" in own and "दूसरे का नोट" not in own
    assert (await browser.get("/practice")).status == 403
    assert (await browser.get("/practice/tc-1")).status == 403


async def test_who_practised_nothing_and_said_nothing_is_shown_without_figures(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    assert "अभी तक कोई अभ्यास नहीं हुआ" in await read(browser, "/practice/tc-1")
    silent = practised(
        TC1,
        1,
        first_word_s=None,
        spoke_s=0.0,
        heard_s=0.0,
        ended_by=PracticeEnd.LOST_PATIENCE,
    )
    await memory_of(browser).keep(silent)
    page = await read(browser, "/practice/tc-1")
    assert "कुछ नहीं बोले" in page and "दर्ज नहीं किया" in page
