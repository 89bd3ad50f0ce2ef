"""What a trial call needs of the world, in Samvad's words. Nothing is decided here."""

from __future__ import annotations

from typing import Protocol

from ivr.controller.ports import DeskDial, OutsideDial, WayOut
from ivr.core.model import (
    Campaign,
    Due,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
    Trunk,
)
from ivr.core.trial_call import NoTrial
from ivr.errors import SamvadError

TRIAL_PREFIX = "t-"  # of a trial call's id: no attempt's, no desk's leg


class TrialRefused(SamvadError):
    """No phone is rung: `why` says because of what."""

    def __init__(self, why: NoTrial, because: str) -> None:
        self.why = why
        super().__init__(because)


class TrialSwitch(Protocol):
    """What of the telephone switch is used. Raises SwitchRefused, SwitchGone."""

    async def ring_trial(self, trial_id: str, dial: DeskDial | OutsideDial) -> None:
        """Ring a phone; once it is answered, its line comes as every line does.

        LegUp or LegDown tells of it, with `trial_id` as the leg.
        """

    async def hang_up(self, call_or_leg_id: str) -> bool: ...


class TrialSurroundings(Protocol):
    """What of the rest of Samvad is asked."""

    @property
    def way_out(self) -> WayOut | None:
        """By which trunk people's own numbers are rung."""

    def person(self, telecaller_id: TelecallerId) -> Telecaller | None:
        """Return whose phones the settings know under that id."""

    def is_on_the_phone(self, telecaller_id: TelecallerId) -> bool:
        """Say whether their phone is taken: parked at the desk, or listening."""

    def forbids(self, due: Due, campaign: Campaign, trunk: Trunk) -> Refused | None:
        """Return what forbids ringing that number now: the law, or a stop."""

    async def is_do_not_call(self, number: PhoneNumber) -> bool:
        """Raises StoreUnavailable."""

    def free_channels(self, trunk: Trunk) -> int: ...
