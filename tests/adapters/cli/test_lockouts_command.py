"""dialer.py lockouts: shown, and released."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from ivr.core.lockout import Lockout, Source
from ivr.store.engine import open_store
from ivr.store.lockouts import SqlLockouts
from tests.adapters.cli.conftest import Office


def locked(office: Office, *sources: str) -> None:
    async def keep() -> None:
        now = datetime.now(UTC)
        async with await open_store(office.settings.database_url) as store:
            for source in sources:
                until = now + timedelta(minutes=10)
                one = Lockout(Source(source), now, until, 1, "8 failed tries, 1 names")
                await SqlLockouts(store).keep(one)

    asyncio.run(keep())


def test_who_is_shut_out_is_shown_and_can_be_let_in(office: Office) -> None:
    office.settings.home.mkdir(parents=True)
    assert "Nobody" in office.dialer("lockouts", "list").out
    locked(office, "203.0.113.7", "2001:db8:1:2::/64")
    assert "8 failed tries" in office.dialer("lockouts", "list").out
    said = office.dialer("lockouts", "release", "203.0.113.7")
    assert said.code == 0, said.err
    said = office.dialer("lockouts", "release", "2001:db8:1:2::99")  # one of them
    assert said.code == 0, said.err
    assert json.loads(office.dialer("lockouts", "list", "--json").out) == []


def test_who_is_not_shut_out_cannot_be_released(office: Office) -> None:
    office.settings.home.mkdir(parents=True)
    for address in ("203.0.113.7", "office"):
        said = office.dialer("lockouts", "release", address)
        assert said.code == 1 and "lockouts list" in said.err
