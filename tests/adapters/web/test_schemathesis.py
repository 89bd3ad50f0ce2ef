"""schemathesis asks a live server whatever the document allows, and what it does not.

The real application over a real SQLite; the Samvad behind it is the tests' own, which
never waits, so that the whole takes a minute or two.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from ivr.controller.decisions import DecisionView
from ivr.controller.operations import CampaignView, DeskView
from ivr.core.model import (
    CallId,
    CampaignId,
    CampaignState,
    TelecallerId,
)
from ivr.core.model import DeskState as S
from ivr.core.talk import PartyId, Talk, TalkState
from ivr.web.api.openapi import document
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.adapters.web.api_examples import with_examples
from tests.adapters.web.api_scene import opened_scene
from tests.fakes.operations import FakeOperations

TOKEN = "a-token-of-the-tests"
EXAMPLES = 6  # of each operation and phase
AT_MOST_S = 360  # on a busy machine; alone it takes a fourth of it
SETTINGS = """
[checks]
# What is right by its shape may still be impossible now: a desk that is offline.
positive_data_acceptance.expected-statuses = ["2xx", "4xx"]
"""


# In which state a desk or a campaign can do what. Every other time it is put into it
# first: who makes requests up would hardly ever find it in the one that is needed.
NEEDED = {
    "log_in": S.OFFLINE,
    "log_out": S.READY,
    "ready": S.PAUSED,
    "pause": S.READY,
    "end_talk": S.TALKING,
    "hold": S.TALKING,
    "take_back": S.HOLDING,
    "transfer": S.TALKING,
    "transfer_targets": S.TALKING,
    "hand_over": S.CONSULTING,
    "bring_together": S.CONSULTING,
    "outcome": S.TALKING,
    "preview_dial": S.READY,
}
CAMPAIGN_NEEDED = {
    "start": CampaignState.DRAFT,
    "pause": CampaignState.RUNNING,
    "resume": CampaignState.PAUSED,
    "stop": CampaignState.RUNNING,
}
TALKS = {
    S.TALKING: TalkState.JOINED,
    S.HOLDING: TalkState.ON_HOLD,
    S.CONSULTING: TalkState.CONSULTING,
}
# What the server never does in this run, and why not.
OWN_DESK = "a desk's own: the run's token is the command line's, which has none"
NEVER_DONE = dict.fromkeys(
    (
        "GET /api/v1/desks/{telecaller_id}/card",
        "POST /api/v1/desks/{telecaller_id}/answers",
        "GET /api/v1/desks/{telecaller_id}/callback-days",
        "POST /api/v1/desks/{telecaller_id}/callbacks",
        "GET /api/v1/desks/{telecaller_id}/own-day",
    ),
    OWN_DESK,
) | {
    "POST /api/v1/recordings": "a WAV file, which no text in the document can be",
    "POST /api/v1/flows/{flow_id}/trial-call": "the command line has no phone",
    "POST /api/v1/desks/{telecaller_id}/messages/{message_id}/seen": "by whom it is "
    "sent to alone: the run's token is the command line's, which has no desk",
}


class Hasty(FakeOperations):
    """Answers long questions at once, from desks that are as they need to be."""

    def __init__(self) -> None:
        super().__init__()
        survey = CampaignId("survey")
        self.campaign_views[survey] = CampaignView(survey, "सर्वे", CampaignState.RUNNING)
        self._turns: Counter[str] = Counter()

    def prepare(self, act: str, telecaller_id: TelecallerId) -> None:
        self._turns[act] += 1
        if self._turns[act] % 2 == 0 or telecaller_id not in self.desk_views:
            return
        other = next(one for one in self.desk_views if one != telecaller_id)
        state = NEEDED[act]
        self._put(telecaller_id, state, TALKS.get(state))
        self._talks.clear()
        if state in TALKS:
            partner = PartyId(other) if state is S.CONSULTING else None
            talk = Talk(PartyId(telecaller_id), state=TALKS[state], partner=partner)
            self._talks[telecaller_id] = talk
        self._put(other, S.RESERVED if state is S.CONSULTING else S.READY, None)

    def _put(self, one: TelecallerId, state: S, talk: TalkState | None) -> None:
        call_id = CallId("c-1") if talk or state is S.RESERVED else None
        self.set_desk(one, state)
        view = replace(self.desk_views[one], talk=talk, call_id=call_id)
        self.desk_views[one] = view
        self._cores.pop(one, None)

    def _led(self, campaign_id: CampaignId, verb: str) -> CampaignView:
        self._turns[f"campaign {verb}"] += 1
        view = self.campaign_views.get(campaign_id)
        if view is not None and self._turns[f"campaign {verb}"] % 2:
            state = CAMPAIGN_NEEDED[verb]
            self.campaign_views[campaign_id] = replace(view, state=state)
        return super()._led(campaign_id, verb)

    async def wait_desk_change(
        self, telecaller_id: TelecallerId, seen: datetime, timeout_s: float
    ) -> DeskView:
        return self.desk(telecaller_id)

    async def decisions(self, seen: int, timeout_s: float) -> list[DecisionView]:
        return await super().decisions(seen, 0)


def _prepared(act: str) -> Callable[..., Any]:
    plain = getattr(FakeOperations, act)

    def prepared(self: Hasty, telecaller_id: TelecallerId, *a: Any, **k: Any) -> Any:
        self.prepare(act, telecaller_id)
        return plain(self, telecaller_id, *a, **k)

    return prepared


for _act in NEEDED:
    setattr(Hasty, _act, _prepared(_act))


@dataclass
class Served:
    base: str
    document: Path
    answered: Counter[tuple[str, int]]  # by route and status


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Served]:
    answered: Counter[tuple[str, int]] = Counter()

    async def note(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        path = resource.canonical if resource else "?"
        answered[f"{request.method} {path}", response.status] += 1

    async with AsyncExitStack() as stack:
        scene = await opened_scene(folder, Hasty(), TOKEN, stack)
        registry, _ = new_registry()
        app = make_app(scene.site, registry)
        app.on_response_prepare.append(note)
        written = folder / "openapi.json"
        described = with_examples(document(app), scene.places, scene.bodies)
        written.write_text(json.dumps(described), "utf-8")
        runner = await serve(app, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Served(base, written, answered)
        await runner.cleanup()


async def ask(
    served: Served, *options: str, seed: int = 1, at_most_s: float = AT_MOST_S
) -> tuple[int | None, str]:
    """Let schemathesis ask the server; return how it ended, and what it said."""
    folder = served.document.parent
    (folder / "schemathesis.toml").write_text(SETTINGS)
    program = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        program,
        *(f"--config-file={folder}/schemathesis.toml", "run"),
        *(str(served.document), f"--url={served.base}"),
        f"--header=Authorization: Bearer {TOKEN}",
        *(f"--seed={seed}", "--no-color", "--generation-database=none"),
        *("--continue-on-failure", "--request-timeout=10", *options),
        cwd=folder,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "", "NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(at_most_s):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, said.decode()


async def test_the_server_keeps_to_its_document(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        code, text = await ask(
            served,
            *("--phases=examples,coverage,fuzzing", f"--max-examples={EXAMPLES}"),
            "--no-shrink",
        )
        assert code == 0, text[-20_000:]
        selected = re.search(r"Selected: (\d+)/(\d+)", text)
        tested = re.search(r"Tested: (\d+)", text)
        assert selected and tested and {*selected.groups()} == {tested[1]}, text[
            -2_000:
        ]
        made = re.search(r"(\d+) generated", text)
        assert made and int(made[1]) > 10 * int(tested[1]), text[-2_000:]
        _each_was_done(served)


def _each_was_done(served: Served) -> None:
    """Nothing was refused each time that it was asked for."""
    paths = json.loads(served.document.read_text("utf-8"))["paths"]
    told = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
    done = {name for name, status in served.answered if 200 <= status < 300}
    never = {
        name: {status for route, status in served.answered if route == name}
        for name in told - done
    }
    assert never.keys() == NEVER_DONE.keys(), never
