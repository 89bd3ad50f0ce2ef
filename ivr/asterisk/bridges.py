"""Who is joined to whom, by the manager's BridgeEnter and BridgeLeave.

A voter is in one bridge with one or more legs; each leg is joined and parted by
itself. Legs without a voter (a consultation) are no news to the controller.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from ivr.core.events import Joined, Parted, SwitchEvent
from ivr.core.model import CallId

CALL_PREFIX = "c-"  # a voter's leg: the attempt's id
LEG_PREFIX = "d-"  # every other leg: a telecaller's, a partner's, an in-charge's


class Bridges:
    """All bridges that hold somebody of ours."""

    def __init__(
        self, put: Callable[[SwitchEvent], None], now: Callable[[], datetime]
    ) -> None:
        self._put = put
        self._now = now
        self._members: dict[str, set[str]] = {}
        self._joined: dict[str, tuple[CallId, str]] = {}  # by leg: call, bridge
        self._leaving: dict[str, list[asyncio.Future[None]]] = {}

    def entered(self, bridge: str, unique: str) -> None:
        members = self._members.setdefault(bridge, set())
        members.add(unique)
        calls = [m for m in members if m.startswith(CALL_PREFIX)]
        if not calls:
            return
        for leg in sorted(m for m in members if m.startswith(LEG_PREFIX)):
            before = self._joined.get(leg)
            if before is not None and before[1] != bridge:  # its end was not seen
                self._put(Parted(before[0], leg, self._now()))
            if before is None or before[1] != bridge:
                self._joined[leg] = (CallId(calls[0]), bridge)
                self._put(Joined(CallId(calls[0]), leg, self._now()))

    def left(self, bridge: str, unique: str) -> None:
        members = self._members.get(bridge)
        if members is None:
            return
        members.discard(unique)
        for leg, (call_id, where) in list(self._joined.items()):
            if where == bridge and unique in (leg, call_id):
                del self._joined[leg]
                self._put(Parted(call_id, leg, self._now()))
        if not members:
            del self._members[bridge]
        for waiting in self._leaving.pop(unique, []):
            if not waiting.done():
                waiting.set_result(None)

    def shown(self, members: Mapping[str, set[str]]) -> None:
        """Put right what was not seen: `members` is who is in each bridge now."""
        for bridge, those in list(self._members.items()):
            for unique in those - members.get(bridge, set()):
                self.left(bridge, unique)
        for bridge, those in members.items():
            for unique in sorted(those - self._members.get(bridge, set())):
                self.entered(bridge, unique)

    def joined(self) -> dict[CallId, frozenset[str]]:
        """Return which legs each voter is joined with."""
        found: dict[CallId, frozenset[str]] = {}
        for leg, (call_id, _) in self._joined.items():
            found[call_id] = found.get(call_id, frozenset()) | {leg}
        return found

    def gone(self, unique: str) -> None:
        """It was hung up: in no bridge any more, whatever was seen of that."""
        for bridge, members in list(self._members.items()):
            if unique in members:
                self.left(bridge, unique)

    def keep_only(self, live: Collection[str]) -> None:
        """All others are no more, whatever was seen of their ends."""
        members = {one for some in self._members.values() for one in some}
        for unique in sorted(members.difference(live)):
            self.gone(unique)

    def holds(self, unique: str) -> bool:
        return any(unique in members for members in self._members.values())

    async def wait_until_out(self, unique: str, at_most_s: float) -> None:
        """Return when it is in no bridge, or after `at_most_s`."""
        if not self.holds(unique):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._leaving.setdefault(unique, [])
        waiting.append(future)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_most_s):
                    await future
        finally:
            waiting.remove(future)
            if not waiting and self._leaving.get(unique) is waiting:
                del self._leaving[unique]
