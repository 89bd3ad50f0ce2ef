"""The telecaller's desk over HTTP: what it shows, what it does, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import time, timedelta
from urllib.parse import quote

import pytest

from ivr.core.access import UserId
from ivr.core.card import Card, EarlierCall, Told
from ivr.core.model import (
    CallId,
    CampaignId,
    ContactId,
    DeskOption,
    DeskQuestion,
    DeskState,
    TelecallerId,
)
from ivr.core.results import Words
from ivr.errors import StoreUnavailable
from ivr.web.pages.desk import PARTS
from tests.adapters.web.browser import Browser, opened

TC1 = TelecallerId("tc-1")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.sign_in("sunita", back="/desk")
        yield one


def card(browser: Browser, name: str = "सीता बाई") -> Card:
    return Card(
        call_id=CallId("c-1"),
        contact_id=ContactId(7),
        campaign_id=CampaignId("demo"),
        title_hi="राय",
        title_en="Opinion",
        name=name,
        number="98•••••345",
        village="गंगाखेड़ी",
        district="भिंड",
        constituency="13",
        schemes=("ujjwala",),
        facts=(("राशि", "2000"),),
        answers=(Told(Words("लाभ मिला?", "Benefit?"), Words("हाँ", "Yes")),),
        earlier=(
            EarlierCall(
                browser.operations.now - timedelta(days=3),
                CampaignId("demo"),
                "talked",
                "राकेश",
                "follow_up",
                "पानी",
            ),
        ),
        script=("नमस्ते सीता बाई जी",),
        questions=(
            DeskQuestion(
                "water",
                "पानी आता है?",
                "Is there water?",
                (DeskOption("yes", "हाँ", "Yes"),),
            ),
        ),
    )


async def act(browser: Browser, path: str, **form: str) -> int:
    page = await browser.post(
        f"/desk/{path}", form, headers={"X-CSRF-Token": browser.csrf, "HX-Request": "1"}
    )
    return page.status


class Feed:
    """Reads the desk's Server-Sent Events."""

    def __init__(
        self, browser: Browser, last_id: str = "", *, path: str = "/desk/feed"
    ) -> None:
        self._browser = browser
        self._path = path
        self._headers = {"Last-Event-ID": last_id} if last_id else {}

    async def __aenter__(self) -> Feed:
        self._answer = await self._browser.http.get(
            self._browser.base + self._path, headers=self._headers
        )
        assert self._answer.status == 200
        return self

    async def __aexit__(self, *_: object) -> None:
        self._answer.close()

    async def next(self) -> tuple[str, str, str]:
        """Return name, data and id of the next event."""
        name = data = event_id = ""
        async with asyncio.timeout(10):
            while line := (await self._answer.content.readline()).decode().rstrip("\n"):
                kind, _, value = line.partition(": ")
                match kind:
                    case "event":
                        name = value
                    case "data":
                        data += value + "\n"
                    case "id":
                        event_id = value
        return name, data, event_id

    async def until(self, wanted: str) -> str:
        while True:
            name, data, _ = await self.next()
            if name == wanted:
                return data


async def test_a_shift_begins_pauses_and_ends_on_the_page(browser: Browser) -> None:
    assert "काम पर नहीं" in await (await browser.get("/desk")).text()
    assert await act(browser, "log-in", phone="softphone") == 204
    assert browser.operations.desk(TC1).state is DeskState.READY
    assert await act(browser, "pause", reason="tea") == 204
    assert browser.operations.desk(TC1).reason == "tea"
    page = await (await browser.get("/desk")).text()
    assert "चाय" in page
    assert await act(browser, "ready") == 204
    assert await act(browser, "log-out") == 204
    assert browser.operations.desk(TC1).state is DeskState.OFFLINE


