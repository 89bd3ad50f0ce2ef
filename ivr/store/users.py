"""`SqlUsers`: who signs in, their sessions, and the audit log (controller.users)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ivr.controller.users import AuditEntry, WebSession
from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode, TelecallerId
from ivr.core.sign_in import Tries, failed, held_until
from ivr.store.store import SqlStore
from ivr.store.upsert import insert_or_leave, insert_or_update
from ivr.store.user_tables import audit_log, sign_in_tries, users, web_sessions

KEPT_TRIES = timedelta(days=1)  # of names that are guessed and never come again
_USER_FIELDS = ("name", "role", "centre", "telecaller_id", "language", "is_active")
_USER = insert_or_update(
    users, lambda new: {name: new.excluded[name] for name in _USER_FIELDS}
)
_NO_TRIES = insert_or_leave(sign_in_tries)


class SqlUsers:
    """controller.users.UserStore on the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def user(self, user_id: UserId) -> User | None:
        return await self._store.read(user_in, user_id)

    async def users(self) -> list[User]:
        return await self._store.read(_all_users)

    async def keep_user(self, user: User, at: datetime, hashed: str = "") -> None:
        await self._store.change(_keep_user, user, at, hashed)

    async def password_hash(self, user_id: UserId) -> str:
        return await self._store.read(_password_hash, user_id)

    async def keep_password(self, user_id: UserId, hashed: str) -> None:
        await self._store.change(_keep_password, user_id, hashed)

    async def count_try(self, user_id: UserId, at: datetime) -> Tries:
        return await self._store.change(_count_try, user_id, at)

    async def forget_tries(self, user_id: UserId) -> None:
        await self._store.change(_forget_tries, user_id)

    async def open_session(self, session: WebSession) -> None:
        await self._store.change(_open_session, session)

    async def session(self, key: str) -> tuple[WebSession, User] | None:
        return await self._store.read(_session, key)

    async def sessions(
        self, keys: Collection[str]
    ) -> dict[str, tuple[WebSession, User]]:
        return await self._store.read(_sessions, keys)

    async def sessions_of(self, user_id: UserId) -> list[WebSession]:
        return await self._store.read(_sessions_of, user_id)

    async def session_seen(self, key: str, at: datetime) -> None:
        await self._store.change(_session_seen, key, at)

    async def end_session(self, key: str) -> None:
        await self._store.change(_end_session, key)

    async def end_sessions_of(self, user_id: UserId, but: str = "") -> int:
        return await self._store.change(_end_sessions_of, user_id, but)

    async def keep_audit(self, entry: AuditEntry) -> None:
        await self._store.change(_keep_audit, entry)

    async def audit(
        self, centres: frozenset[CentreCode] | None, *, before: int = 0, limit: int = 50
    ) -> list[AuditEntry]:
        return await self._store.read(_audit, centres, before, limit)


def _user_of(row: RowMapping) -> User:
    telecaller = row["telecaller_id"]
    return User(
        user_id=UserId(row["user_id"]),
        name=row["name"],
        role=Role(row["role"]),
        centre=CentreCode(row["centre"]),
        telecaller_id=TelecallerId(telecaller) if telecaller else None,
        language=row["language"],
        is_active=row["is_active"],
    )


def user_in(connection: Connection, user_id: UserId) -> User | None:
    """Return a user, in somebody's transaction."""
    query = select(users).where(users.c.user_id == user_id)
    row = connection.execute(query).mappings().one_or_none()
    return _user_of(row) if row else None


def _all_users(connection: Connection) -> list[User]:
    query = select(users).order_by(users.c.centre, users.c.role, users.c.user_id)
    return [_user_of(row) for row in connection.execute(query).mappings()]


def _keep_user(connection: Connection, user: User, at: datetime, hashed: str) -> None:
    row = {
        "user_id": user.user_id,
        "name": user.name,
        "role": str(user.role),
        "centre": user.centre,
        "telecaller_id": user.telecaller_id,
        "language": user.language,
        "is_active": user.is_active,
        "created_at": at,
    }
    connection.execute(_USER.on(connection), row)
    if hashed:
        _keep_password(connection, user.user_id, hashed)
        _forget_tries(connection, user.user_id)
    if hashed or not user.is_active:
        _end_sessions_of(connection, user.user_id, but="")


def _password_hash(connection: Connection, user_id: UserId) -> str:
    query = select(users.c.password_hash).where(users.c.user_id == user_id)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found or ""


