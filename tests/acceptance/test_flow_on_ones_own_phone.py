"""A flow on one's own phone, over a real Asterisk: keys lead on, and nothing counts.

The softphone registers; the mobile stands behind the trunk.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode, DeskPhone, TelecallerId
from ivr.core.trial_call import Ended, Phase, TrialCall, Wanted
from tests.acceptance.sound_phone import SoundPhone
from tests.acceptance.telephone_room import BOSS, MOBILE, TC2, VOTER, Room, room
from tests.acceptance.whole import FLOW, PROMPT_S, TRIAL
from tests.polling import until

pytestmark = pytest.mark.acceptance

WHO = User(UserId("lata"), "लता", Role.ADMIN, CentreCode("MP"), TelecallerId(BOSS))
OWN = replace(WHO, user_id=UserId("kiran"), telecaller_id=TelecallerId(TC2))
LOUD = 0.5  # how much of a second is sound while a prompt plays


class Trials:
    """What one user does, and what their page shows."""

    def __init__(self, one: Room, user: User) -> None:
        self.trials, self.user = one.system.running.trial_calls, user

    @property
    def call(self) -> TrialCall:
        found = self.trials.of(self.user)
        assert found is not None
        return found

    async def begin(self, phone: DeskPhone) -> None:
        async def sound_is_there() -> list[str]:
            return []

        wanted = Wanted(FLOW, 1, phone)
        await self.trials.begin(self.user, wanted, "संवाद परीक्षण", sound_is_there)

    async def plays(self, node: str) -> None:
        await until(lambda: self.call.node == node, within_s=10)

    async def ended(self) -> Ended | None:
        await until(lambda: self.call.phase is Phase.OVER, within_s=10)
        return self.call.ended


async def hears_a_prompt(phone: SoundPhone) -> None:
    begun = time.monotonic()
    await until(
        lambda: time.monotonic() - begun > PROMPT_S / 2 and phone.heard(begun)[1] > LOUD
    )


async def test_the_flow_rings_ones_own_phone_and_a_key_leads_to_the_next_prompt(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, (TC2,)) as one:
        phone, mobile = await one.phone(BOSS), await one.phone(VOTER)
        it = Trials(one, WHO)
        await it.begin(DeskPhone.SOFTPHONE)
        await it.plays("first")
        await hears_a_prompt(phone)
        phone.press("1")
        await it.plays("second")
        await hears_a_prompt(phone)
        phone.press("2")
        assert await it.ended() is Ended.COMPLETED
        assert [one.meaning for one in it.call.answers] == ["yes", "no"]
        await until(lambda: phone.was_hung_up)
        # The own mobile, by the trunk; this time the person hangs up.
        it = Trials(one, OWN)
        await it.begin(DeskPhone.MOBILE)
        await it.plays("first")
        await hears_a_prompt(mobile)
        mobile.press("9")
        await it.plays("stop")
        mobile.hang_up()
        assert await it.ended() is Ended.HUNG_UP
        dialled = f"sip:0{MOBILE.removeprefix('+91')}@"
        assert any(dialled in said for said in mobile.messages)
        # None of it was a call.
        store, running = one.system.store, one.system.running
        assert running.router.outcomes == {} and running.router.unexpected == 0
        assert await store.open_attempts() == []
        assert await store.calls_of(TRIAL) == []
        assert not await store.is_do_not_call(MOBILE)
