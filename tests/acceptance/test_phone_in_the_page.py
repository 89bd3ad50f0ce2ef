"""The telecaller's phone in a real browser: heard and hearing, cut off, refused."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page

from ivr.cli.system import System
from ivr.core.model import Disposition, TelecallerId
from ivr.settings.certificate import certificate
from ivr.settings.secret import secret
from ivr.simulation.phone import Phone
from ivr.simulation.population import Spread
from ivr.simulation.tones import RATE, Samples, mark_hz, sine
from tests.acceptance.browser import Window, chromium_at, write_tones
from tests.acceptance.ports import CUT_WSS, WSS
from tests.acceptance.relay import Relay
from tests.acceptance.test_bad_days_campaign import numbered
from tests.acceptance.whole import (
    RATES,
    TRIAL,
    Trial,
    console,
    eventually,
    person,
    trial,
)
from tests.polling import until

pytestmark = pytest.mark.acceptance

TELECALLER = TelecallerId("tc-101")
ADDRESS = f"{TELECALLER}-web"
PAGE = Path(__file__).parent / "page" / "phone_page.ts"
SPOKEN = (620, 880, 1240)  # into the microphone, one after the other
ANSWERED = (500, 1010, 1490)  # by the voter
OTHERS = (750, 1120, 1640)  # by nobody
THERE, ABSENT = 0.08, 0.03  # amplitudes; each tone is made with 0.25
LISTEN_S = 3.0


@dataclass
class Desk:
    """A running Samvad with one telecaller, who sits before a browser."""

    trial: Trial
    system: System
    window: Window

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def state(self) -> str:
        return str(self.system.running.desk(TELECALLER).state)

    async def news(self) -> dict[str, Any]:
        said: dict[str, Any] = await self.page.evaluate("window.phone.news")
        return said

    async def is_(self, state: str, **more: object) -> bool:
        said = await self.news()
        return said == {**said, "state": state, **more}

    async def begin(
        self, *, wss: int = WSS, password: str = "", takes_phones: bool = True
    ) -> None:
        """Start the page's phone, as the desk's page will."""
        settings = {
            "wss": f"wss://127.0.0.1:{wss}/ws",
            "address": ADDRESS,
            "secret": password or secret(self.trial.home, ADDRESS),
        }
        await self.page.evaluate(
            "([settings, takes]) => window.begin(settings, takes)",
            [settings, takes_phones],
        )

    async def log_in(self) -> None:
        await eventually(lambda: self.is_("registered"), within_s=15)
        await self.trial.post(f"/api/v1/desks/{TELECALLER}/login", {"phone": "browser"})
        await until(lambda: self.state == "ready", within_s=15)
        await eventually(lambda: self.is_("up"), within_s=10)

    async def talk(self, people: dict[Any, Any]) -> Phone:
        """Let the one voter be called and joined; return their telephone."""
        await self.trial.enrol(people, running=False)
        await self.trial.post(f"/api/v1/campaigns/{TRIAL}/start")
        await until(lambda: self.state == "talking", within_s=30)
        [voter] = self.trial.carrier.live_phones
        return voter

    async def heard_here(self, *hertz: float) -> list[float]:
        """Return how strong each tone is in what the browser hears."""
        found: list[float] = await self.page.evaluate(
            "([hertz, seconds]) => window.strengths(hertz, seconds)",
            [hertz, LISTEN_S],
        )
        return found

    def keys_received(self) -> list[str]:
        log = self.trial.home / "asterisk" / "log" / "dtmf.log"
        ended = r"DTMF end '(.)' received on PJSIP/tc-101-web"
        return re.findall(ended, log.read_text("utf-8"))

    async def asterisk(self, command: str) -> str:
        conf = self.trial.home / "asterisk" / "conf" / "asterisk.conf"
        return await console(conf, command)


@asynccontextmanager
async def desk(
    folder: Path,
    people: dict[Any, Any] | None = None,
    *,
    talk_s: float = 3.0,
    trusted: bool = True,
    microphone: bool = True,
) -> AsyncIterator[Desk]:
    hears = folder / "microphone.wav"
    # Under it lies what the simulated voters know this telecaller by.
    write_tones(hears, SPOKEN, mark_hz(0), each_s=0.5)
    # More patient than a lost leg may take: 9 s until it is noticed, 10 s until another
    # desk or the flow has the voter.
    rates = replace(
        RATES,
        talk=Spread(talk_s, talk_s - 0.1, talk_s + 0.1),
        hold_patience=Spread(40.0, 39.0, 41.0),
    )
    async with (
        trial(folder, people or {}, telecallers=(TELECALLER,), rates=rates) as one,
        one.samvad() as system,
        chromium_at(
            folder,
            PAGE,
            trusts=certificate(one.settings).chain if trusted else None,
            hears=hears if microphone else None,
        ) as window,
    ):
        yield Desk(one, system, window)


def strengths(samples: Samples, *hertz: float) -> list[float]:
    """Return the strongest that each tone was in any 120 ms: amplitudes of 0 to 1."""
    size = round(0.12 * RATE)
    parts = samples[: len(samples) // size * size].reshape(-1, size) / 32768
    t = np.arange(size) / RATE
    waves = [np.exp(-2j * np.pi * hz * t) for hz in hertz]
    return [float(np.abs(parts @ wave).max() * 2 / size) for wave in waves]


def now_and_a_bit() -> float:
    return time.monotonic() + 0.3  # what is on its way belongs to before


@pytest.mark.long
async def test_a_voter_and_a_telecaller_in_the_browser_hear_each_other(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with desk(tmp_path, people, talk_s=14) as one:
        await one.begin()
        await one.log_in()
        voter = await one.talk(people)
        since = now_and_a_bit()
        speech = np.concatenate([sine(hz, 0.5, 0.25) for hz in ANSWERED * 3])
        found, _ = await asyncio.gather(
            one.heard_here(*ANSWERED, *OTHERS), voter.say(speech.astype(np.int16))
        )
        assert min(found[:3]) > THERE > ABSENT > max(found[3:])
        found = strengths(voter.heard(since, LISTEN_S), *SPOKEN, *OTHERS)
        assert min(found[:3]) > THERE > ABSENT > max(found[3:])
        assert "audio/opus" in await one.page.evaluate("window.codecs()")

        outcomes = one.system.running.router.outcomes
        await until(lambda: sum(outcomes.values()) == 1, within_s=30)
        assert outcomes == {Disposition.TALKED: 1}
        assert await one.trial.disagreements() == []
        # The same leg waits for the next voter.
        await until(lambda: one.state == "ready")
        said = await one.page.evaluate("window.said.map(({ state }) => state)")
        assert said == ["off", "connecting", "registered", "up"]


async def test_a_telecaller_hears_themselves_before_logging_in_and_dials_nobody(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as one:
        await one.begin()
        await eventually(lambda: one.is_("registered"), within_s=15)
        await one.page.evaluate("void (window.echo = window.phone.echoTest())")
        await one.page.wait_for_function("window.phone.heard !== null")
        # A sentence says what comes; then one's own sound.
        async with asyncio.timeout(15):
            while True:
                found = await one.heard_here(*SPOKEN, *OTHERS)
                if min(found[:3]) > THERE > ABSENT > max(found[3:]):
                    break
        await one.page.evaluate("window.phone.endEchoTest()")
        assert await one.page.evaluate("window.echo") is True
        assert "0 active channels" in await one.asterisk("core show channels")
        number = await one.asterisk("dialplan show 09827012345@samvad-web")
        assert "Hangup(21)" in number
        assert "Dial" not in await one.asterisk("dialplan show samvad-web")
        assert await one.is_("registered", reason=None)


@pytest.mark.long
async def test_a_talk_goes_on_while_the_websocket_is_cut_and_back_again(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with desk(tmp_path, people, talk_s=30) as one, Relay(CUT_WSS, WSS) as wire:
        await one.begin(wss=CUT_WSS)
        await one.log_in()
        voter = await one.talk(people)
        leg_id = (await one.news())["legId"]
        await wire.cut()
        await eventually(lambda: one.is_("up", isConnected=False), within_s=3)
        since = now_and_a_bit()
        assert max(await one.heard_here(*OTHERS)) < ABSENT
        assert min(strengths(voter.heard(since, LISTEN_S - 0.5), *SPOKEN)) > THERE
        wire.mend()
        await eventually(lambda: one.is_("up", isConnected=True), within_s=10)
        assert (await one.news())["legId"] == leg_id
        assert one.state == "talking"
        # A network that has gone tells nobody: noticed because nothing is heard.
        wire.stall()
        await eventually(lambda: one.is_("up", isConnected=False), within_s=14)
        wire.mend()
        await eventually(lambda: one.is_("up", isConnected=True), within_s=12)
        assert wire.connections >= 3
        await one.asterisk("logger add channel dtmf.log dtmf")
        await one.page.evaluate("window.phone.press('12 x#')")
        await until(lambda: one.keys_received() == ["1", "2", "#"])
        for is_muted in (True, False):
            await one.page.evaluate("(is) => window.phone.mute(is)", is_muted)
            since = now_and_a_bit()
            await until(lambda: time.monotonic() > since + 2.2)  # noqa: B023
            found = strengths(voter.heard(since, 2), *SPOKEN)
            assert max(found) < ABSENT if is_muted else min(found) > THERE
        assert one.state == "talking"


@pytest.mark.long
async def test_a_closed_laptop_strands_nobody_and_opened_again_takes_voters_again(
    tmp_path: Path,
) -> None:
    people: dict[Any, Any] = numbered([person("asks")])
    async with desk(tmp_path, people, talk_s=60) as one:
        await one.begin()
        await one.log_in()
        await one.talk(people)
        one.window.close_the_laptop()
        await until(lambda: one.state == "reconnecting", within_s=13)
        # The voter is told so, waits, and goes on in the flow to its end.
        outcomes = one.system.running.router.outcomes
        await until(lambda: sum(outcomes.values()) == 1, within_s=30)
        assert outcomes == {Disposition.TALKED: 1}
        [(call, _)] = await one.trial.calls()
        assert call.completed
        one.window.open_the_laptop()
        await until(lambda: one.state in ("wrap_up", "ready"), within_s=40)
        await eventually(lambda: one.is_("up"), within_s=5)


async def test_a_page_that_is_left_gives_its_leg_back_at_once_and_reloaded_has_it_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as one:
        await one.begin()
        await one.log_in()
        seen: list[str] = []

        def has_been(state: str) -> bool:
            seen.append(one.state)
            return state in seen

        await one.page.reload()
        await until(lambda: has_been("reconnecting"), within_s=3)
        await one.page.wait_for_function("window.begin !== undefined")
        await one.begin()
        await eventually(lambda: one.is_("up"), within_s=15)
        assert one.state == "ready"


async def test_an_asterisk_that_dies_has_its_desks_again_once_it_is_back(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as one:
        await one.begin()
        await one.log_in()
        leg_id = (await one.news())["legId"]
        await one.asterisk("core stop now")
        await until(lambda: one.state == "reconnecting", within_s=15)
        await until(lambda: one.state == "ready", within_s=30)
        await eventually(lambda: one.is_("up", isConnected=True), within_s=5)
        assert (await one.news())["legId"] != leg_id


async def test_what_keeps_a_phone_from_working_has_a_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, trusted=False, microphone=False) as one:

        async def is_down(reason: str) -> bool:
            return await one.is_("down", reason=reason)

        async def anew() -> None:
            await one.page.reload()
            await one.page.wait_for_function("window.begin !== undefined")

        await one.begin()
        await eventually(lambda: is_down("microphone_refused"), within_s=10)
        await anew()
        # A microphone is there from now on; the certificate is still nobody's.
        await one.page.evaluate("window.lend()")
        await one.begin()
        await eventually(lambda: is_down("certificate_not_trusted"), within_s=10)
        await anew()
        await one.page.evaluate("window.lend()")
        await one.begin(wss=1, takes_phones=False)
        await eventually(lambda: is_down("not_reachable"), within_s=10)


async def test_a_password_that_is_not_right_is_said_and_not_tried_for_ever(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as one:
        await one.begin(password="guessed")
        await eventually(lambda: one.is_("down", reason="refused"), within_s=15)
        assert "tc-101-web" not in await one.asterisk("pjsip show contacts")
