"""A telecaller works a shift in the browser: real page, real Asterisk, real voices."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from ivr.core.access import UserId
from ivr.core.model import Disposition, TelecallerId
from ivr.simulation.phone import Phone
from ivr.simulation.tones import RATE, Samples
from ivr.store.desks import conversations_of
from ivr.store.users import SqlUsers
from tests.acceptance.desk_in_browser import (
    ABSENT,
    ANSWERED,
    LISTEN_S,
    OTHERS,
    SPOKEN,
    TELECALLER,
    THERE,
    heard,
    say,
    shift,
    sign_in,
)
from tests.acceptance.ports import CUT_HTTPS, HTTPS
from tests.acceptance.relay import Relay
from tests.acceptance.test_bad_days_campaign import numbered
from tests.acceptance.test_phone_in_the_page import now_and_a_bit, strengths
from tests.acceptance.whole import TRIAL, person
from tests.polling import until

pytestmark = pytest.mark.acceptance

WHISPERED = (750, 1120, 1640)  # by the in-charge
COLLEAGUE = TelecallerId("tc-102")


async def test_a_whole_call_from_sign_in_to_the_outcome(tmp_path: Path) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with shift(tmp_path, people, talk_s=40) as one:
        page = one.page
        await one.sign_in()
        await expect(page.locator('[data-part="state"]')).to_contain_text("काम पर नहीं")
        await one.begin()
        await expect(page.locator("[data-phone-said]")).to_contain_text("लाइन खुली")
        voter = await one.talk(people)
        card = page.locator('[data-part="card"]')
        await expect(card).to_contain_text("राम")
        await expect(card).to_contain_text("•••••")
        assert str(next(iter(people))) not in await page.content()

        # A browser stretches the first seconds of a voice until it knows the network,
        # which is heard as tones that nobody said.
        for _ in range(3):
            found, _ = await asyncio.gather(
                one.heard_here(*ANSWERED, *OTHERS), say(voter)
            )
            if min(found[:3]) > THERE > ABSENT > max(found[3:]):
                break
        assert min(found[:3]) > THERE > ABSENT > max(found[3:])
        since = now_and_a_bit()
        found = strengths(await listened(voter, since), *SPOKEN, *OTHERS)
        assert min(found[:3]) > THERE > ABSENT > max(found[3:])

        await page.fill("#notes", "पानी की समस्या")
        await page.keyboard.press("Escape")  # out of the notes
        await page.keyboard.press("Escape")  # ends the call
        await expect(page.locator('[data-part="state"]')).to_contain_text("दर्ज कीजिए")
        # What was being written is still there, though the state changed around it.
        await expect(page.locator("#notes")).to_have_value("पानी की समस्या")
        await page.keyboard.press("3")
        await until(lambda: one.state == "ready", within_s=5)
        [talk] = await one.system.store.read(conversations_of, TRIAL)
        assert (talk.telecaller_id, talk.outcome, talk.notes) == (
            TELECALLER,
            "needs_help",
            "पानी की समस्या",
        )
        assert one.system.running.router.outcomes == {Disposition.TALKED: 1}
        assert await one.trial.disagreements() == []


async def test_the_network_is_away_for_five_seconds_and_the_talk_goes_on(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with (
        shift(tmp_path, people, talk_s=60) as one,
        Relay(CUT_HTTPS, HTTPS) as net,
    ):
        await sign_in(one.page, "sunita", "/desk", port=CUT_HTTPS)
        await one.begin()
        voter = await one.talk(people)
        await net.cut()
        await asyncio.sleep(5)  # the network is away for so long, whatever happens
        assert one.state == "talking"
        net.mend()
        await expect(one.page.locator("[data-feed-state]")).to_have_text(
            "जुड़ा है", timeout=15_000
        )
        since = now_and_a_bit()
        assert await hears(one.page, voter, *ANSWERED)
        assert min(strengths(await listened(voter, since), *SPOKEN)) > THERE
        await one.page.click('button[data-key="Escape"]')
        await until(lambda: one.state == "wrap_up", within_s=10)
        await one.page.keyboard.press("1")
        await until(lambda: one.state == "ready", within_s=10)


async def test_the_page_is_reloaded_in_mid_call_and_the_voter_comes_back(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with shift(tmp_path, people, talk_s=60) as one:
        await one.sign_in()
        await one.begin()
        voter = await one.talk(people)
        await one.page.reload()
        await until(lambda: one.state == "reconnecting", within_s=5)
        # The page takes its phone up by itself, and has the same voter.
        await until(lambda: one.state == "talking", within_s=10)
        await expect(one.page.locator('[data-part="card"]')).to_contain_text("राम")
        since = now_and_a_bit()
        assert await hears(one.page, voter, *ANSWERED)
        assert min(strengths(await listened(voter, since), *SPOKEN)) > THERE


async def test_a_held_voter_hears_music_and_is_handed_to_a_colleague(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    both = (TELECALLER, COLLEAGUE)
    async with shift(tmp_path, people, talk_s=120, telecallers=both) as one:
        await one.sign_in()
        await one.begin()
        voter = await one.talk(people)
        await expect(one.page.locator('[data-key="h"]')).to_be_visible()
        await one.page.keyboard.press("h")
        await expect(one.page.locator("p.talk")).to_contain_text("संगीत")
        since = now_and_a_bit()
        assert max(strengths(await listened(voter, since), *SPOKEN)) < ABSENT
        await one.page.keyboard.press("h")
        await expect(one.page.locator("p.talk")).to_have_count(0)
        await one.system.running.log_in(COLLEAGUE)
        await until(
            lambda: str(one.system.running.desk(COLLEAGUE).state) == "ready",
            within_s=15,
        )
        # Asked first: she talks with the colleague, and the voter hears neither.
        await one.page.select_option("[name=to]", f"telecaller:{COLLEAGUE}")
        await one.page.click('button[value="warm"]')
        await until(lambda: one.state == "consulting", within_s=10)
        await expect(one.page.locator("p.talk")).to_contain_text("राकेश")
        since = now_and_a_bit()
        assert max(strengths(await listened(voter, since), *SPOKEN)) < ABSENT
        await one.page.keyboard.press("h")
        await expect(one.page.locator("p.talk")).to_have_count(0)
        assert await hears(one.page, voter, *ANSWERED)
        await until(
            lambda: str(one.system.running.desk(COLLEAGUE).state) == "ready",
            within_s=90,
        )
        # Handed over at once.
        await one.page.select_option("[name=to]", f"telecaller:{COLLEAGUE}")
        await one.page.click('button[value="cold"]')
        await until(
            lambda: str(one.system.running.desk(COLLEAGUE).state) == "talking",
            within_s=10,
        )
        await until(lambda: one.state == "wrap_up", within_s=10)
        await one.page.keyboard.press("2")
        await until(lambda: one.state == "ready", within_s=5)


async def test_an_in_charge_listens_and_whispers_and_the_voter_hears_nothing_of_it(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with (
        shift(tmp_path, people, talk_s=90) as one,
        one.another("in-charge", WHISPERED) as floor,
    ):
        await one.sign_in()
        await sign_in(floor, "anuradha", "/floor")
        await one.begin()
        voter = await one.talk(people)
        await listen(floor, "listen")
        assert await hears(floor, voter, *ANSWERED, *SPOKEN)  # both of them
        assert max(await one.heard_here(*WHISPERED)) < ABSENT
        await listen(floor, "whisper")
        since = now_and_a_bit()
        assert min(await one.heard_here(*WHISPERED)) > THERE
        found = strengths(await listened(voter, since), *SPOKEN, *WHISPERED)
        assert min(found[:3]) > THERE > ABSENT > max(found[3:])
        log = await SqlUsers(one.system.store).audit(None)
        said = {(entry.user_id, entry.action) for entry in log}
        assert ("anuradha", "listen") in said


async def hears(page: Page, voter: Phone, *hertz: float) -> bool:
    """Let the voter speak, up to three times, until the page has heard all tones.

    A browser stretches the first seconds of a voice until it knows the network.
    """
    for _ in range(3):
        found, _ = await asyncio.gather(heard(page, *hertz), say(voter))
        if min(found) > THERE:
            return True
    return False


async def listened(voter: Phone, since: float) -> Samples:
    """Return what the voter heard in LISTEN_S from then on, once they have."""
    enough = round(LISTEN_S * RATE)
    await until(lambda: len(voter.heard(since)) >= enough, within_s=20)
    return voter.heard(since, LISTEN_S)


async def listen(floor: Page, mode: str) -> None:
    """Have the in-charge listen to the telecaller, by the phone in their page."""
    await floor.click(f"#listen-{TELECALLER}")
    await floor.select_option("#do-listen [name=phone]", "browser")
    await floor.check(f"#do-listen [name=mode][value={mode}]")
    await floor.click("#do-listen [type=submit]")
    await expect(floor.locator(".listener")).to_be_visible(timeout=15_000)


async def test_a_session_is_ended_in_mid_call_and_the_voter_goes_to_a_colleague(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    both = (TELECALLER, COLLEAGUE)
    async with shift(tmp_path, people, talk_s=60, telecallers=both) as one:
        await one.sign_in()
        await one.begin()
        await one.talk(people)
        await one.system.running.log_in(COLLEAGUE)
        await until(
            lambda: str(one.system.running.desk(COLLEAGUE).state) == "ready",
            within_s=15,
        )
        await SqlUsers(one.system.store).end_sessions_of(UserId("sunita"))
        await one.page.wait_for_url("**/sign-in?next=**", timeout=10_000)
        await until(
            lambda: str(one.system.running.desk(COLLEAGUE).state) == "talking",
            within_s=25,
        )
