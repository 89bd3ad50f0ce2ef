"""The human side of simulated telecallers: logging in, talking, noting, pausing.

Their softphones are the carrier's business; here they use Samvad's HTTP API as
a telecaller's screen would. Lengths are drawn from the seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from ivr.settings.secret import secret
from ivr.simulation.population import Spread, Work
from ivr.simulation.settings import Simulation

log = structlog.get_logger(__name__)

WAIT_S = 20.0  # how long one question for news stays open
RETRY_S = 0.5
REQUEST_S = 10.0  # beyond the time a question may stay open
TOKEN = "api"  # the name of the API's secret in HOME/secrets

# What came of a conversation, and what a telecaller would note.
OUTCOMES: Sequence[tuple[str, str]] = (
    ("resolved", "जानकारी दी, संतुष्ट थे।"),
    ("resolved", "आवेदन की स्थिति बताई।"),
    ("follow_up", "कागज़ों की सूची माँगी, दोबारा बात करनी है।"),
    ("follow_up", "पंचायत सचिव से पूछकर बताना है।"),
    ("complaint", "राशन की दुकान समय पर नहीं खुलती, शिकायत दर्ज की।"),
    ("suggestion", "गाँव में पानी की टंकी का सुझाव दिया।"),
    ("not_interested", "अभी बात नहीं करना चाहते थे।"),
)
PAUSES = ("चाय", "भोजन", "फ़ोन देखना है")

View = Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What the telecallers did, all together."""

    talks: int = 0
    outcomes: int = 0
    pauses: int = 0
    ended_talks: int = 0
    calls: dict[str, list[str]] = field(default_factory=dict)  # by telecaller


async def run_telecallers(
    telecallers: Sequence[str],
    *,
    base: str,
    home: Path,
    simulation: Simulation,
    stopped: asyncio.Event,
) -> Tally:
    """Let all work until `stopped`; then they log out."""
    tally = Tally()
    headers = {"Authorization": f"Bearer {secret(home, TOKEN)}"}
    limits = aiohttp.ClientTimeout(total=REQUEST_S)
    async with aiohttp.ClientSession(base, headers=headers, timeout=limits) as http:
        people = [
            Worker(one, http, simulation.work, simulation.seed, tally, stopped)
            for one in telecallers
        ]
        await asyncio.gather(*(person.work() for person in people))
    return tally


class Refused(Exception):
    """Samvad said no: the desk is in another state than we thought."""


class Worker:
    """One telecaller at a screen."""

    def __init__(
        self,
        name: str,
        http: aiohttp.ClientSession,
        work: Work,
        seed: int,
        tally: Tally,
        stopped: asyncio.Event,
    ) -> None:
        self._name = name
        self._http = http
        self._work = work
        self._rng = random.Random(f"{seed}:telecaller:{name}")
        self._tally = tally
        self._stopped = stopped

    async def work(self) -> None:
        """Work until stopped. What goes wrong with the server is tried again."""
        working = asyncio.create_task(self._day())
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait({working, stopped}, return_when="FIRST_COMPLETED")
        working.cancel()
        stopped.cancel()
        # A failure in the day itself is a bug: show it.
        with contextlib.suppress(asyncio.CancelledError):
            await working
        with contextlib.suppress(Refused, aiohttp.ClientError, TimeoutError):
            await self._post("logout")

    async def _day(self) -> None:
        seen = ""
        while True:
            try:
                view = await self._news(seen)
                seen = str(view["since"])
                await self._act(view)
            except (aiohttp.ClientError, TimeoutError, Refused) as exc:
                log.debug("Telecaller tries again", desk=self._name, error=str(exc))
                await asyncio.sleep(RETRY_S)
                seen = ""

    async def _act(self, view: View) -> None:
        match view["state"]:
            case "offline":
                # Not at once: one that cannot be rung yet would be rung without end.
                await asyncio.sleep(RETRY_S)
                await self._post("login")
            case "talking":
                await self._talk(view)
            case "wrap_up":
                await self._wrap_up(view)
            case "paused":
                await asyncio.sleep(self._draw(self._work.pause))
                await self._post("ready")

    async def _talk(self, view: View) -> None:
        """Talk for a while; end it, if the voter has not hung up before."""
        self._tally.talks += 1
        self._tally.calls.setdefault(self._name, []).append(str(view["call_id"]))
        now = await self._news(str(view["since"]), self._draw(self._work.talk))
        if now["state"] == "talking" and now["call_id"] == view["call_id"]:
            await self._post("end-talk")
            self._tally.ended_talks += 1

    async def _wrap_up(self, view: View) -> None:
        await asyncio.sleep(self._draw(self._work.wrap_up))
        outcome, notes = self._rng.choice(OUTCOMES)
        said = {"call_id": view["call_id"], "outcome": outcome, "notes": notes}
        await self._post("outcome", said)
        self._tally.outcomes += 1
        if self._rng.random() < self._work.pauses:
            # Asked for during wrap-up, a pause begins when that ends.
            with contextlib.suppress(Refused):
                await self._post("pause", {"reason": self._rng.choice(PAUSES)})
                self._tally.pauses += 1
        await self._post("ready")

    def _draw(self, spread: Spread) -> float:
        return spread.draw(self._rng)

    async def _news(self, seen: str, wait_s: float = WAIT_S) -> View:
        """Return the desk: at once without `seen`, else when it has changed."""
        about = {"seen": seen, "wait": f"{wait_s:.2f}"} if seen else {}
        path = f"/api/v1/desks/{self._name}"
        limit = aiohttp.ClientTimeout(total=wait_s + REQUEST_S)
        async with self._http.get(path, params=about, timeout=limit) as response:
            return await self._view(response)

    async def _post(self, act: str, said: View | None = None) -> View:
        path = f"/api/v1/desks/{self._name}/{act}"
        async with self._http.post(path, json=said) as response:
            return await self._view(response)

    async def _view(self, response: aiohttp.ClientResponse) -> View:
        view: View = await response.json()
        if response.status >= 400:
            raise Refused(f"{response.status}: {view.get('message_en', '')}")
        return view
