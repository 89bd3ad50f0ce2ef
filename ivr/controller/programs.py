"""Tokens: how a program asks in a user's name, and answers given to a key before.

The store implements ProgramStore; core.access says what a token's program may do.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType, Protocol

from ivr.controller.ports import Clock
from ivr.controller.users import Users
from ivr.core.access import May, User, UserId, confined, grants, sees
from ivr.core.model import Centre, CentreCode
from ivr.errors import BadInput

TokenId = NewType("TokenId", str)
PREFIX = "samvad_"  # so that those who search leaked code find it
USED_EVERY = timedelta(minutes=1)  # how exactly `used_at` is kept
ANSWERS_LAST = timedelta(hours=24)
Tree = Mapping[CentreCode, Centre]


@dataclass(frozen=True, slots=True)
class Token:
    """What a program may do, in whose name. The secret itself is kept by nobody."""

    token_id: TokenId
    name: str  # what it is for
    user_id: UserId  # whose: it may never do what they may not
    centre: CentreCode  # the top of all it sees
    may: frozenset[May]
    made_by: str
    made_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a POST with an idempotency key was answered; status 0: it is under way."""

    fingerprint: str  # of the request
    status: int = 0
    body: str = ""


class ProgramStore(Protocol):
    """Raises StoreUnavailable."""

    async def keep_token(self, token: Token, key: str) -> None:
        """Write a new token; `key` is the hash of its secret."""

    async def token_by_key(self, key: str) -> tuple[Token, User] | None:
        """Return a token, ended or not, with its user."""

    async def tokens(self) -> list[Token]:
        """Return all, newest first."""

    async def token_used(self, token_id: TokenId, at: datetime) -> None: ...

    async def end_token(self, token_id: TokenId, at: datetime) -> bool:
        """End a token for ever; False when it was ended before, or never was."""

    async def claim_answer(
        self, owner: str, key: str, fingerprint: str, at: datetime
    ) -> GivenAnswer | None:
        """Note that a request begins (None), or return what is known of the key.

        What is older than ANSWERS_LAST is forgotten.
        """

    async def keep_answer(
        self, owner: str, key: str, status: int, body: str
    ) -> None: ...

    async def drop_answer(self, owner: str, key: str) -> None:
        """Let the key be used again: nothing was done."""


def key_of(secret: str) -> str:
    """Return what the store knows a token by: a stolen database asks nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Programs:
    """Makes tokens, knows them again, ends them."""

    def __init__(
        self, store: ProgramStore, users: Users, clock: Clock, tree: Tree
    ) -> None:
        self.store = store
        self._users = users
        self._clock = clock
        self._tree = tree

    async def make(
        self,
        name: str,
        user: User,
        centre: CentreCode,
        may: frozenset[May],
        *,
        by: User,
    ) -> tuple[Token, str]:
        """Return a new token and its secret, which nobody can show again.

        Raises BadInput: nobody gives away more than they have.
        """
        named = " ".join(name.split())
        if not 1 <= len(named) <= 80 or not named.isprintable():
            raise BadInput("1 to 80 letters: what is it for?", where="name")
        if not may:
            raise BadInput("choose at least one", where="may")
        if not (sees(user, centre, self._tree) and sees(by, centre, self._tree)):
            raise BadInput("choose a centre of the user's own", where="centre")
        beyond = sorted(may - (grants(user) & grants(by)))
        if beyond:
            raise BadInput(f"{', '.join(beyond)}: not theirs to give", where="may")
        token_id, secret = TokenId(secrets.token_hex(5)), _new_secret()
        at = self._clock.now()
        token = Token(token_id, named, user.user_id, centre, may, by.user_id, at)
        await self.store.keep_token(token, key_of(secret))
        detail = {"user": token.user_id, "may": " ".join(sorted(may)), "name": named}
        await self._note("token_made", token, by, detail)
        return token, secret

    async def who(self, secret: str) -> tuple[Token, User] | None:
        """Return the token, and the user as its program is; None: not let in."""
        if not secret.startswith(PREFIX):
            return None
        found = await self.store.token_by_key(key_of(secret))
        if found is None or found[0].ended_at is not None:
            return None
        token, user = found
        program = confined(user, token.may, token.centre, self._tree)
        if program is None or not user.is_active:
            return None
        now = self._clock.now()
        if token.used_at is None or now - token.used_at > USED_EVERY:
            await self.store.token_used(token.token_id, now)
        return token, program

    async def seen_by(self, user: User) -> list[Token]:
        """Return the tokens of a user's part of the organisation."""
        tokens = await self.store.tokens()
        return [one for one in tokens if sees(user, one.centre, self._tree)]

    async def end(self, token_id: TokenId, *, by: User) -> bool:
        """End a token at once; False when there is none of `by`'s centres."""
        own = {one.token_id: one for one in await self.seen_by(by)}
        token = own.get(token_id)
        if token is None:
            return False
        if await self.store.end_token(token_id, self._clock.now()):
            await self._note("token_ended", token, by, {"name": token.name})
        return True

    async def _note(
        self, action: str, token: Token, by: User, detail: dict[str, str]
    ) -> None:
        await self._users.note(
            action,
            user=by,
            about=f"token {token.token_id}",
            centre=token.centre,
            detail=detail,
        )


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)
