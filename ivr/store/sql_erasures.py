"""`SqlErasures`: requests, erasing and what is held (controller.erasures)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from ivr.core.erasure import Erasure, NumberKey
from ivr.core.held import Held
from ivr.core.model import CallId, CentreCode, PhoneNumber
from ivr.store import erasure, erasures
from ivr.store.erasure import Seal
from ivr.store.holdings import holdings
from ivr.store.store import SqlStore


class SqlErasures:
    """controller.erasures.ErasureStore on the same database as everything else."""

    def __init__(self, store: SqlStore, key: NumberKey) -> None:
        self._store = store
        self._key = key

    async def held(self, number: PhoneNumber) -> Held:
        return await self._store.read(holdings, number)

    async def ask(self, wish: Erasure, number: PhoneNumber) -> Erasure:
        return await self._store.change(erasures.ask, wish, number, self._key)

    async def one(self, request_id: int) -> tuple[Erasure, str] | None:
        return await self._store.read(erasures.one, request_id)

    async def listed(
        self, centres: Collection[CentreCode] | None, before: int, limit: int
    ) -> list[Erasure]:
        return await self._store.read(erasures.listed, centres, before, limit)

    async def asked(self) -> list[tuple[Erasure, PhoneNumber]]:
        return await self._store.read(erasures.asked)

    async def masked_before(self, before: datetime | None) -> list[Erasure]:
        return await self._store.read(erasures.masked_before, before)

    async def is_busy(self, number: PhoneNumber, now: datetime) -> bool:
        return await self._store.read(erasures.is_busy, number, now)

    async def sought(self) -> frozenset[str]:
        return await self._store.read(erasures.sought)

    async def no_longer_sought(self, hashes: Collection[str]) -> None:
        await self._store.change(erasures.no_longer_sought, hashes)

    async def among(self, hashes: Collection[str], at_most: int) -> list[PhoneNumber]:
        found: set[PhoneNumber] = set()
        for place in erasures.PLACES:
            after = ""
            while True:
                some = await self._store.read(
                    erasures.numbers_after, place, after, at_most
                )
                found.update(one for one in some if self._key.of(one) in hashes)
                await asyncio.sleep(0)  # calls come first
                if not some:
                    break
                after = some[-1]
        return sorted(found)

    # Erasing

    async def mask(
        self, wish: Erasure, number: PhoneNumber, seal: Seal, at: datetime
    ) -> Sequence[str]:
        files = await self._store.change(erasure.mask_person, wish, number, seal, at)
        # A crash before this line is made good at the next start (opt_outs.agree).
        await self._store.forget_opt_out(number, at)
        return files

    async def end(self, request_id: int, at: datetime) -> None:
        await self._store.change(erasure.forget_sealed, request_id, at)

    async def forget_audit(self, before: datetime, at_most: int) -> int:
        return await self._store.change(erasure.forget_audit, before, at_most)

    async def old_calls(
        self, before: datetime, at_most: int
    ) -> tuple[Sequence[CallId], Sequence[str]]:
        return await self._store.read(erasure.old_calls, before, at_most)

    async def forget_calls(self, calls: Sequence[CallId]) -> int:
        return await self._store.change(erasure.forget_calls, calls)
