"""Trial calls without the rest of Samvad: whose phones there are, and what forbids."""

from __future__ import annotations

from ivr.controller.ports import WayOut
from ivr.core.model import (
    Campaign,
    Due,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
    Trunk,
    TrunkName,
)
from tests.fakes.places import MP

MOBILE = PhoneNumber("+919827055509")
CALLER_ID = PhoneNumber("+917552550100")
TRUNK = Trunk(TrunkName("carrier"), "127.0.0.1", caller_ids=(CALLER_ID,))
IC_1 = Telecaller(TelecallerId("ic-1"), "देवेंद्र सिंह", MP, "ic-1", mobile=MOBILE)


class FakeSurroundings:
    """Everything is allowed, until a test says otherwise."""

    def __init__(self, *people: Telecaller) -> None:
        self.way_out: WayOut | None = WayOut(TRUNK, CALLER_ID)
        self.people = {one.telecaller_id: one for one in people or (IC_1,)}
        self.busy: set[TelecallerId] = set()
        self.do_not_call: set[PhoneNumber] = set()
        self.forbidden: Refused | None = None
        self.channels = 1

    def person(self, telecaller_id: TelecallerId) -> Telecaller | None:
        return self.people.get(telecaller_id)

    def is_on_the_phone(self, telecaller_id: TelecallerId) -> bool:
        return telecaller_id in self.busy

    def forbids(self, due: Due, campaign: Campaign, trunk: Trunk) -> Refused | None:
        if due.on_do_not_call:
            return Refused("do_not_call", "Opted out", None)
        return self.forbidden

    async def is_do_not_call(self, number: PhoneNumber) -> bool:
        return number in self.do_not_call

    def free_channels(self, trunk: Trunk) -> int:
        return self.channels
