"""Lock-outs kept in memory: controller.lockout_room.LockoutStore."""

from __future__ import annotations

from datetime import datetime

from ivr.core.lockout import Lockout, Source
from ivr.errors import StoreUnavailable


class MemoryLockouts:
    def __init__(self) -> None:
        self.is_away = False
        self.kept: dict[Source, Lockout] = {}

    async def keep(self, lockout: Lockout) -> None:
        if self.is_away:
            raise StoreUnavailable
        self.kept[lockout.source] = lockout

    async def since(self, end: datetime) -> list[Lockout]:
        if self.is_away:
            raise StoreUnavailable
        return [one for one in self.kept.values() if one.until > end]
