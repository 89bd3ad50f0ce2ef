"""`SqlPrograms`: tokens, and the answers given to a key (controller.programs)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    insert,
    select,
    update,
)

from ivr.controller.programs import ANSWERS_LAST, GivenAnswer, Token, TokenId
from ivr.core.access import May, User, UserId
from ivr.core.model import CentreCode
from ivr.store.program_tables import api_tokens, idempotent_answers
from ivr.store.store import SqlStore
from ivr.store.upsert import insert_or_leave
from ivr.store.users import user_in

_CLAIM = insert_or_leave(idempotent_answers)


class SqlPrograms:
    """controller.programs.ProgramStore on the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def keep_token(self, token: Token, key: str) -> None:
        await self._store.change(_keep_token, token, key)

    async def token_by_key(self, key: str) -> tuple[Token, User] | None:
        return await self._store.read(_token_by_key, key)

    async def tokens(self) -> list[Token]:
        return await self._store.read(_tokens)

    async def token_used(self, token_id: TokenId, at: datetime) -> None:
        await self._store.change(_token_used, token_id, at)

    async def end_token(self, token_id: TokenId, at: datetime) -> bool:
        return await self._store.change(_end_token, token_id, at)

    async def claim_answer(
        self, owner: str, key: str, fingerprint: str, at: datetime
    ) -> GivenAnswer | None:
        return await self._store.change(_claim_answer, owner, key, fingerprint, at)

    async def keep_answer(self, owner: str, key: str, status: int, body: str) -> None:
        await self._store.change(_keep_answer, owner, key, status, body)

    async def drop_answer(self, owner: str, key: str) -> None:
        await self._store.change(_drop_answer, owner, key)


def _keep_token(connection: Connection, token: Token, key: str) -> None:
    row = {
        "token_id": token.token_id,
        "key": key,
        "name": token.name,
        "user_id": token.user_id,
        "centre": token.centre,
        "may": " ".join(sorted(token.may)),
        "made_by": token.made_by,
        "made_at": token.made_at,
        "used_at": token.used_at,
        "ended_at": token.ended_at,
    }
    connection.execute(insert(api_tokens).values(row))


def _token_of(row: RowMapping) -> Token:
    return Token(
        token_id=TokenId(row["token_id"]),
        name=row["name"],
        user_id=UserId(row["user_id"]),
        centre=CentreCode(row["centre"]),
        may=frozenset(May(one) for one in row["may"].split()),
        made_by=row["made_by"],
        made_at=row["made_at"],
        used_at=row["used_at"],
        ended_at=row["ended_at"],
    )


def _token_by_key(connection: Connection, key: str) -> tuple[Token, User] | None:
    query = select(api_tokens).where(api_tokens.c.key == key)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    token = _token_of(row)
    user = user_in(connection, token.user_id)
    return (token, user) if user else None


def _tokens(connection: Connection) -> list[Token]:
    query = select(api_tokens).order_by(
        api_tokens.c.made_at.desc(), api_tokens.c.token_id
    )
    return [_token_of(row) for row in connection.execute(query).mappings()]


def _token_used(connection: Connection, token_id: TokenId, at: datetime) -> None:
    connection.execute(
        update(api_tokens).where(api_tokens.c.token_id == token_id).values(used_at=at)
    )


def _end_token(connection: Connection, token_id: TokenId, at: datetime) -> bool:
    ended = connection.execute(
        update(api_tokens)
        .where(api_tokens.c.token_id == token_id, api_tokens.c.ended_at.is_(None))
        .values(ended_at=at)
    )
    return ended.rowcount == 1


def _of_key(owner: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (idempotent_answers.c.owner == owner, idempotent_answers.c.key == key)


def _claim_answer(
    connection: Connection, owner: str, key: str, fingerprint: str, at: datetime
) -> GivenAnswer | None:
    old = idempotent_answers.c.at < at - ANSWERS_LAST
    connection.execute(delete(idempotent_answers).where(old))
    row = {"owner": owner, "key": key, "fingerprint": fingerprint, "at": at}
    claimed = connection.execute(_CLAIM.on(connection).values(row))
    if claimed.rowcount == 1:
        return None
    query = select(idempotent_answers).where(*_of_key(owner, key))
    found = connection.execute(query).mappings().one()
    return GivenAnswer(found["fingerprint"], found["status"], found["body"])


def _keep_answer(
    connection: Connection, owner: str, key: str, status: int, body: str
) -> None:
    connection.execute(
        update(idempotent_answers)
        .where(*_of_key(owner, key))
        .values(status=status, body=body)
    )


def _drop_answer(connection: Connection, owner: str, key: str) -> None:
    connection.execute(delete(idempotent_answers).where(*_of_key(owner, key)))
