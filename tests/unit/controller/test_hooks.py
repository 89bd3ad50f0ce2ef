"""Webhooks from a happening to its receiver: never waiting, signed, tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from ivr.controller.hooks import MOST_QUEUED, Hooks, Sent, secret_of, signature
from ivr.core.happenings import (
    DELAYS_S,
    DeliveryState,
    Happening,
    HappeningKind,
    Hook,
    HookId,
)
from ivr.core.model import PhoneNumber
from ivr.errors import OurBug, StoreUnavailable
from tests.fakes.hooks import FakeSender, MemoryHooks
from tests.fakes.site import MP, SEHORE, TREE, VIDISHA
from tests.fakes.switch import BEGIN, FakeClock
from tests.polling import until

OPT_OUT = Happening(
    HappeningKind.OPT_OUT,
    BEGIN,
    (SEHORE,),
    PhoneNumber("+919827112345"),
    {"source": "key 9"},
)
CRM = Hook(
    HookId("h1"),
    "CRM",
    "https://a.example/x",
    "meera",
    MP,
    frozenset(HappeningKind),
    False,
    BEGIN,
)


class Office:
    def __init__(self) -> None:
        self.store, self.sender, self.clock = MemoryHooks(), FakeSender(), FakeClock()
        self.hooks = Hooks(self.store, self.sender, self.clock, TREE, "key")

    async def told(self, happening: Happening = OPT_OUT) -> None:
        self.hooks.tell(happening)
        await self.hooks.keep_queued()


@pytest.fixture
async def office() -> Office:
    made = Office()
    await made.store.keep_hook(CRM)
    return made


async def test_a_happening_reaches_the_hook_signed(office: Office) -> None:
    await office.told()
    assert await office.hooks.send_due() == 1
    ((url, body, headers),) = office.sender.sent
    said = json.loads(body)
    assert (url, said["kind"], said["number"]) == (CRM.url, "opt_out", "98•••••345")
    assert headers["Samvad-Event"] == said["event_id"]
    at, _, v1 = headers["Samvad-Signature"].partition(",v1=")
    secret = secret_of(CRM.hook_id, "key").encode()
    signed = f"{at.removeprefix('t=')}.".encode() + body
    assert v1 == hmac.new(secret, signed, hashlib.sha256).hexdigest()
    assert await office.hooks.send_due() == 0


def test_a_signature_is_of_its_time_and_body() -> None:
    one = signature("s", 1, b"a")
    assert one != signature("s", 2, b"a") != signature("s", 2, b"b")


async def test_another_centres_hook_is_told_nothing(office: Office) -> None:
    other = replace(CRM, hook_id=HookId("h2"), centre=VIDISHA)
    await office.store.keep_hook(other)
    await office.told()
    assert {one.hook_id for one in office.store.deliveries.values()} == {"h1"}


async def test_what_is_not_taken_is_tried_again_and_at_last_given_up(
    office: Office,
) -> None:
    await office.told()
    tries = 0
    while (await office.store.last(CRM.hook_id, 1))[0].state is DeliveryState.WAITING:
        office.sender.answers = [Sent(False, "503")]
        office.clock.move(seconds=13 * 3600)
        tries += await office.hooks.send_due()
    (last,) = await office.store.last(CRM.hook_id, 1)
    assert tries == last.tries == len(DELAYS_S) + 1
    assert (last.state, last.said) == (DeliveryState.DEAD, "503")
    office.clock.move(seconds=86_400)
    assert await office.hooks.send_due() == 0


async def test_a_hook_that_failed_is_left_alone_for_a_while(office: Office) -> None:
    for _ in range(10):
        await office.told()
    office.sender.answers = [Sent(False, "no answer in time")] * 4
    assert await office.hooks.send_due() == 4  # of one hook, at once
    assert await office.hooks.send_due() == 0
    office.clock.move(seconds=31)
    assert await office.hooks.send_due() == 4


async def test_a_hook_with_much_waiting_stops_no_other(office: Office) -> None:
    for _ in range(100):
        await office.told()
    other = replace(CRM, hook_id=HookId("h2"), url="https://b.example/x", centre=SEHORE)
    await office.store.keep_hook(other)
    await office.told()
    await office.hooks.send_due()
    assert other.url in {url for url, _, _ in office.sender.sent}


async def test_telling_never_waits_and_is_bounded(office: Office) -> None:
    for _ in range(MOST_QUEUED + 5):
        office.hooks.tell(OPT_OUT)
    assert office.hooks.dropped == 5


async def test_what_the_store_cannot_take_now_is_kept_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_deliveries: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(office.store, "put", away)
        office.hooks.tell(OPT_OUT)
        with pytest.raises(StoreUnavailable):
            await office.hooks.keep_queued()
    await office.hooks.keep_queued()
    assert len(office.store.deliveries) == 1


async def test_what_the_store_never_takes_does_not_stop_what_follows(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_deliveries: object) -> None:
        raise OurBug("no such column")

    running = asyncio.create_task(office.hooks.run())
    with monkeypatch.context() as patch:
        patch.setattr(office.store, "put", refused)
        office.hooks.tell(OPT_OUT)

        def is_lost() -> bool:
            office.clock.move(seconds=1)
            return office.hooks.dropped == 1

        await until(is_lost)
    office.hooks.tell(OPT_OUT)

    def is_sent() -> bool:
        office.clock.move(seconds=1)
        return len(office.sender.sent) == 1

    await until(is_sent)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_works_by_itself_and_takes_up_what_a_former_run_left(
    office: Office,
) -> None:
    await office.told()  # kept, not sent: as a stop would leave it
    again = Hooks(office.store, office.sender, office.clock, TREE, "key")
    running = asyncio.create_task(again.run())
    await until(lambda: len(office.sender.sent) == 1)
    again.tell(OPT_OUT)

    def is_sent_as_time_goes_by() -> bool:
        office.clock.move(seconds=1)
        return len(office.sender.sent) == 2

    await until(is_sent_as_time_goes_by)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
