"""schemathesis asks a live server whatever the document allows, and what it does not.

The real application over a real SQLite; the Samvad behind it is the tests' own, which
never waits, so that the whole takes about a minute.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr.controller.decisions import DecisionView
from ivr.controller.operations import DeskView
from ivr.controller.programs import Programs
from ivr.controller.users import Users
from ivr.core.model import Telecaller, TelecallerId
from ivr.store.engine import open_store
from ivr.store.programs import SqlPrograms
from ivr.store.users import SqlUsers
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.fakes.list_room import make_list_room
from tests.fakes.operations import FakeOperations
from tests.fakes.site import SEHORE, TREE, make_site, people_join
from tests.fakes.switch import FakeClock
from tests.fakes.users import QuickHasher

TOKEN = "a-token-of-the-tests"
EXAMPLES = 12  # of each operation and phase
AT_MOST_S = 240  # on a busy machine; alone it takes a fourth of it
SETTINGS = """
[checks]
# What is right by its shape may still be impossible now: a desk that is offline.
positive_data_acceptance.expected-statuses = ["2xx", "4xx"]
"""


DESKS = [
    Telecaller(TelecallerId(one), "सुनीता वर्मा", SEHORE, one) for one in ("tc-1", "tc-2")
]


class Hasty(FakeOperations):
    """Answers long questions at once."""

    async def wait_desk_change(
        self, telecaller_id: TelecallerId, seen: datetime, timeout_s: float
    ) -> DeskView:
        return self.desk(telecaller_id)

    async def decisions(self, seen: int, timeout_s: float) -> list[DecisionView]:
        return await super().decisions(seen, 0)


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[str]:
    clock = FakeClock()
    async with await open_store(f"sqlite:///{tmp_path}/samvad.db") as store:
        await store.upsert_people(list(TREE.values()), DESKS)
        idle = timedelta(minutes=60)
        users = Users(SqlUsers(store), QuickHasher(), clock, idle=idle)
        programs = Programs(SqlPrograms(store), users, clock, TREE)
        room = make_list_room(clock.now, TREE, folder=tmp_path / "uploads")
        site = make_site(Hasty(), TOKEN, clock=clock, lists=room)
        site = replace(site, users=users, programs=programs)
        await people_join(site)
        registry, _ = new_registry()
        runner = await serve(make_app(site, registry), "127.0.0.1", 0)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()
        await room.imports.close()


async def test_the_server_keeps_to_its_document(base: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    program = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        program,
        *(f"--config-file={tmp_path}/schemathesis.toml", "run"),
        f"{base}/api/v1/openapi.json",
        f"--header=Authorization: Bearer {TOKEN}",
        *("--phases=examples,coverage,fuzzing", f"--max-examples={EXAMPLES}"),
        *("--seed=1", "--no-shrink", "--no-color", "--generation-database=none"),
        *("--continue-on-failure", "--request-timeout=10"),
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "", "NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(AT_MOST_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    text = said.decode()
    assert process.returncode == 0, text[-20_000:]
    selected = re.search(r"Selected: (\d+)/(\d+)", text)
    tested = re.search(r"Tested: (\d+)", text)
    assert selected and tested and {*selected.groups()} == {tested[1]}, text[-2_000:]
    made = re.search(r"(\d+) generated", text)
    assert made and int(made[1]) > 10 * int(tested[1]), text[-2_000:]
