"""Simulated telecallers against a small desk server: real HTTP, no Samvad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from ivr.settings.secret import secret
from ivr.simulation.population import Spread, Work
from ivr.simulation.settings import Simulation
from ivr.simulation.telecallers import TOKEN, Tally, run_telecallers
from tests.polling import until

SHORT = Spread(0.05, 0.04, 0.06)


class DeskServer:
    """One desk: what is posted to it, and the state it is put into."""

    def __init__(self, token: str) -> None:
        self.state = "offline"
        self.call_id: str | None = None
        self.posted: list[tuple[str, Any]] = []
        self.changed = asyncio.Condition()
        self.since = datetime.now(UTC)
        self._token = token
        self.refuse_next = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/v1/desks/tc-101", self._get)
        app.router.add_post("/api/v1/desks/tc-101/{act}", self._post)
        return app

    async def become(self, state: str, call_id: str | None = None) -> None:
        async with self.changed:
            self.state, self.call_id = state, call_id or self.call_id
            self.since = datetime.now(UTC)
            self.changed.notify_all()

    def _view(self) -> web.Response:
        return web.json_response(
            {
                "state": self.state,
                "since": self.since.isoformat(),
                "call_id": self.call_id,
            }
        )

    async def _get(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {self._token}":
            return web.json_response({"message": "who?"}, status=401)
        if seen := request.query.get("seen"):
            moment = datetime.fromisoformat(seen)
            wait_s = float(request.query["wait"])
            async with self.changed:
                try:
                    async with asyncio.timeout(wait_s):
                        await self.changed.wait_for(lambda: self.since > moment)
                except TimeoutError:
                    pass
        return self._view()

    async def _post(self, request: web.Request) -> web.Response:
        act = request.match_info["act"]
        said = await request.json() if request.can_read_body else None
        if act == self.refuse_next:
            self.refuse_next = ""
            return web.json_response({"message": "not now"}, status=400)
        self.posted.append((act, said))
        follow = {
            "login": "ready",
            "end-talk": "wrap_up",
            "ready": "ready",
            "logout": "offline",
        }
        if act in follow:
            await self.become(follow[act])
        return self._view()

    @property
    def acts(self) -> list[str]:
        return [act for act, _ in self.posted]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[DeskServer, str]]:
    server = DeskServer(secret(tmp_path, TOKEN))
    runner = web.AppRunner(server.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield server, f"http://127.0.0.1:{port}"
    await runner.cleanup()


def _work(
    base: str, home: Path, stopped: asyncio.Event, work: Work
) -> asyncio.Task[Tally]:
    return asyncio.create_task(
        run_telecallers(
            ["tc-101"],
            base=base,
            home=home,
            simulation=Simulation(work=work),
            stopped=stopped,
        )
    )


QUICK = Work(talk=SHORT, wrap_up=SHORT, pause=SHORT, pauses=0)


async def test_a_telecaller_talks_ends_notes_and_is_ready_again(
    desk: tuple[DeskServer, str], tmp_path: Path
) -> None:
    server, base = desk
    stopped = asyncio.Event()
    working = _work(base, tmp_path, stopped, QUICK)
    await until(lambda: server.state == "ready")
    await server.become("talking", "c-1")
    await until(lambda: server.acts == ["login", "end-talk", "outcome", "ready"])
    said = server.posted[2][1]
    assert said["call_id"] == "c-1"
    assert said["outcome"] and said["notes"]
    stopped.set()
    tally = await working
    assert (tally.talks, tally.outcomes, tally.ended_talks) == (1, 1, 1)
    assert server.acts[-1] == "logout"


async def test_a_voter_who_hangs_up_first_leaves_only_the_notes(
    desk: tuple[DeskServer, str], tmp_path: Path
) -> None:
    server, base = desk
    stopped = asyncio.Event()
    long_talk = Work(talk=Spread(30, 30, 30), wrap_up=SHORT, pause=SHORT, pauses=0)
    working = _work(base, tmp_path, stopped, long_talk)
    await until(lambda: server.state == "ready")
    await server.become("talking", "c-1")
    await server.become("wrap_up")
    await until(lambda: server.acts == ["login", "outcome", "ready"])
    stopped.set()
    assert (await working).ended_talks == 0


async def test_a_pause_is_asked_for_in_the_wrap_up_and_ended(
    desk: tuple[DeskServer, str], tmp_path: Path
) -> None:
    server, base = desk
    stopped = asyncio.Event()
    tired = Work(talk=SHORT, wrap_up=SHORT, pause=SHORT, pauses=1)
    working = _work(base, tmp_path, stopped, tired)
    await until(lambda: server.state == "ready")
    await server.become("wrap_up", "c-1")
    await until(lambda: server.acts == ["login", "outcome", "pause", "ready"])
    await server.become("paused")
    await until(lambda: server.acts[-1] == "ready" and len(server.acts) == 5)
    stopped.set()
    assert (await working).pauses == 1


async def test_a_refusal_is_taken_calmly_and_tried_again(
    desk: tuple[DeskServer, str], tmp_path: Path
) -> None:
    server, base = desk
    server.refuse_next = "login"
    stopped = asyncio.Event()
    working = _work(base, tmp_path, stopped, QUICK)
    await until(lambda: server.state == "ready")
    stopped.set()
    await working
    assert server.acts == ["login", "logout"]


async def test_telecallers_wait_for_a_samvad_that_is_not_there_yet(
    tmp_path: Path,
) -> None:
    stopped = asyncio.Event()
    working = _work("http://127.0.0.1:9", tmp_path, stopped, QUICK)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(working), 0.3)
    stopped.set()
    assert (await working).talks == 0
