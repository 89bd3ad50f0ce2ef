"""What trunks were used for, in memory: controller.trunk_meter.TrunkUseStore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ivr.controller.trunk_meter import OpenLeg
from ivr.core.model import Trunk, TrunkName
from ivr.core.trunk_day import DayUse
from ivr.errors import StoreUnavailable


class MemoryUse:
    def __init__(self) -> None:
        self.is_away = False
        self.used: dict[TrunkName, DayUse] = {}
        self.legs: dict[str, bool] = {}  # whether they are over
        self.open: list[OpenLeg] = []

    async def used_since(
        self, began: datetime, trunks: Sequence[Trunk]
    ) -> Mapping[TrunkName, DayUse]:
        return self.used

    async def open_since(self, began: datetime) -> Sequence[OpenLeg]:
        return self.open

    async def leg_opened(self, leg_id: str, trunk: TrunkName, at: datetime) -> None:
        if self.is_away:
            raise StoreUnavailable
        self.legs[leg_id] = False

    async def leg_closed(
        self, leg_id: str, answered_at: datetime | None, at: datetime
    ) -> None:
        if self.is_away:
            raise StoreUnavailable
        self.legs[leg_id] = True
