"""What practising needs of the world, in Samvad's words. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from ivr.core.model import TelecallerId
from ivr.core.practice import Practice


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was heard of the telecaller; `spoke_s` 0.0: nothing."""

    waited_s: float  # until they began
    spoke_s: float


class VoterLine(Protocol):
    """The virtual voter's end of the line. Raises CallerHungUp, SwitchGone."""

    practice_id: str

    async def say(self, name: str) -> None:
        """Play one of the scenario's lines to its end."""

    async def hear(self, patience_s: float) -> Spoken:
        """Return when the telecaller has spoken and is silent again.

        Or when they have said nothing for `patience_s`.
        """

    async def hang_up(self) -> None:
        """End the call; silently, if it is over."""


class PracticeSwitch(Protocol):
    """What of the telephone switch is used."""

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        """Join a virtual voter to a parked leg. False: the leg is not there.

        Their line comes as every line does, with `practice_id`.
        """

    async def hang_up(self, call_or_leg_id: str) -> bool: ...


class PracticeDesks(Protocol):
    """What of the desks is used."""

    async def take(self, telecaller_id: TelecallerId) -> str:
        """Take a desk out of the pool; return its leg. Raises BadInput."""

    def is_away(self, telecaller_id: TelecallerId) -> bool:
        """Say whether the desk is out of the pool, as practising needs it."""

    def name(self, telecaller_id: TelecallerId) -> str: ...

    async def tell(self, telecaller_id: TelecallerId) -> None:
        """Let whoever watches the desk look again."""


class PracticeStore(Protocol):
    """The memory of practices. Raises StoreUnavailable."""

    async def keep(self, practice: Practice) -> None:
        """Write a practice, or what is now known of it."""

    async def of(
        self, telecallers: Collection[TelecallerId], limit: int
    ) -> list[Practice]:
        """Return each one's last practices that are over, the latest first."""
