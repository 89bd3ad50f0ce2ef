"""What signing in needs of the memory, and the acts on users. Decides nothing itself.

The store implements UserStore; core.sign_in and core.access decide. A password is
hashed in a thread: argon2id takes 50 ms and 64 MB on purpose.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ivr.controller.ports import Clock
from ivr.controller.together import Together
from ivr.core.access import User, UserId
from ivr.core.model import CentreCode
from ivr.core.sign_in import Tries, failed, held_until, normalised, password_problem
from ivr.errors import BadInput, StoreUnavailable

log = structlog.get_logger(__name__)

SESSION_LASTS = timedelta(hours=12)  # a shift
SEEN_EVERY = timedelta(minutes=1)  # how exactly `seen_at` is kept
HASHING_AT_ONCE = 2  # each takes 64 MB and a core
ANSWER_WITHIN_S = 2.0  # for whose a cookie is
# While the store is away: for how long a session is what it was, and of how many.
KNOWN_FOR = timedelta(minutes=5)
MOST_KNOWN = 2_000


@dataclass(frozen=True, slots=True)
class WebSession:
    """One signed-in browser. `key` is the hash of what its cookie holds."""

    key: str
    user_id: UserId
    csrf: str
    began_at: datetime
    seen_at: datetime
    address: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what. `about` names it: campaign demo, user meera ..."""

    at: datetime
    user_id: str
    action: str  # a word of the code: signed_in, campaign_started ...
    about: str = ""
    centre: CentreCode | None = None  # whose matter it is
    address: str = ""
    detail: dict[str, str] = field(default_factory=dict)
    entry_id: int = 0


class UserStore(Protocol):
    """Raises StoreUnavailable."""

    async def user(self, user_id: UserId) -> User | None: ...

    async def users(self) -> list[User]: ...

    async def keep_user(self, user: User, at: datetime, hashed: str = "") -> None:
        """Write a new user or a changed one, with a new password where one is given.

        In one piece. Who gets a new password, or is not active, is signed out by it.
        """

    async def password_hash(self, user_id: UserId) -> str: ...

    async def keep_password(self, user_id: UserId, hashed: str) -> None: ...

    async def count_try(self, user_id: UserId, at: datetime) -> Tries:
        """Count a try as failed, if the name is not held; return those before it.

        Of many at once, each sees those that were counted before it.
        """

    async def forget_tries(self, user_id: UserId) -> None: ...

    async def open_session(self, session: WebSession) -> None: ...

    async def session(self, key: str) -> tuple[WebSession, User] | None:
        """Return a session that has not been ended, with its user."""

    async def sessions(
        self, keys: Collection[str]
    ) -> Mapping[str, tuple[WebSession, User]]:
        """Return by key those of many that have not been ended."""

    async def sessions_of(self, user_id: UserId) -> list[WebSession]: ...

    async def session_seen(self, key: str, at: datetime) -> None: ...

    async def end_session(self, key: str) -> None: ...

    async def end_sessions_of(self, user_id: UserId, but: str = "") -> int:
        """Sign a user out everywhere, `but` in one session; return of how many."""

    async def keep_audit(self, entry: AuditEntry) -> None: ...

    async def audit(
        self, centres: frozenset[CentreCode] | None, *, before: int = 0, limit: int = 50
    ) -> list[AuditEntry]:
        """Return entries, newest first, of these centres (None: all)."""


class Hasher(Protocol):
    """Turns passwords into hashes; slow on purpose."""

    def hash(self, password: str) -> str: ...

    def verify(self, hashed: str, password: str) -> bool: ...

    def is_old(self, hashed: str) -> bool:
        """Say whether it was made with weaker settings than today's."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody was signed in: wrong, or held until a time."""

    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: User
    session: WebSession
    cookie: str


