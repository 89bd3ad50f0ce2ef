"""Erases people who ask for it, in two stages, and what was kept for long enough.

The store has the rows, the vault the keys; both are told here in the order in which a
crash at any moment loses nothing and brings nobody back. Decides no dates: core.erasure
and the settings do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from ivr.controller.ports import Clock
from ivr.core.erasure import Erasure, ErasureState, reason_of
from ivr.core.held import Held
from ivr.core.model import CallId, CentreCode, PhoneNumber, masked
from ivr.errors import BadInput, SamvadError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0  # for people whose call has ended meanwhile
PURGE_EVERY = timedelta(hours=1)
AT_ONCE = 200  # rows in one transaction: calls wait no longer than that
BETWEEN_S = 0.2  # two such transactions
LISTED = 200
NUMBERS_AT_ONCE = 2_000
ITSELF, RESTORED = "samvad", "came back by a restored backup"

BarNumber = Callable[[str, str], Awaitable[None]]  # number, source: never dial it again


class ErasureStore(Protocol):
    """Raises StoreUnavailable."""

    async def held(self, number: PhoneNumber) -> Held: ...

    async def ask(self, wish: Erasure, number: PhoneNumber) -> Erasure:
        """Keep a request; from then on no list brings the number back."""

    async def one(self, request_id: int) -> tuple[Erasure, str] | None:
        """Return a request, and what was sealed of the person."""

    async def listed(
        self, centres: Collection[CentreCode] | None, before: int, limit: int
    ) -> list[Erasure]: ...

    async def asked(self) -> list[tuple[Erasure, PhoneNumber]]: ...

    async def masked_before(self, before: datetime | None) -> list[Erasure]: ...

    async def sought(self) -> frozenset[str]:
        """Return the hashes of those who may be in the database again."""

    async def no_longer_sought(self, hashes: Collection[str]) -> None: ...

    async def among(
        self, hashes: Collection[str], at_most: int
    ) -> Sequence[PhoneNumber]:
        """Return the numbers with these hashes that stand anywhere.

        Reads every number there is, `at_most` at a time.
        """

    async def is_busy(self, number: PhoneNumber, now: datetime) -> bool: ...

    async def mask(
        self,
        wish: Erasure,
        number: PhoneNumber,
        seal: Callable[[Held], str],
        at: datetime,
    ) -> Sequence[str]:
        """Take the person out of all tables, in one piece; return their recordings."""

    async def end(self, request_id: int, at: datetime) -> None: ...

    async def forget_audit(self, before: datetime, at_most: int) -> int: ...

    async def old_calls(
        self, before: datetime, at_most: int
    ) -> tuple[Sequence[CallId], Sequence[str]]: ...

    async def forget_calls(self, calls: Sequence[CallId]) -> int: ...


class ErasureVault(Protocol):
    """Keys and recordings. Blocks; raises OSError, CannotOpen, SetupFailed."""

    def prepare(self, paper: str) -> None:
        """Make the key of a paper, on the disk."""

    def seal(self, paper: str, held: Held) -> str:
        """Seal what is held of somebody, with the keys of their recordings."""

    def open(self, paper: str, sealed: str) -> Mapping[str, object]: ...

    def close_recordings(self, files: Sequence[str]) -> None:
        """Destroy recordings' own keys: only the paper opens them now."""

    def destroy(self, paper: str, files: Sequence[str]) -> None:
        """Destroy a paper's key, and the recordings that it opened."""

    def destroy_recordings(self, files: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are kept."""

    stage2: timedelta = timedelta(days=365)
    audit: timedelta = timedelta(days=400)
    calls: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Done:
    """What one run erased."""

    again: int = 0  # who had come back by a restore
    masked: int = 0
    ended: int = 0
    audit: int = 0
    calls: int = 0

    @property
    def is_nothing(self) -> bool:
        return self == Done()


class Erasures:
    """`bar`: puts a number on do-not-call and drops a call that rings there."""

    def __init__(
        self,
        store: ErasureStore,
        vault: ErasureVault,
        clock: Clock,
        *,
        bar: BarNumber,
        terms: Terms,
    ) -> None:
        self.terms = terms
        self._store = store
        self._vault = vault
        self._clock = clock
        self._bar = bar
        self._one_at_a_time = asyncio.Lock()

    async def held(self, number: PhoneNumber) -> Held:
        """Return everything that is held of a number."""
        return await self._store.held(number)

    async def listed(
        self,
        centres: Collection[CentreCode] | None,
        *,
        before: int = 0,
        limit: int = LISTED,
    ) -> list[Erasure]:
        """Return requests of these centres (None: all), the newest first.

        `before`: those older than that request.
        """
        return await self._store.listed(centres, before, limit)

    async def request(
        self, number: PhoneNumber, reason: str, *, by: str, centre: CentreCode | None
    ) -> Erasure:
        """Erase somebody: at once, or as soon as their call is over. Raises BadInput.

        `centre`: whose matter it is when no list tells.
        """
        why, held = reason_of(reason), await self._store.held(number)
        wish = Erasure(
            request_id=0,
            state=ErasureState.ASKED,
            shown=masked(number),
            reason=why,
            asked_by=by,
            asked_at=self._clock.now(),
            centre=held.centre or centre,
        )
        await self._bar(number, "erased")
        kept = await self._store.ask(wish, number)
        log.info("Erasure asked for", request=kept.request_id, by=by)
        await self._mask_asked()
        found = await self._store.one(kept.request_id)
        return found[0] if found else kept

    async def opened(self, request_id: int) -> Mapping[str, object]:
        """Return what was sealed of somebody. Raises BadInput, CannotOpen.

        The caller has made sure that two officers want it, and notes who.
        """
        found = await self._store.one(request_id)
        if found is None:
            raise BadInput(f"there is no erasure {request_id}")
        wish, sealed = found
        if wish.state is not ErasureState.MASKED:
            raise BadInput(f"nothing of erasure {request_id} is sealed")
        return await asyncio.to_thread(self._vault.open, wish.paper, sealed)

    async def again(self) -> int:
        """Erase anew whom an older backup brought back; return how many.

        Their hashes are known and were not in the database: someone restored it.
        """
        hashes = await self._store.sought()
        if not hashes:
            return 0
        numbers = await self._store.among(hashes, NUMBERS_AT_ONCE)
        for number in numbers:
            await self.request(number, RESTORED, by=ITSELF, centre=None)
        await self._store.no_longer_sought(hashes)
        log.warning("Erased anew, after a restore", people=len(numbers))
        return len(numbers)

    # What happens by itself

    async def run(self) -> None:
        """Work for as long as Samvad does."""
        purged_at: datetime | None = None
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = self._clock.now()
            is_time = purged_at is None or now - purged_at >= PURGE_EVERY
            try:
                if is_time:
                    await self.run_once()
                    purged_at = now
                else:
                    await self._mask_asked()
            except (SamvadError, OSError) as exc:
                log.error("Not erased yet", error=str(exc))

    async def run_once(self) -> Done:
        """Do all that is due. Raises StoreUnavailable, OSError."""
        done = Done(
            again=await self.again(),
            masked=await self._mask_asked(),
            ended=await self._end_due(),
            audit=await self._purge_audit(),
            calls=await self._purge_calls(),
        )
        await self._finish_masked()
        if not done.is_nothing:
            log.info(
                "Erased", people=done.masked, ended=done.ended, calls=done.calls,
                audit=done.audit,
            )  # fmt: skip
        return done

    async def _mask_asked(self) -> int:
        """First stage, for whoever is on no call; return how many."""
        count = 0
        async with self._one_at_a_time:
            for wish, number in await self._store.asked():
                now = self._clock.now()
                if await self._store.is_busy(number, now):
                    if wish.is_alarming(now):
                        log.error("Not erased for 30 days", request=wish.request_id)
                    continue
                # The key is on the disk before anything is sealed by it, and other
                # keys of the recordings go when the paper that has them is committed.
                await asyncio.to_thread(self._vault.prepare, wish.paper)
                seal = partial(self._vault.seal, wish.paper)
                files = await self._store.mask(wish, number, seal, now)
                await asyncio.to_thread(self._vault.close_recordings, files)
                log.info("Erased: masked", request=wish.request_id)
                count += 1
        return count

    async def _finish_masked(self) -> None:
        """Close recordings once more: a crash may have come between."""
        for wish in await self._store.masked_before(None):
            if wish.recordings:
                await asyncio.to_thread(self._vault.close_recordings, wish.recordings)

    async def _end_due(self) -> int:
        """Second stage: destroy the keys of who was masked long enough ago."""
        now = self._clock.now()
        due = await self._store.masked_before(now - self.terms.stage2)
        for wish in due:
            await asyncio.to_thread(self._vault.destroy, wish.paper, wish.recordings)
            await self._store.end(wish.request_id, now)
            log.info("Erased: key destroyed", request=wish.request_id)
        return len(due)

    async def _purge_audit(self) -> int:
        before, count = self._clock.now() - self.terms.audit, 0
        while gone := await self._store.forget_audit(before, AT_ONCE):
            count += gone
            await asyncio.sleep(BETWEEN_S if gone == AT_ONCE else 0)
        return count

    async def _purge_calls(self) -> int:
        before, count = self._clock.now() - self.terms.calls, 0
        while True:
            calls, files = await self._store.old_calls(before, AT_ONCE)
            if not calls:
                return count
            # Keys first: a name without a recording does no harm, the other way round
            # nobody would know of the recording any more.
            await asyncio.to_thread(self._vault.destroy_recordings, files)
            count += await self._store.forget_calls(calls)
            await asyncio.sleep(BETWEEN_S if len(calls) == AT_ONCE else 0)
