"""The memory of those who sign in, for tests: controller.users.UserStore.

It keeps the contract of tests/adapters/store/test_users_contract.py, as the real one
does. `QuickHasher` hashes without the cost that a real hash has on purpose.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ivr.controller.users import AuditEntry, WebSession
from ivr.core.access import User, UserId
from ivr.core.model import CentreCode
from ivr.core.sign_in import Tries, failed, held_until


class MemoryUsers:
    def __init__(self) -> None:
        self._users: dict[UserId, User] = {}
        self._hashes: dict[UserId, str] = {}
        self._tries: dict[UserId, Tries] = {}
        self._sessions: dict[str, WebSession] = {}
        self.entries: list[AuditEntry] = []

    async def user(self, user_id: UserId) -> User | None:
        return self._users.get(user_id)

    async def users(self) -> list[User]:
        return sorted(
            self._users.values(), key=lambda u: (u.centre, str(u.role), u.user_id)
        )

    async def keep_user(self, user: User, at: datetime, hashed: str = "") -> None:
        self._users[user.user_id] = user
        if hashed:
            self._hashes[user.user_id] = hashed
            self._tries.pop(user.user_id, None)
        if hashed or not user.is_active:
            await self.end_sessions_of(user.user_id)

    async def password_hash(self, user_id: UserId) -> str:
        return self._hashes.get(user_id, "")

    async def keep_password(self, user_id: UserId, hashed: str) -> None:
        if user_id in self._users:
            self._hashes[user_id] = hashed

    async def count_try(self, user_id: UserId, at: datetime) -> Tries:
        await asyncio.sleep(0)  # as with a real one, others come meanwhile
        before = self._tries.get(user_id, Tries())
        if held_until(before, at) is None:
            self._tries[user_id] = failed(before, at)
        return before

    async def forget_tries(self, user_id: UserId) -> None:
        self._tries.pop(user_id, None)

    async def open_session(self, session: WebSession) -> None:
        self._sessions[session.key] = session

    async def session(self, key: str) -> tuple[WebSession, User] | None:
        session = self._sessions.get(key)
        return (session, self._users[session.user_id]) if session else None

    async def sessions(
        self, keys: Collection[str]
    ) -> dict[str, tuple[WebSession, User]]:
        found = {key: await self.session(key) for key in keys}
        return {key: one for key, one in found.items() if one}

    async def sessions_of(self, user_id: UserId) -> list[WebSession]:
        own = [one for one in self._sessions.values() if one.user_id == user_id]
        return sorted(own, key=lambda one: one.seen_at, reverse=True)

    async def session_seen(self, key: str, at: datetime) -> None:
        if key in self._sessions:
            self._sessions[key] = replace(self._sessions[key], seen_at=at)

    async def end_session(self, key: str) -> None:
        self._sessions.pop(key, None)

    async def end_sessions_of(self, user_id: UserId, but: str = "") -> int:
        over = [s.key for s in await self.sessions_of(user_id) if s.key != but]
        for key in over:
            del self._sessions[key]
        return len(over)

    async def keep_audit(self, entry: AuditEntry) -> None:
        self.entries.append(replace(entry, entry_id=len(self.entries) + 1))

    async def audit(
        self, centres: frozenset[CentreCode] | None, *, before: int = 0, limit: int = 50
    ) -> list[AuditEntry]:
        found = [
            one
            for one in reversed(self.entries)
            if (centres is None or one.centre in centres)
            and (not before or one.entry_id < before)
        ]
        return found[:limit]


class QuickHasher:
    """controller.users.Hasher, for tests that sign in often."""

    def hash(self, password: str) -> str:
        return "quick$" + hashlib.sha256(password.encode()).hexdigest()

    def verify(self, hashed: str, password: str) -> bool:
        return hashed == self.hash(password)

    def is_old(self, hashed: str) -> bool:
        return not hashed.startswith("quick$")
