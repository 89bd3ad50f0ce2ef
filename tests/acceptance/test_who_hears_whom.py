"""An in-charge listens, whispers, barges: who hears whose tone on a real Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.model import ListenMode, TelecallerId
from tests.acceptance.telephone_room import BOSS, TC1, VOTER, room
from tests.acceptance.whole import eventually
from tests.polling import until

pytestmark = pytest.mark.acceptance

IN_CHARGE, FIRST = TelecallerId(BOSS), TelecallerId(TC1)


async def test_the_voter_never_hears_a_whisper(tmp_path: Path) -> None:
    async with room(tmp_path, (TC1,)) as one:
        running = one.system.running
        await one.at_work(TC1)
        await one.phone(BOSS)
        await running.listen(IN_CHARGE, FIRST, ListenMode.LISTEN)
        await until(lambda: one.phones[BOSS].in_call)
        await one.hears(BOSS)  # between calls a telecaller's room is not heard
        await one.call(TC1)
        await one.hears(BOSS, VOTER, TC1)
        await one.hears(TC1, VOTER)
        await one.hears(VOTER, TC1)
        await running.listen(IN_CHARGE, FIRST, ListenMode.WHISPER)
        await one.hears(TC1, VOTER, BOSS)
        await one.hears(VOTER, TC1)
        await one.hears(BOSS, VOTER, TC1)
        await running.listen(IN_CHARGE, FIRST, ListenMode.BARGE)
        await one.hears(VOTER, TC1, BOSS)
        await one.hears(TC1, VOTER, BOSS)
        await running.listen(IN_CHARGE, FIRST, ListenMode.LISTEN)
        await one.hears(VOTER, TC1)
        await one.hears(TC1, VOTER)
        one.phones[VOTER].hang_up()
        await one.call_is_over()
        await one.hears(BOSS)
        assert one.phones[BOSS].in_call  # for the next call
        one.phones[BOSS].hang_up()
        await until(lambda: not running.who_listens())
        heard = [
            mode for action, mode in await one.audited() if action == "listening_heard"
        ]
        assert heard == ["listen", "whisper", "barge", "listen"]

        async def is_ended() -> bool:
            return (await one.audited())[-1][0] == "listening_ended"

        await eventually(is_ended, within_s=5)
