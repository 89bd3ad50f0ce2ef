"""A telecaller's shift in a real browser, on the real pages: for acceptance tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page

from ivr.cli.system import System
from ivr.controller.users import Users
from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode, TelecallerId
from ivr.settings.certificate import certificate
from ivr.simulation.phone import Phone
from ivr.simulation.population import Spread
from ivr.simulation.tones import mark_hz, sine
from ivr.store.users import SqlUsers
from ivr.web.passwords import Argon2Hasher
from tests.acceptance.browser import Window, chromium, write_tones
from tests.acceptance.ports import HTTPS
from tests.acceptance.whole import CAMPAIGN, RATES, TRIAL, Trial, trial
from tests.polling import until

EARS = Path(__file__).parent / "page" / "ears.js"
PASSWORD = "नर्मदा के किनारे 42"
SEHORE = CentreCode("MP.BPL.SEH")
TELECALLER = TelecallerId("tc-101")
SPOKEN = (620, 880, 1240)  # into the telecaller's microphone, one after the other
ANSWERED = (500, 1010, 1490)  # by the voter
OTHERS = (750, 1120, 1640)  # by nobody
THERE, ABSENT = 0.08, 0.03  # amplitudes; each tone is made with 0.25
LISTEN_S = 3.0
HEAR_S = 4.5  # all that a voter says: a busy browser looks at fewer moments of it
USERS = (
    User(UserId("sunita"), "सुनीता वर्मा", Role.TELECALLER, SEHORE, TELECALLER),
    User(
        UserId("anuradha"),
        "अनुराधा शर्मा",
        Role.IN_CHARGE,
        SEHORE,
        TelecallerId("ic-seh"),
    ),
    User(UserId("meera"), "मीरा शर्मा", Role.ADMIN, CentreCode("MP")),
    User(UserId("kiran"), "किरण राव", Role.ADMIN, CentreCode("MP")),
    User(UserId("vimla"), "विमला नायर", Role.AUDITOR, CentreCode("MP")),
)


@dataclass
class Shift:
    """A running Samvad and a telecaller before its page."""

    trial: Trial
    system: System
    window: Window

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def state(self) -> str:
        return str(self.system.running.desk(TELECALLER).state)

    async def sign_in(self, name: str = "sunita", path: str = "/desk") -> None:
        await sign_in(self.page, name, path)

    async def begin(self) -> None:
        """Click what begins the shift; return when the desk is ready."""
        await self.page.click('[data-phone-act="begin"]')
        await until(lambda: self.state == "ready", within_s=20)

    async def talk(self, people: Any) -> Phone:
        """Let the one voter be called and joined; return their telephone."""
        await self.trial.enrol(
            people,
            campaign=replace(CAMPAIGN, wrap_up=timedelta(seconds=60)),
            running=False,
        )
        await self.trial.post(f"/api/v1/campaigns/{TRIAL}/start")
        await until(lambda: self.state == "talking", within_s=30)
        [voter] = self.trial.carrier.live_phones
        return voter

    @asynccontextmanager
    async def another(self, name: str, hertz: Sequence[float]) -> AsyncIterator[Page]:
        """Open a second browser, into whose microphone other tones are spoken."""
        folder = self.trial.settings.file.parent
        hears = folder / f"{name}.wav"
        write_tones(hears, hertz, mark_hz(1), each_s=0.5)
        trusts = certificate(self.trial.settings).chain
        async with chromium(folder, trusts=trusts, hears=hears, name=name) as window:
            await window.page.add_init_script(path=EARS)
            yield window.page

    async def heard_here(self, *hertz: float, seconds: float = HEAR_S) -> list[float]:
        """Return how strong each tone is in what the browser hears."""
        return await heard(self.page, *hertz, seconds=seconds)


async def heard(page: Page, *hertz: float, seconds: float = HEAR_S) -> list[float]:
    """Return how strong each tone is in what a page receives."""
    found: list[float] = await page.evaluate(
        "([hertz, seconds]) => window.strengths(hertz, seconds)", [hertz, seconds]
    )
    return found


async def sign_in(page: Page, name: str, path: str = "/", *, port: int = HTTPS) -> None:
    """Sign in by the form; ends on `path`."""
    await page.goto(f"https://127.0.0.1:{port}/sign-in?next={path}")
    await page.fill("[name=user_id]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button.main")
    await page.wait_for_url(f"**{path}")


async def say(voter: Phone) -> None:
    """Let the voter play their tones, for some four seconds."""
    tones = np.concatenate([sine(hz, 0.5, 0.25) for hz in ANSWERED * 3])
    await voter.say(tones.astype(np.int16))


async def join_users(system: System) -> None:
    users = Users(
        SqlUsers(system.store),
        Argon2Hasher(),
        system.clock,
        idle=timedelta(minutes=60),
    )
    await asyncio.gather(*(users.add(one, PASSWORD, by="test") for one in USERS))


@asynccontextmanager
async def shift(
    folder: Path,
    people: dict[Any, Any] | None = None,
    *,
    talk_s: float = 20.0,
    telecallers: tuple[TelecallerId, ...] = (TELECALLER,),
) -> AsyncIterator[Shift]:
    """Run everything, with a browser whose microphone plays SPOKEN."""
    hears = folder / "microphone.wav"
    # Under it lies what the simulated voters know this telecaller by.
    write_tones(hears, SPOKEN, mark_hz(0), each_s=0.5)
    rates = replace(RATES, talk=Spread(talk_s, talk_s - 0.1, talk_s + 0.1))
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(
            trial(folder, people or {}, telecallers=telecallers, rates=rates)
        )
        system = await stack.enter_async_context(one.samvad())
        await join_users(system)
        window = await stack.enter_async_context(
            chromium(folder, trusts=certificate(one.settings).chain, hears=hears)
        )
        await window.page.add_init_script(path=EARS)
        yield Shift(one, system, window)