def _keep_password(connection: Connection, user_id: UserId, hashed: str) -> None:
    connection.execute(
        update(users).where(users.c.user_id == user_id).values(password_hash=hashed)
    )


def _count_try(connection: Connection, user_id: UserId, at: datetime) -> Tries:
    mine = sign_in_tries.c.user_id == user_id
    connection.execute(
        delete(sign_in_tries).where(sign_in_tries.c.last_at < at - KEPT_TRIES)
    )
    # There is a row now, so that others who try the same name wait for this one.
    none = {"user_id": user_id, "failed": 0, "last_at": at}
    connection.execute(_NO_TRIES.on(connection), none)
    query = select(sign_in_tries).where(mine).with_for_update()
    row = connection.execute(query).mappings().one()
    before = Tries(row["failed"], row["last_at"]) if row["failed"] else Tries()
    if held_until(before, at) is None:
        after = failed(before, at)
        connection.execute(
            update(sign_in_tries)
            .where(mine)
            .values(failed=after.failed, last_at=after.last_at)
        )
    return before


def _forget_tries(connection: Connection, user_id: UserId) -> None:
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.user_id == user_id))


_SESSION_FIELDS = (
    "key",
    "user_id",
    "csrf",
    "began_at",
    "seen_at",
    "address",
    "browser",
)


def _open_session(connection: Connection, session: WebSession) -> None:
    row = {name: getattr(session, name) for name in _SESSION_FIELDS}
    connection.execute(insert(web_sessions).values(row))


def _session_of(row: RowMapping) -> WebSession:
    return WebSession(**{name: row[name] for name in _SESSION_FIELDS})


def _session(connection: Connection, key: str) -> tuple[WebSession, User] | None:
    return _sessions(connection, [key]).get(key)


def _sessions(
    connection: Connection, keys: Collection[str]
) -> dict[str, tuple[WebSession, User]]:
    query = select(web_sessions).where(web_sessions.c.key.in_(list(keys)))
    found = [_session_of(row) for row in connection.execute(query).mappings()]
    whose = select(users).where(users.c.user_id.in_({one.user_id for one in found}))
    known = {row["user_id"]: row for row in connection.execute(whose).mappings()}
    return {
        one.key: (one, _user_of(known[one.user_id]))
        for one in found
        if one.user_id in known
    }


def _sessions_of(connection: Connection, user_id: UserId) -> list[WebSession]:
    query = (
        select(web_sessions)
        .where(web_sessions.c.user_id == user_id)
        .order_by(web_sessions.c.seen_at.desc())
    )
    return [_session_of(row) for row in connection.execute(query).mappings()]


def _session_seen(connection: Connection, key: str, at: datetime) -> None:
    connection.execute(
        update(web_sessions).where(web_sessions.c.key == key).values(seen_at=at)
    )


def _end_session(connection: Connection, key: str) -> None:
    connection.execute(delete(web_sessions).where(web_sessions.c.key == key))


def _end_sessions_of(connection: Connection, user_id: UserId, but: str) -> int:
    ended = connection.execute(
        delete(web_sessions).where(
            web_sessions.c.user_id == user_id, web_sessions.c.key != but
        )
    )
    return ended.rowcount


def _keep_audit(connection: Connection, entry: AuditEntry) -> None:
    row = {
        "at": entry.at,
        "user_id": entry.user_id,
        "action": entry.action,
        "about": entry.about,
        "centre": entry.centre,
        "address": entry.address,
        "detail": entry.detail,
    }
    connection.execute(insert(audit_log).values(row))


def _audit(
    connection: Connection,
    centres: frozenset[CentreCode] | None,
    before: int,
    limit: int,
) -> list[AuditEntry]:
    query = select(audit_log).order_by(audit_log.c.entry_id.desc()).limit(limit)
    if centres is not None:
        query = query.where(audit_log.c.centre.in_(sorted(centres)))
    if before:
        query = query.where(audit_log.c.entry_id < before)
    return [_entry_of(row) for row in connection.execute(query).mappings()]


def _entry_of(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        at=row["at"],
        user_id=row["user_id"],
        action=row["action"],
        about=row["about"],
        centre=CentreCode(row["centre"]) if row["centre"] else None,
        address=row["address"],
        detail=dict(row["detail"]),
        entry_id=row["entry_id"],
    )