async def test_a_call_arrives_by_the_feed_with_the_persons_card(
    browser: Browser,
) -> None:
    await act(browser, "log-in", phone="softphone")
    async with Feed(browser) as feed:
        assert {(await feed.next())[0] for _ in range(7)} == {
            "messages",
            "state",
            "card",
            "work",
            "back",
            "own",
            "beat",
        }
        browser.operations.cards[TC1] = card(browser)
        await browser.operations.talk("tc-1", "c-1")
        shown = await feed.until("card")
        for part in ("सीता बाई", "98•••••345", "गंगाखेड़ी", "पानी", "नमस्ते सीता बाई जी"):
            assert part in shown
        work = await feed.until("work")
        assert "पानी आता है?" in work
        assert "24 नवं 2026, 15:00" in await feed.until("back")


async def test_a_change_that_comes_while_the_last_one_is_shown_is_not_missed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations, asked = browser.operations, browser.operations.card

    async def card_of(telecaller_id: TelecallerId) -> Card | None:
        if operations.desk(TC1).state is DeskState.READY:
            await operations.talk(TC1, "c-1")  # told while nobody waits for it
        return await asked(telecaller_id)

    monkeypatch.setattr(operations, "card", card_of)
    # These would show it too, later.
    monkeypatch.setattr("ivr.web.feed.BEAT_S", 60.0)
    monkeypatch.setattr("ivr.web.pages.desk.LOOK_AROUND_S", 60.0)
    async with Feed(browser) as feed:
        await feed.until("beat")
        assert await act(browser, "log-in", phone="softphone") == 204
        while "बातचीत जारी" not in await feed.until("state"):
            pass


async def test_after_a_drop_only_what_differs_is_sent_again(browser: Browser) -> None:
    await act(browser, "log-in", phone="softphone")
    async with Feed(browser) as feed:
        *_, (_, _, last_id) = [await feed.next() for _ in range(len(PARTS) + 1)]
    await act(browser, "pause", reason="tea")
    async with Feed(browser, last_id) as feed:
        names = [(await feed.next())[0] for _ in range(2)]
    assert names == ["state", "beat"]


async def test_a_person_in_preview_is_dialled_after_a_time_to_read(
    browser: Browser,
) -> None:
    await act(browser, "log-in", phone="softphone")
    assert "data-dial-after" not in await (await browser.get("/desk")).text()
    assert await act(browser, "dial") == 204
    page = await (await browser.get("/desk")).text()
    assert 'data-dial-after="20"' in page and "इन्हें कॉल करें" in page


async def test_a_card_shows_a_script_in_a_name_as_text(browser: Browser) -> None:
    await act(browser, "log-in", phone="softphone")
    browser.operations.cards[TC1] = card(browser, "<script>alert(1)</script>")
    await browser.operations.talk("tc-1", "c-1")
    page = await (await browser.get("/desk")).text()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


