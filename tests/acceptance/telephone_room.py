"""Samvad on its own Asterisk, with a telephone of the test's for each who takes part.

No carrier: the voter's telephone stands behind the trunk, telecallers' and in-charges'
register. Each sounds a tone of its own, so a test can say who hears whom.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.cli.system import System, open_system
from ivr.core.flow_model import Flow
from ivr.core.model import (
    CampaignState,
    CentreCode,
    Contact,
    ContactId,
    NodeId,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TransferNumber,
)
from ivr.settings.config import Settings
from ivr.settings.secret import secret
from ivr.store.users import SqlUsers
from tests.acceptance.ports import PHONES, SIP, TRUNK
from tests.acceptance.sound_phone import SoundPhone
from tests.acceptance.whole import (
    CAMPAIGN,
    FLOW,
    PEOPLE,
    TRIAL,
    lawful_clock,
    with_,
    write_settings,
    write_sounds,
)
from tests.polling import until

VOTER, TC1, TC2, TC3, BOSS = "voter", "tc-101", "tc-102", "tc-103", "ic-1"
NAMES = (VOTER, TC1, TC2, TC3, BOSS)
AT_ONCE: Flow = replace(FLOW, start=NodeId("person"))
LISTEN_S = 0.9  # how long sound is listened to
HELP_DESK = PhoneNumber("+917552550177")

CENTRE = CentreCode("MP.BPL.SEH")


MOBILE = PhoneNumber("+919827055501")


def seat(name: str) -> Telecaller:
    mobile = MOBILE if name == TC2 else None
    return Telecaller(TelecallerId(name), f"साथी {name}", CENTRE, name, mobile=mobile)


@dataclass
class Room:
    """Everything a test needs to conduct a call."""

    settings: Settings
    system: System
    phones: dict[str, SoundPhone] = field(default_factory=dict)
    _ports: int = PHONES

    def state(self, telecaller: str) -> str:
        return str(self.system.running.desk(TelecallerId(telecaller)).state)

    async def phone(self, name: str) -> SoundPhone:
        """Give somebody a telephone; a former one has gone without a word."""
        one = SoundPhone(NAMES.index(name), len(NAMES))
        self._ports += 4
        await one.start(TRUNK if name == VOTER else self._ports)
        self.phones[name] = one
        if name != VOTER:
            password = secret(self.settings.home, name)
            await one.register(("127.0.0.1", SIP), name, password)
        return one

    async def at_work(self, *telecallers: str) -> None:
        for name in telecallers:
            await self.phone(name)
            await self.system.running.log_in(TelecallerId(name))
        await until(lambda: all(self.state(one) == "ready" for one in telecallers))

    async def call(self, to: str) -> None:
        """Call the voter; they are joined to `to`."""
        await self.phone(VOTER)
        now = self.system.clock.now()
        campaign = with_(CAMPAIGN)
        contact = Contact(
            ContactId(0), PEOPLE, PhoneNumber("+919827000001"), name="राम"
        )
        store = self.system.store
        await store.add_contacts(PEOPLE, "people of the trial", now, [contact])
        await store.save_campaign(campaign, AT_ONCE, "", now)
        await store.enrol(campaign, now)
        await store.set_campaign_state(TRIAL, CampaignState.RUNNING, now)
        self.system.running.dial_loop.refresh()
        await until(lambda: self.state(to) == "talking", within_s=15)

    async def hears(self, who: str, *others: str) -> None:
        """Wait until `who` hears these and nobody else; "music" is sound of nobody."""
        wanted = frozenset(NAMES.index(one) for one in others if one != "music")
        said: object = None

        def is_so() -> bool:
            nonlocal said
            since = time.monotonic() - LISTEN_S
            marks, sound = said = self.phones[who].heard(since)
            if "music" in others:
                return marks == wanted and sound > 0.5
            return marks == wanted and (sound < 0.2 or bool(wanted))

        begun = time.monotonic()
        try:
            # What sounded before is not to count.
            await until(lambda: time.monotonic() - begun > LISTEN_S and is_so())
        except AssertionError:
            raise AssertionError(f"{who} hears {said}, not {others}") from None

    async def audited(self) -> list[tuple[str, str]]:
        """Return action and mode of each line of the audit log, oldest first."""
        lines = await SqlUsers(self.system.store).audit(None)
        return [(one.action, one.detail.get("mode", "")) for one in reversed(lines)]

    async def call_is_over(self) -> None:
        outcomes = self.system.running.router.outcomes
        await until(lambda: sum(outcomes.values()) == 1, within_s=15)

    async def talks(self) -> set[str]:
        """Return with whom the voter talked, by the store; each talk has an end."""
        found = await self.system.store.conversations_of(TRIAL)
        assert all(one.joined_at and one.parted_at for one in found)
        return {one.telecaller_id for one in found}


@contextlib.asynccontextmanager
async def room(
    folder: Path, telecallers: tuple[str, ...] = (TC1, TC2)
) -> AsyncIterator[Room]:
    settings = write_settings(folder, folder / "home")
    write_sounds(settings.home, AT_ONCE)
    clock = lawful_clock(settings, CAMPAIGN)
    listed = TransferNumber("help", "सहायता केंद्र", HELP_DESK)
    async with open_system(
        settings,
        clock=clock,
        telecallers=[seat(one) for one in telecallers],
        in_charges=[seat(BOSS)],
        transfer_numbers=[listed],
    ) as system:
        one = Room(settings, system)
        try:
            yield one
        finally:
            for phone in one.phones.values():
                phone.stop()