def key_of(cookie: str) -> str:
    """Return what the store knows a session by: a stolen database opens no page."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).hexdigest()


class Users:
    """Signs people in and out, and keeps them."""

    def __init__(
        self, store: UserStore, hasher: Hasher, clock: Clock, *, idle: timedelta
    ) -> None:
        self.store = store
        self._hasher = hasher
        self._clock = clock
        self._idle = idle
        self._hashing = asyncio.Semaphore(HASHING_AT_ONCE)
        # By key: when the store last knew it, and as what.
        self._known: dict[str, tuple[datetime, tuple[WebSession, User]]] = {}
        self._together = Together(lambda keys: self.store.sessions(keys))
        # What is verified when the name is unknown, so that it takes as long.
        self._nobody = hasher.hash(secrets.token_hex(16))

    async def sign_in(
        self, user_id: str, password: str, *, address: str, browser: str
    ) -> SignedIn | Refusal:
        """Try a password. Unknown names are held like known ones."""
        name, now = UserId(user_id.strip().lower()[:80]), self._clock.now()
        # Counted before it is verified: a crash or a race must not give a free try.
        tries = await self.store.count_try(name, now)
        until = held_until(tries, now)
        if until is not None:
            return Refusal(until)
        user = await self.store.user(name)
        hashed = await self.store.password_hash(name) if user else ""
        is_right = await self._verify(hashed or self._nobody, password)
        if user is None or not hashed or not is_right or not user.is_active:
            await self.note("sign_in_failed", user_id=name, address=address)
            return Refusal(held_until(failed(tries, now), now))
        await self.store.forget_tries(name)
        if self._hasher.is_old(hashed):
            await self.store.keep_password(name, await self._hash(password))
        return await self._begin(user, address, browser)

    async def _begin(self, user: User, address: str, browser: str) -> SignedIn:
        cookie, now = secrets.token_urlsafe(32), self._clock.now()
        session = WebSession(
            key=key_of(cookie),
            user_id=user.user_id,
            csrf=secrets.token_urlsafe(24),
            began_at=now,
            seen_at=now,
            address=address[:80],
            browser=browser[:200],
        )
        await self.store.open_session(session)
        await self.note("signed_in", user=user, address=address)
        return SignedIn(user, session, cookie)

    async def who(self, cookie: str) -> tuple[WebSession, User] | None:
        """Return whose the cookie is; None when unknown, ended, idle or too old."""
        found = await self._session(key_of(cookie)) if cookie else None
        if found is None:
            return None
        session, user = found
        now = self._clock.now()
        is_over = now - session.began_at > SESSION_LASTS
        if is_over or now - session.seen_at > self._idle or not user.is_active:
            await self.store.end_session(session.key)
            return None
        return found

    async def _session(self, key: str) -> tuple[WebSession, User] | None:
        """Return a session as the store has it; while that is away, as it had it.

        A telecaller with somebody on the line must be able to hold and to hang up.
        Nobody can be signed in or out meanwhile.
        """
        now = self._clock.now()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                found = await self.store.session(key)
        except (StoreUnavailable, TimeoutError) as exc:
            at, known = self._known.get(key, (None, None))
            if known is None or at is None or now - at > KNOWN_FOR:
                raise StoreUnavailable(str(exc)) from exc
            return known
        self._remember(key, found, now)
        return found

    def _remember(
        self, key: str, found: tuple[WebSession, User] | None, now: datetime
    ) -> None:
        self._known.pop(key, None)
        if found is not None:
            self._known[key] = now, found  # the last to be forgotten
        while len(self._known) > MOST_KNOWN:
            self._known.pop(next(iter(self._known)))

    async def still(self, session: WebSession) -> tuple[WebSession, User] | None:
        """Return session and user as they are by now; None: it is over.

        For what stays open longer than a request, and is no idle browser. Raises
        StoreUnavailable.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                found = await self._together.of(session.key)
        except TimeoutError as exc:
            raise StoreUnavailable("the database did not answer in time") from exc
        self._remember(session.key, found, self._clock.now())
        is_over = self._clock.now() - session.began_at > SESSION_LASTS
        return found if found and found[1].is_active and not is_over else None

    async def seen(self, session: WebSession) -> None:
        """Note that somebody is at this browser."""
        now = self._clock.now()
        if now - session.seen_at > SEEN_EVERY:
            with contextlib.suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self.store.session_seen(session.key, now)

    async def sign_out(self, session: WebSession, user: User) -> None:
        await self.store.end_session(session.key)
        self._known.pop(session.key, None)
        await self.note("signed_out", user=user, address=session.address)

    async def sign_out_everywhere(self, user: User, *, by: User, but: str = "") -> int:
        count = await self.store.end_sessions_of(user.user_id, but)
        self._known.clear()
        await self.note("signed_out_everywhere", user=by, about=f"user {user.user_id}")
        return count

    async def set_password(self, user: User, password: str, *, by: str) -> None:
        """Change a password and end the user's sessions. Raises BadInput."""
        hashed = await self._fit(user, password)
        await self.store.keep_password(user.user_id, hashed)
        await self.store.forget_tries(user.user_id)
        await self.store.end_sessions_of(user.user_id)
        self._known.clear()
        await self._password_noted(user, by)

    async def _password_noted(self, user: User, by: str) -> None:
        about = f"user {user.user_id}"
        await self.note("password_set", user_id=by, about=about, centre=user.centre)

    async def _fit(self, user: User, password: str) -> str:
        """Return the hash of a password that is good enough. Raises BadInput."""
        problem = password_problem(password, user.user_id)
        if problem:
            raise BadInput(PROBLEMS[problem], where="password")
        return await self._hash(password)

    async def add(self, user: User, password: str, *, by: str) -> None:
        """Make a user with a first password. Raises BadInput, making nobody."""
        await self.keep(user, by=by, password=password)

    async def keep(self, user: User, *, by: str, password: str | None = None) -> None:
        """Write a user, with a new password where one is given: both or neither.

        Who is no longer active is signed out at once. Raises BadInput.
        """
        hashed = "" if password is None else await self._fit(user, password)
        await self.store.keep_user(user, self._clock.now(), hashed)
        self._known.clear()
        detail = {"role": str(user.role), "active": str(user.is_active).lower()}
        await self.note(
            "user_kept",
            user_id=by,
            about=f"user {user.user_id}",
            centre=user.centre,
            detail=detail,
        )
        if password is not None:
            await self._password_noted(user, by)

    async def set_language(self, user: User, language: str) -> None:
        """Keep the language in which a user wants the screens."""
        changed = replace(user, language=language)
        await self.store.keep_user(changed, self._clock.now())

    async def is_right(self, user: User, password: str) -> bool:
        """Say whether it is the user's password: asked again before it is changed."""
        hashed = await self.store.password_hash(user.user_id)
        return await self._verify(hashed or self._nobody, password) and bool(hashed)

    async def note(
        self,
        action: str,
        *,
        user: User | None = None,
        user_id: str = "",
        about: str = "",
        centre: CentreCode | None = None,
        address: str = "",
        detail: dict[str, str] | None = None,
    ) -> None:
        """Write a line of the audit log."""
        if user is not None:
            user_id, centre = user.user_id, centre or user.centre
        await self.store.keep_audit(
            AuditEntry(
                self._clock.now(),
                user_id,
                action,
                about[:200],
                centre,
                address[:80],
                detail or {},
            )
        )

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, normalised(password))

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(
                self._hasher.verify, hashed, normalised(password)[:1000]
            )


PROBLEMS = {
    "too_short": "the password needs at least 10 letters",
    "too_long": "the password has more than 200 letters",
    "has_the_name": "the password contains the user's name",
    "too_few_letters": "the password repeats the same few letters",
}
