"""Signing in: held names, ended sessions, and a log of it all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.users import Refusal, SignedIn, Users, WebSession, key_of
from ivr.core.access import User
from ivr.core.sign_in import FREE_TRIES
from ivr.errors import BadInput, StoreUnavailable
from tests.fakes.site import PASSWORD, PEOPLE
from tests.fakes.switch import FakeClock
from tests.fakes.users import MemoryUsers, QuickHasher

MEERA = PEOPLE[0]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def users(clock: FakeClock) -> Users:
    made = Users(MemoryUsers(), QuickHasher(), clock, idle=timedelta(minutes=60))
    await made.add(MEERA, PASSWORD, by="test")
    return made


async def enter(
    users: Users, password: str = PASSWORD, name: str = "meera"
) -> SignedIn | Refusal:
    return await users.sign_in(name, password, address="127.0.0.1", browser="x")


async def entered(users: Users) -> SignedIn:
    found = await enter(users)
    assert isinstance(found, SignedIn)
    return found


async def test_the_right_password_opens_a_session(users: Users) -> None:
    found = await enter(users, name=" Meera ")
    assert isinstance(found, SignedIn) and found.user == MEERA
    who = await users.who(found.cookie)
    assert who is not None and who[1] == MEERA
    assert await users.who("") is await users.who(found.cookie[:-1]) is None


async def test_the_store_never_sees_the_cookie_or_the_password(users: Users) -> None:
    found = await entered(users)
    kept = repr(vars(users.store))
    assert found.cookie not in kept and key_of(found.cookie) in kept
    assert PASSWORD not in kept


async def test_wrong_passwords_hold_the_name_even_for_the_right_one(
    users: Users, clock: FakeClock
) -> None:
    for _ in range(FREE_TRIES - 1):
        assert await enter(users, "wrong") == Refusal(None)
    held = await enter(users, "wrong")
    assert held == Refusal(clock.now() + timedelta(seconds=30))
    assert await enter(users) == held
    clock.move(seconds=31)
    assert isinstance(await enter(users), SignedIn)
    assert await enter(users, "wrong") == Refusal(None)  # counted from one again


async def test_many_at_once_have_no_more_tries_than_one_after_the_other(
    users: Users, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def noted(_hashed: str, password: str) -> bool:
        verified.append(password)
        return False

    monkeypatch.setattr(QuickHasher, "verify", staticmethod(noted))
    found = await asyncio.gather(*(enter(users, f"wrong {n}") for n in range(50)))
    assert len(verified) == FREE_TRIES
    held = Refusal(clock.now() + timedelta(seconds=30))
    assert found.count(held) == 50 - FREE_TRIES + 1


async def test_an_unknown_name_is_answered_and_held_like_a_known_one(
    users: Users, clock: FakeClock
) -> None:
    for _ in range(FREE_TRIES - 1):
        assert await enter(users, name="nobody") == Refusal(None)
    assert await enter(users, name="nobody") == Refusal(
        clock.now() + timedelta(seconds=30)
    )


async def test_a_session_ends_when_idle_or_after_a_shift(
    users: Users, clock: FakeClock
) -> None:
    idle = await entered(users)
    clock.move(seconds=61 * 60)
    assert await users.who(idle.cookie) is None
    busy = await entered(users)
    for _ in range(25):
        clock.move(seconds=30 * 60)
        who = await users.who(busy.cookie)
        if who is None:
            break
        await users.seen(who[0])
    assert clock.now() - busy.session.began_at == timedelta(hours=12, minutes=30)


async def test_an_open_page_lasts_over_the_idle_time_but_not_over_a_shift(
    users: Users, clock: FakeClock
) -> None:
    session = (await entered(users)).session
    clock.move(hours=12)
    assert await users.still(session) is not None
    clock.move(seconds=1)
    assert await users.still(session) is None


async def test_an_open_page_ends_with_its_session_or_its_user(users: Users) -> None:
    first, second = (await entered(users)).session, (await entered(users)).session
    await users.sign_out(first, MEERA)
    assert await users.still(first) is None
    assert await users.still(second) is not None
    await users.keep(replace(MEERA, is_active=False), by="test")
    assert await users.still(second) is None


async def test_a_new_password_signs_out_everywhere(users: Users) -> None:
    old = await entered(users)
    await users.set_password(MEERA, "एक और लंबा पासवर्ड", by="test")
    assert await users.who(old.cookie) is None
    assert isinstance(await enter(users), Refusal)


async def test_who_is_switched_off_is_out_at_once_and_stays_out(users: Users) -> None:
    old = await entered(users)
    await users.keep(replace(MEERA, is_active=False), by="test")
    assert await users.who(old.cookie) is None
    assert isinstance(await enter(users), Refusal)


async def test_a_weak_password_makes_nobody(users: Users) -> None:
    anil = PEOPLE[1]
    with pytest.raises(BadInput, match="10 letters"):
        await users.add(anil, "short", by="test")
    assert await users.store.user(anil.user_id) is None


async def test_what_happens_at_the_door_is_in_the_audit_log(users: Users) -> None:
    await enter(users, "wrong")
    found = await entered(users)
    await users.sign_out(found.session, found.user)
    actions = [one.action for one in await users.store.audit(None)]
    assert actions == [
        "signed_out",
        "signed_in",
        "sign_in_failed",
        "password_set",
        "user_kept",
    ]


class AwayUsers(MemoryUsers):
    """Fails, or never answers, when it is told to."""

    how = ""

    async def session(self, key: str) -> tuple[WebSession, User] | None:
        if self.how == "hangs":
            await asyncio.Event().wait()
        if self.how:
            raise StoreUnavailable("away")
        return await super().session(key)


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_who_was_known_just_now_is_known_while_the_store_is_away(
    how: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.controller.users.ANSWER_WITHIN_S", 0.01)
    store = AwayUsers()
    users = Users(store, QuickHasher(), clock, idle=timedelta(minutes=60))
    await users.add(MEERA, PASSWORD, by="test")
    at_work, not_seen = await entered(users), await entered(users)
    assert await users.who(at_work.cookie) is not None
    store.how = how
    who = await users.who(at_work.cookie)
    assert who is not None and who[1] == MEERA
    for cookie in (not_seen.cookie, "made up"):
        with pytest.raises(StoreUnavailable):
            await users.who(cookie)
    clock.move(seconds=301)
    with pytest.raises(StoreUnavailable):
        await users.who(at_work.cookie)


async def test_an_open_page_is_not_held_by_a_store_that_says_nothing(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.controller.users.ANSWER_WITHIN_S", 0.2)
    store = AwayUsers()
    users = Users(store, QuickHasher(), clock, idle=timedelta(minutes=60))
    await users.add(MEERA, PASSWORD, by="test")
    one = await entered(users)
    assert await users.still(one.session) is not None
    store.how = "hangs"
    with pytest.raises(StoreUnavailable):
        await users.still(one.session)


async def test_who_was_signed_out_is_not_known_while_the_store_is_away(
    clock: FakeClock,
) -> None:
    store = AwayUsers()
    users = Users(store, QuickHasher(), clock, idle=timedelta(minutes=60))
    await users.add(MEERA, PASSWORD, by="test")
    for sign_out in (
        lambda one: users.sign_out(one.session, MEERA),
        lambda _: users.sign_out_everywhere(MEERA, by=MEERA),
        lambda _: users.keep(replace(MEERA, is_active=False), by="test"),
    ):
        one = await entered(users)
        assert await users.who(one.cookie) is not None
        await sign_out(one)
        store.how = "fails"
        with pytest.raises(StoreUnavailable):
            await users.who(one.cookie)
        store.how = ""
