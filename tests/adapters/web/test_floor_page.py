"""The floor's page and feed: one's own centre, in both languages, and no other's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ivr.core.call import CallState
from ivr.core.desk import IN_TALK
from ivr.core.dial_stops import DialStop, StopScope
from ivr.core.floor import FloorCall
from ivr.core.law import Abandoned
from ivr.core.model import (
    CampaignId,
    CentreCode,
    DeskState,
    ListenMode,
    NodeId,
    TelecallerId,
)
from tests.adapters.web.browser import Browser, opened
from tests.fakes.floor import CARRIER
from tests.fakes.switch import BEGIN

SEHORE, VIDISHA = "MP.BPL.SEH", "MP.BPL.VID"
FOREIGN = ("VID", "विदिशा", "Vidisha", "गीता", "चाय पर", "q2", "भोपाल संभाग")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """सीता sits in Sehore and गीता in Vidisha, each with a person in the flow."""
    async with opened() as one:
        operations = one.operations
        for telecaller, name, centre in (
            ("tc-1", "सीता", SEHORE),
            ("tc-2", "गीता", VIDISHA),
        ):
            key = TelecallerId(telecaller)
            operations.desk_views[key] = replace(operations.desk_views[key], name=name)
            operations.set_centre(telecaller, centre)
        operations.set_desk("tc-1", DeskState.READY)
        operations.set_desk("tc-2", DeskState.PAUSED, "चाय पर")
        await operations.start(CampaignId("demo"))
        demo = CampaignId("demo")
        operations.floor.calls = [
            FloorCall(demo, CentreCode(code), CallState.IN_FLOW, CARRIER, NodeId(node))
            for code, node in ((SEHORE, "q1"), (VIDISHA, "q2"), (VIDISHA, "q2"))
        ]
        yield one


async def text_of(browser: Browser, path: str) -> str:
    page = await browser.get(path)
    assert page.status == 200
    text = await page.text()
    return text.replace(browser.csrf, "")  # it may hold any letters by chance


async def first_events(browser: Browser, path: str) -> str:
    """Return the feed up to its first beat."""
    said = ""
    async with browser.http.get(browser.base + path) as feed:
        assert feed.status == 200
        async for chunk in feed.content.iter_any():
            said += chunk.decode()
            if "event: beat" in said:
                return said
    raise AssertionError(f"no beat: {said}")


@pytest.mark.parametrize("path", ["/floor", f"/floor?centre={SEHORE}"])
async def test_the_page_has_ones_own_people_and_no_others(
    browser: Browser, path: str
) -> None:
    await browser.sign_in("anil")
    text = await text_of(browser, path)
    assert "सीता" in text
    for foreign in FOREIGN:
        assert foreign not in text


async def test_the_feed_has_ones_own_people_and_no_others(browser: Browser) -> None:
    await browser.sign_in("anil")
    said = await first_events(browser, "/feed/floor")
    names = re.findall(r"^event: (\w+)$", said, re.M)
    assert set(names) >= {"alarms", "now", "desks", "prompts", "campaigns", "today"}
    assert "सीता" in said
    for foreign in FOREIGN:
        assert foreign not in said


@pytest.mark.parametrize("path", ["/floor", "/feed/floor", "/floor/why/demo"])
@pytest.mark.parametrize("centre", [VIDISHA, "MP.BPL", "MP", "XX"])
async def test_another_centres_floor_is_as_one_that_is_not_there(
    browser: Browser, path: str, centre: str
) -> None:
    await browser.sign_in("anil")
    page = await browser.get(f"{path}?centre={centre}")
    assert page.status == 404
    assert "गीता" not in await page.text()


async def test_who_is_above_chooses_among_all_that_lie_below(browser: Browser) -> None:
    await browser.sign_in("meera")
    text = await text_of(browser, "/floor")
    assert "सीता" in text
    assert "गीता" in text
    assert f'value="{VIDISHA}"' in text
    below = await text_of(browser, f"/floor?centre={VIDISHA}")
    assert "गीता" in below
    assert "सीता" not in below


@pytest.mark.parametrize("state", sorted(IN_TALK))
async def test_a_held_or_consulting_desk_counts_as_one_in_conversation(
    browser: Browser, state: DeskState
) -> None:
    browser.operations.set_desk("tc-1", state)
    await browser.sign_in("meera")
    text = await text_of(browser, "/floor?centre=MP.BPL")
    line = next(one for one in text.split("<tr") if f"centre={SEHORE}" in one)
    numbers = re.findall(r'<td class="n">(\d+)', line)
    assert numbers[:3] == ["1", "0", "1"]  # at work, free, in conversation


async def test_an_auditor_looks_and_has_no_buttons(browser: Browser) -> None:
    await browser.sign_in("vimla")
    text = await text_of(browser, "/floor")
    assert "सीता" in text
    assert "data-open" not in text
    assert "<dialog" not in text
    assert 'data-why="demo"' in text


async def test_a_campaign_of_all_centres_is_not_one_centres_to_end(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    assert "/api/v1/campaigns/demo/stop" not in await text_of(browser, "/floor")
    browser.operations.set_campaign_centres("demo", (SEHORE,))
    assert "/api/v1/campaigns/demo/stop" in await text_of(browser, "/floor")
    browser.operations.set_campaign_centres("demo", (VIDISHA,))
    assert "demo" not in await text_of(browser, "/floor")


async def test_a_stop_from_above_is_shown_without_the_button_to_lift_it(
    browser: Browser,
) -> None:
    stops = browser.operations.floor.open_stops
    for stop_id, about in (("s-above", "MP"), ("s-own", SEHORE), ("s-not", VIDISHA)):
        stops[stop_id] = DialStop(
            stop_id, StopScope.CENTRE, about, "मीरा शर्मा", f"क्योंकि {stop_id}", BEGIN
        )
    await browser.sign_in("anil")
    text = await text_of(browser, "/floor")
    assert "क्योंकि s-above" in text
    assert "dial-stops/s-own/lift" in text
    assert "dial-stops/s-above/lift" not in text
    assert "s-not" not in text


async def test_alarms_say_what_is_wrong_and_what_to_do_in_the_users_language(
    browser: Browser,
) -> None:
    browser.operations.floor.campaign_facts["demo"] = {
        "abandonment": Abandoned(1000, 25, 500, 13)
    }
    await browser.sign_in("anil")
    text = await text_of(browser, "/floor")
    assert "डेमो: छूटी कॉलें बढ़कर 2.6% हो गई हैं।" in text
    assert "विराम पर बैठे साथियों को वापस बुलाइए" in text
    await browser.post("/language/en", {"csrf": browser.csrf, "next": "/floor"})
    text = await text_of(browser, "/floor")
    assert "Demo: abandoned calls have risen to 2.6%." in text
    assert "छूटी" not in text


async def test_why_nothing_dials_is_a_part_in_the_users_words(browser: Browser) -> None:
    await browser.sign_in("anil")
    text = await text_of(browser, "/floor/why/demo")
    assert "कोई रुकावट नहीं: 2 अभी तैयार" in text
    assert "<html" not in text


async def test_what_a_telecaller_is_called_is_only_text(browser: Browser) -> None:
    key, bad = TelecallerId("tc-1"), '"><script>alert(1)</script>'
    desks = browser.operations.desk_views
    desks[key] = replace(desks[key], name=bad, reason=bad)
    await browser.sign_in("anil")
    for text in (
        await text_of(browser, "/floor"),
        await first_events(browser, "/feed/floor"),
    ):
        assert "<script>alert" not in text


async def test_a_feed_ends_for_who_is_signed_out(browser: Browser) -> None:
    await browser.sign_in("anil")
    users = browser.site.users
    async with browser.http.get(browser.base + "/feed/floor") as feed:
        anil = next(u for u in await users.store.users() if u.user_id == "anil")
        await users.sign_out_everywhere(anil, by=anil)
        said = ""
        async for chunk in feed.content.iter_any():
            said += chunk.decode()
        assert said.rstrip().endswith("event: goodbye\ndata:")


async def test_a_message_is_at_the_desk_until_the_telecaller_has_read_it(
    browser: Browser,
) -> None:
    floor = browser.operations.floor
    sent = await floor.send_message(TelecallerId("tc-1"), "<b>धीरे</b>", by="अनिल दुबे")
    await browser.sign_in("sunita")
    text = await text_of(browser, "/desk")
    assert "&lt;b&gt;धीरे&lt;/b&gt;" in text
    path = f"/desk/messages/{sent.message_id}/seen"
    read = await browser.post(path, {"csrf": browser.csrf})
    assert read.status == 204
    assert "धीरे" not in await text_of(browser, "/desk")
    again = await browser.post(path, {"csrf": browser.csrf})
    assert again.status == 404


async def test_who_is_above_sees_each_centre_below_in_a_line(browser: Browser) -> None:
    await browser.sign_in("meera")
    text = await text_of(browser, "/floor?centre=MP.BPL")
    assert f'href="/floor?centre={SEHORE}"' in text
    assert f'href="/floor?centre={VIDISHA}"' in text
    assert 'data-part="centres"' not in await text_of(
        browser, f"/floor?centre={SEHORE}"
    )


async def test_who_may_listen_chooses_a_phone_of_their_own_part(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    text = await text_of(browser, "/floor")
    assert 'id="listen-tc-1"' in text
    assert '<option value="ic-1">' in text
    await browser.operations.listen(
        TelecallerId("ic-1"), TelecallerId("tc-1"), ListenMode.WHISPER
    )
    assert "/api/v1/in-charges/ic-1/stop-listening" in await text_of(browser, "/floor")


async def test_a_phone_of_the_centre_above_is_not_ones_own_to_ring(
    browser: Browser,
) -> None:
    await browser.operations.listen(
        TelecallerId("ic-1"), TelecallerId("tc-1"), ListenMode.WHISPER
    )
    await browser.sign_in("anil")
    text = await text_of(browser, "/floor")
    assert '<option value="ic-2">' in text
    for foreign in ("ic-1", "देवेंद्र"):
        assert foreign not in text


async def test_a_centre_without_a_phone_to_listen_with_is_offered_no_listening(
    browser: Browser,
) -> None:
    await browser.sign_in("rekha")
    text = await text_of(browser, "/floor")
    assert 'id="message-tc-2"' in text
    for foreign in ("ic-1", "ic-2", "देवेंद्र", "do-listen"):
        assert foreign not in text
