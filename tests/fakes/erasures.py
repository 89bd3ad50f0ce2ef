"""Erasures in memory: implements controller.erasures' ports. Nobody is held."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ivr.controller.erasures import Erasures, Terms
from ivr.controller.ports import Clock
from ivr.core.erasure import Erasure, ErasureState
from ivr.core.held import Held
from ivr.core.model import CallId, CentreCode, PhoneNumber

KINDS = ("contacts", "calls", "answers")


class MemoryErasures:
    def __init__(self) -> None:
        self.kept: dict[int, Erasure] = {}
        self.numbers: dict[int, PhoneNumber] = {}
        self.sealed: dict[int, str] = {}
        self.busy: set[PhoneNumber] = set()

    async def held(self, number: PhoneNumber) -> Held:
        return Held(number, dict.fromkeys(KINDS, ()))

    async def ask(self, wish: Erasure, number: PhoneNumber) -> Erasure:
        kept = replace(wish, request_id=len(self.kept) + 1)
        self.kept[kept.request_id] = kept
        self.numbers[kept.request_id] = number
        return kept

    async def one(self, request_id: int) -> tuple[Erasure, str] | None:
        found = self.kept.get(request_id)
        return (found, self.sealed.get(request_id, "")) if found else None

    async def listed(
        self, centres: Collection[CentreCode] | None, before: int, limit: int
    ) -> list[Erasure]:
        found = [
            one
            for one in reversed(self.kept.values())
            if centres is None or one.centre in centres
            if not before or one.request_id < before
        ]
        return found[:limit]

    async def asked(self) -> list[tuple[Erasure, PhoneNumber]]:
        return [
            (one, self.numbers[one.request_id])
            for one in self.kept.values()
            if one.state is ErasureState.ASKED
        ]

    async def masked_before(self, before: datetime | None) -> list[Erasure]:
        return []

    async def sought(self) -> frozenset[str]:
        return frozenset()

    async def no_longer_sought(self, hashes: Collection[str]) -> None:
        raise NotImplementedError

    async def among(
        self, hashes: Collection[str], at_most: int
    ) -> Sequence[PhoneNumber]:
        raise NotImplementedError

    async def is_busy(self, number: PhoneNumber, now: datetime) -> bool:
        return number in self.busy

    async def mask(
        self,
        wish: Erasure,
        number: PhoneNumber,
        seal: Callable[[Held], str],
        at: datetime,
    ) -> Sequence[str]:
        self.sealed[wish.request_id] = seal(await self.held(number))
        masked = replace(wish, state=ErasureState.MASKED, masked_at=at)
        self.kept[wish.request_id] = masked
        return ()

    async def end(self, request_id: int, at: datetime) -> None:
        raise NotImplementedError

    async def forget_audit(self, before: datetime, at_most: int) -> int:
        return 0

    async def old_calls(
        self, before: datetime, at_most: int
    ) -> tuple[Sequence[CallId], Sequence[str]]:
        return (), ()

    async def forget_calls(self, calls: Sequence[CallId]) -> int:
        return 0


class NoVault:
    def prepare(self, paper: str) -> None:
        return

    def seal(self, paper: str, held: Held) -> str:
        return json.dumps({"number": held.number})

    def open(self, paper: str, sealed: str) -> Mapping[str, object]:
        told: dict[str, object] = json.loads(sealed)
        return told

    def close_recordings(self, files: Sequence[str]) -> None:
        return

    def destroy(self, paper: str, files: Sequence[str]) -> None:
        return

    def destroy_recordings(self, files: Sequence[str]) -> None:
        return


def make_erasures(
    clock: Clock, store: MemoryErasures | None = None, barred: list[str] | None = None
) -> Erasures:
    numbers = barred if barred is not None else []

    async def bar(number: str, source: str) -> None:
        numbers.append(number)

    return Erasures(store or MemoryErasures(), NoVault(), clock, bar=bar, terms=Terms())
