"""What every memory of users promises: the real one on both databases, and the fake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.users import AuditEntry, UserStore, WebSession
from ivr.core.access import Role, User, UserId
from ivr.core.sign_in import FREE_TRIES, Tries, wait_after
from ivr.errors import BadInput
from ivr.store.engine import open_store
from ivr.store.users import SqlUsers
from tests.adapters.store.conftest import postgres
from tests.adapters.store.scene import NOON
from tests.fakes.site import BHOPAL, MP, SEHORE, TREE, VIDISHA
from tests.fakes.users import MemoryUsers

MEERA = User(UserId("meera"), "मीरा शर्मा", Role.ADMIN, MP)
ANIL = User(UserId("anil"), "अनिल दुबे", Role.IN_CHARGE, SEHORE)


@pytest.fixture(params=["memory", "sqlite", postgres])
async def users(request: pytest.FixtureRequest) -> AsyncIterator[UserStore]:
    if request.param == "memory":
        yield MemoryUsers()
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        await store.upsert_people(list(TREE.values()), [])
        yield SqlUsers(store)


def session(key: str, user: User = MEERA, minutes: int = 0) -> WebSession:
    at = NOON + timedelta(minutes=minutes)
    return WebSession(
        key, user.user_id, f"csrf-{key}", NOON, at, "127.0.0.1", "Firefox"
    )


async def test_a_user_is_kept_and_changed(users: UserStore) -> None:
    assert await users.user(MEERA.user_id) is None
    await users.keep_user(MEERA, NOON)
    assert await users.user(MEERA.user_id) == MEERA
    changed = replace(MEERA, language="en", is_active=False)
    await users.keep_user(changed, NOON)
    await users.keep_user(ANIL, NOON)
    assert set(await users.users()) == {changed, ANIL}


async def test_a_change_of_the_user_leaves_the_password(users: UserStore) -> None:
    await users.keep_user(MEERA, NOON)
    assert await users.password_hash(MEERA.user_id) == ""
    await users.keep_password(MEERA.user_id, "hash")
    await users.keep_user(replace(MEERA, name="मीरा"), NOON)
    assert await users.password_hash(MEERA.user_id) == "hash"
    assert await users.password_hash(UserId("nobody")) == ""


async def test_a_user_and_their_new_password_are_kept_in_one_piece(
    users: UserStore,
) -> None:
    await users.keep_user(MEERA, NOON, "hash")
    await users.open_session(session("a"))
    await users.count_try(MEERA.user_id, NOON)
    changed = replace(MEERA, name="मीरा")
    await users.keep_user(changed, NOON, "another")
    assert await users.user(MEERA.user_id) == changed
    assert await users.password_hash(MEERA.user_id) == "another"
    assert await users.count_try(MEERA.user_id, NOON) == Tries()
    assert await users.session("a") is None
    await users.open_session(session("b"))
    await users.keep_user(replace(changed, is_active=False), NOON)
    assert await users.sessions_of(MEERA.user_id) == []


NOBODY = UserId("nobody")


async def test_tries_are_counted_for_names_that_nobody_has(users: UserStore) -> None:
    later = NOON + timedelta(seconds=1)
    assert await users.count_try(NOBODY, NOON) == Tries()
    assert await users.count_try(NOBODY, later) == Tries(1, NOON)
    assert await users.count_try(NOBODY, later) == Tries(2, later)
    assert await users.count_try(UserId("another"), later) == Tries()
    await users.forget_tries(NOBODY)
    assert await users.count_try(NOBODY, later) == Tries()


async def test_of_many_tries_at_once_each_is_counted_until_the_name_is_held(
    users: UserStore,
) -> None:
    tried = await asyncio.gather(
        *(users.count_try(NOBODY, NOON) for _ in range(4 * FREE_TRIES))
    )
    assert sorted(one.failed for one in tried) == [
        *range(FREE_TRIES),
        *[FREE_TRIES] * (3 * FREE_TRIES),
    ]
    assert await users.count_try(NOBODY, NOON) == Tries(FREE_TRIES, NOON)
    over = NOON + wait_after(FREE_TRIES)
    assert await users.count_try(NOBODY, over) == Tries(FREE_TRIES, NOON)
    assert await users.count_try(NOBODY, over) == Tries(FREE_TRIES + 1, over)


async def test_tries_of_days_ago_are_forgotten(users: UserStore) -> None:
    much_later = NOON + timedelta(days=2)
    for at in (NOON, NOON, much_later):
        await users.count_try(NOBODY, at)
    assert await users.count_try(NOBODY, much_later) == Tries(1, much_later)


async def test_a_session_is_found_by_its_key_until_it_ends(users: UserStore) -> None:
    await users.keep_user(MEERA, NOON)
    await users.open_session(session("a"))
    assert await users.session("a") == (session("a"), MEERA)
    later = NOON + timedelta(minutes=5)
    await users.session_seen("a", later)
    found = await users.session("a")
    assert found is not None and found[0].seen_at == later
    await users.end_session("a")
    assert await users.session("a") is None


async def test_many_sessions_are_found_at_once_without_those_that_ended(
    users: UserStore,
) -> None:
    await users.keep_user(MEERA, NOON)
    await users.keep_user(ANIL, NOON)
    for one in (session("k1"), session("k2", ANIL), session("k3")):
        await users.open_session(one)
    await users.end_session("k3")
    found = await users.sessions({"k1", "k2", "k3", "nobody's"})
    assert found == {"k1": (session("k1"), MEERA), "k2": (session("k2", ANIL), ANIL)}
    assert await users.sessions([]) == {}


async def test_all_sessions_of_a_user_end_but_the_one_named(users: UserStore) -> None:
    await users.keep_user(MEERA, NOON)
    await users.keep_user(ANIL, NOON)
    for number, key in enumerate("abc"):
        await users.open_session(session(key, minutes=number))
    await users.open_session(session("d", ANIL))
    assert [s.key for s in await users.sessions_of(MEERA.user_id)] == ["c", "b", "a"]
    assert await users.end_sessions_of(MEERA.user_id, "b") == 2
    assert [s.key for s in await users.sessions_of(MEERA.user_id)] == ["b"]
    assert await users.end_sessions_of(MEERA.user_id) == 1
    assert await users.session("d") is not None


async def test_the_audit_log_is_read_by_centre_newest_first(users: UserStore) -> None:
    for number, centre in enumerate([MP, SEHORE, VIDISHA, SEHORE, None]):
        await users.keep_audit(
            AuditEntry(NOON, "anil", f"act-{number}", "x", centre, "::1", {"क": "ख"})
        )
    whole = await users.audit(None)
    assert [one.action for one in whole] == [f"act-{n}" for n in (4, 3, 2, 1, 0)]
    assert whole[0].detail == {"क": "ख"}
    own = await users.audit(frozenset({SEHORE}))
    assert [one.action for one in own] == ["act-3", "act-1"]
    older = await users.audit(frozenset({SEHORE, BHOPAL}), before=own[0].entry_id)
    assert [one.action for one in older] == ["act-1"]
    assert len(await users.audit(None, limit=2)) == 2


async def test_a_text_that_cannot_be_kept_is_the_fault_of_who_sends_it(
    users: UserStore,
) -> None:
    """SQLite takes a NUL, PostgreSQL does not; neither is our bug."""
    said = AuditEntry(NOON, MEERA.user_id, "desk_paused", detail={"reason": "a\0"})
    for asked in (users.user(UserId("a\0")), users.keep_audit(said)):
        with contextlib.suppress(BadInput):
            await asked
    assert await users.user(UserId("a")) is None
