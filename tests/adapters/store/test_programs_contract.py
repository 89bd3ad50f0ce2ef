"""What every memory of programs promises: the real one on both databases, the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.programs import (
    ANSWERS_LAST,
    GivenAnswer,
    ProgramStore,
    Token,
    TokenId,
)
from ivr.core.access import May
from ivr.store.engine import open_store
from ivr.store.programs import SqlPrograms
from ivr.store.users import SqlUsers
from tests.adapters.store.conftest import postgres
from tests.adapters.store.scene import NOON
from tests.adapters.store.test_users_contract import ANIL, MEERA
from tests.fakes.programs import MemoryPrograms
from tests.fakes.site import SEHORE, TREE
from tests.fakes.users import MemoryUsers

CRM = Token(
    TokenId("t1"),
    "सीआरएम",
    MEERA.user_id,
    SEHORE,
    frozenset({May.FLOOR, May.RESULTS}),
    "meera",
    NOON,
)
LATER = NOON + timedelta(minutes=5)


@pytest.fixture(params=["memory", "sqlite", postgres])
async def programs(request: pytest.FixtureRequest) -> AsyncIterator[ProgramStore]:
    if request.param == "memory":
        memory = MemoryUsers()
        await memory.keep_user(MEERA, NOON)
        await memory.keep_user(ANIL, NOON)
        yield MemoryPrograms(memory)
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        await store.upsert_people(list(TREE.values()), [])
        await SqlUsers(store).keep_user(MEERA, NOON)
        await SqlUsers(store).keep_user(ANIL, NOON)
        yield SqlPrograms(store)


async def test_a_token_is_found_by_its_key_with_its_user(
    programs: ProgramStore,
) -> None:
    await programs.keep_token(CRM, "hash")
    assert await programs.token_by_key("hash") == (CRM, MEERA)
    assert await programs.token_by_key("another") is None


async def test_it_ends_once_and_is_still_known(programs: ProgramStore) -> None:
    await programs.keep_token(CRM, "hash")
    assert await programs.end_token(CRM.token_id, LATER)
    assert not await programs.end_token(CRM.token_id, LATER)
    assert not await programs.end_token(TokenId("none"), LATER)
    assert await programs.token_by_key("hash") == (replace(CRM, ended_at=LATER), MEERA)


async def test_all_are_listed_newest_first_with_when_they_were_used(
    programs: ProgramStore,
) -> None:
    other = replace(CRM, token_id=TokenId("t2"), user_id=ANIL.user_id, made_at=LATER)
    await programs.keep_token(CRM, "a")
    await programs.keep_token(other, "b")
    await programs.token_used(CRM.token_id, LATER)
    assert await programs.tokens() == [other, replace(CRM, used_at=LATER)]


async def test_a_key_is_claimed_once_and_then_answers(programs: ProgramStore) -> None:
    assert await programs.claim_answer("token t1", "k", "print", NOON) is None
    claimed = await programs.claim_answer("token t1", "k", "other", LATER)
    assert claimed == GivenAnswer("print")
    await programs.keep_answer("token t1", "k", 201, '{"क": 1}')
    known = await programs.claim_answer("token t1", "k", "print", LATER)
    assert known == GivenAnswer("print", 201, '{"क": 1}')


async def test_a_key_is_its_owners_own(programs: ProgramStore) -> None:
    assert await programs.claim_answer("token t1", "k", "print", NOON) is None
    assert await programs.claim_answer("user meera", "k", "print", NOON) is None


async def test_a_dropped_or_old_key_may_be_used_again(programs: ProgramStore) -> None:
    assert await programs.claim_answer("token t1", "k", "print", NOON) is None
    await programs.drop_answer("token t1", "k")
    assert await programs.claim_answer("token t1", "k", "another", NOON) is None
    at_last = NOON + ANSWERS_LAST
    assert await programs.claim_answer("token t1", "k", "third", at_last) is not None
    over = at_last + timedelta(seconds=1)
    assert await programs.claim_answer("token t1", "k", "third", over) is None
