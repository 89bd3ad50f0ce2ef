"""The memory of programs, for tests: controller.programs.ProgramStore.

It keeps the contract of tests/adapters/store/test_programs_contract.py, as the real
one does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ivr.controller.programs import ANSWERS_LAST, GivenAnswer, Token, TokenId
from ivr.core.access import User
from tests.fakes.users import MemoryUsers


class MemoryPrograms:
    def __init__(self, users: MemoryUsers) -> None:
        self._users = users
        self._tokens: dict[TokenId, Token] = {}
        self._keys: dict[str, TokenId] = {}
        self.answers: dict[tuple[str, str], tuple[datetime, GivenAnswer]] = {}

    async def keep_token(self, token: Token, key: str) -> None:
        self._tokens[token.token_id] = token
        self._keys[key] = token.token_id

    async def token_by_key(self, key: str) -> tuple[Token, User] | None:
        if key not in self._keys:
            return None
        token = self._tokens[self._keys[key]]
        user = await self._users.user(token.user_id)
        return (token, user) if user else None

    async def tokens(self) -> list[Token]:
        by_id = sorted(self._tokens.values(), key=lambda one: one.token_id)
        return sorted(by_id, key=lambda one: one.made_at, reverse=True)

    async def token_used(self, token_id: TokenId, at: datetime) -> None:
        self._tokens[token_id] = replace(self._tokens[token_id], used_at=at)

    async def end_token(self, token_id: TokenId, at: datetime) -> bool:
        token = self._tokens.get(token_id)
        if token is None or token.ended_at is not None:
            return False
        self._tokens[token_id] = replace(token, ended_at=at)
        return True

    async def claim_answer(
        self, owner: str, key: str, fingerprint: str, at: datetime
    ) -> GivenAnswer | None:
        old = [k for k, (was, _) in self.answers.items() if was < at - ANSWERS_LAST]
        for gone in old:
            del self.answers[gone]
        known = self.answers.get((owner, key))
        if known is not None:
            return known[1]
        self.answers[owner, key] = (at, GivenAnswer(fingerprint))
        return None

    async def keep_answer(self, owner: str, key: str, status: int, body: str) -> None:
        at, known = self.answers[owner, key]
        self.answers[owner, key] = (at, replace(known, status=status, body=body))

    async def drop_answer(self, owner: str, key: str) -> None:
        self.answers.pop((owner, key), None)