async def test_what_came_of_it_and_the_form_are_kept(browser: Browser) -> None:
    await act(browser, "log-in", phone="softphone")
    await browser.operations.talk("tc-1", "c-1")
    assert (
        await act(browser, "answer", call_id="c-1", question="water", value="yes")
        == 204
    )
    assert browser.operations.form_answers == [("c-1", "water", "yes")]
    assert (
        await act(browser, "outcome", call_id="c-1", outcome="resolved", notes="बात हुई")
        == 204
    )
    assert browser.operations.outcomes == [("c-1", "resolved", "बात हुई")]
    assert await act(browser, "outcome", call_id="c-1", outcome="<b>") == 400
    assert await act(browser, "call-back", call_id="c-1", at="2026-11-24T15:00") == 204
    assert [str(at) for _, at in browser.operations.callbacks] == [
        "2026-11-24 15:00:00+05:30"
    ]
    for wrong in ("soon", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert await act(browser, "call-back", call_id="c-1", at=wrong) == 400
    assert await act(browser, "call-back", call_id="c-9", at="2026-11-24T15:00") == 400


async def test_a_voter_is_held_taken_back_and_handed_over(browser: Browser) -> None:
    await act(browser, "log-in", phone="softphone")
    await browser.operations.log_in(TelecallerId("tc-2"))
    browser.operations.cards[TC1] = card(browser)
    await browser.operations.talk("tc-1", "c-1")
    page = await (await browser.get("/desk")).text()
    assert "telecaller:tc-2" in page and "/desk/hold" in page
    assert await act(browser, "hold") == 204
    page = await (await browser.get("/desk")).text()
    assert "संगीत" in page and "/desk/take-back" in page
    assert await act(browser, "take-back") == 204
    assert await act(browser, "transfer", to="number:+9198", how="cold") == 400
    assert await act(browser, "transfer", to="anything", how="cold") == 400
    assert await act(browser, "transfer", to="telecaller:tc-2", how="warm") == 204
    assert browser.operations.desk(TC1).with_whom


async def test_a_refused_action_says_why_in_the_users_language(
    browser: Browser,
) -> None:
    page = await browser.post(
        "/desk/end-talk",
        {},
        headers={"X-CSRF-Token": browser.csrf, "HX-Request": "1"},
    )
    assert page.status == 400 and "यह नहीं हो पाया" in await page.text()


async def test_the_feed_of_a_session_that_was_ended_says_goodbye(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.feed.BEAT_S", 0.05)
    async with Feed(browser) as feed:
        await feed.until("beat")
        sunita = await browser.site.users.store.user(UserId("sunita"))
        assert sunita is not None
        await browser.site.users.sign_out_everywhere(sunita, by=sunita)
        await feed.until("goodbye")


async def test_who_has_no_desk_has_no_desk_page(browser: Browser) -> None:
    async with browser.another() as other:
        await other.sign_in("meera")
        assert (await other.get("/desk")).status == 403


async def test_ten_open_desks_go_on_after_the_server_was_restarted(
    browser: Browser,
) -> None:
    """Sessions and desks are there again; what a page has is not sent twice."""
    port = int(browser.base.rpartition(":")[2])
    last_ids = []
    for _ in range(10):
        async with Feed(browser) as feed:
            *_, (_, _, last_id) = [await feed.next() for _ in range(len(PARTS) + 1)]
            last_ids.append(last_id)
    await browser.restart(port)
    await browser.operations.log_in(TC1)
    for last_id in last_ids:
        async with Feed(browser, last_id) as feed:
            names = [(await feed.next())[0] for _ in range(2)]
        assert names == ["state", "beat"]


async def test_what_is_being_written_stays_while_the_hours_for_a_call_back_pass(
    browser: Browser,
) -> None:
    await act(browser, "log-in", phone="softphone")
    browser.operations.cards[TC1] = card(browser)
    await browser.operations.talk("tc-1", "c-1")
    async with Feed(browser) as feed:
        await feed.until("beat")
        browser.operations.callback_times = (time(15, 30),)
        await browser.operations.hold(TC1)
        names = []
        while not names or names[-1] != "beat":
            names.append((await feed.next())[0])
        assert "back" in names and "state" in names
        assert "work" not in names


async def test_a_feed_outlives_a_database_that_is_away(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.feed.BEAT_S", 0.05)
    async with Feed(browser) as feed:
        await feed.until("beat")

        async def away(_key: str) -> None:
            raise StoreUnavailable

        with monkeypatch.context() as gone:
            gone.setattr(browser.site.users.store, "session", away)
            for _ in range(3):
                await feed.until("beat")
            # Who was known a moment ago works on; whom nobody knows is told why not.
            assert (await browser.get("/desk")).status == 200
            browser.site.users._known.clear()
            page = await browser.get("/desk")
            assert page.status == 503 and "कुछ भी खोया नहीं है" in await page.text()
        await feed.until("beat")


async def test_a_page_that_opens_its_feed_anew_gets_only_what_differs(
    browser: Browser,
) -> None:
    async with Feed(browser) as feed:
        *_, (_, _, last_id) = [await feed.next() for _ in range(len(PARTS) + 1)]
    await act(browser, "log-in", phone="softphone")
    async with Feed(browser, path=f"/desk/feed?has={quote(last_id)}") as feed:
        assert [(await feed.next())[0] for _ in range(2)] == ["state", "beat"]
