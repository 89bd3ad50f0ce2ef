"""A telecaller's line dies in the middle of a talk: the voter is never lost.

On the real Asterisk, by who hears whose tone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.model import Disposition
from tests.acceptance.telephone_room import TC1, TC2, VOTER, room
from tests.acceptance.whole import TRIAL
from tests.polling import until

pytestmark = pytest.mark.acceptance

SILENT_S = 13.0  # until a leg without sound is taken for dead (pjsip.conf.j2), and more


async def test_a_closed_laptop_never_strands_a_voter(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        await one.at_work(TC1)
        await one.call(TC1)
        await one.hears(VOTER, TC1)

        one.phones[TC1].stop()  # without a word
        await until(lambda: one.state(TC1) == "reconnecting", within_s=SILENT_S)
        await one.hears(VOTER, "music")
        await one.phone(TC1)  # open again, at another address
        await until(lambda: one.state(TC1) == "talking", within_s=9)
        await one.hears(VOTER, TC1)
        await one.hears(TC1, VOTER)

        await one.at_work(TC2)
        one.phones[TC1].hang_up()
        one.phones[TC1].stop()  # and does not come back
        await until(lambda: one.state(TC1) == "reconnecting")
        await one.hears(VOTER, "music")
        await until(lambda: one.state(TC2) == "talking", within_s=13)
        await one.hears(VOTER, TC2)
        outcomes = one.system.running.router.outcomes
        assert not outcomes

        one.phones[TC2].hang_up()
        one.phones[TC2].stop()  # and now there is nobody
        await one.hears(VOTER, "music")
        await until(lambda: sum(outcomes.values()) == 1, within_s=25)
        assert outcomes == {Disposition.TALKED: 1}
        [(call, _)] = await one.system.store.calls_of(TRIAL)
        assert call.completed  # through the apology to the end of the flow
        assert not call.abandoned
        assert await one.talks() == {TC1, TC2}
