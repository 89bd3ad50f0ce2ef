"""Webhooks over real sockets: no address inside, no redirect followed, bounded."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from ivr.errors import BadInput
from ivr.web.hook_sender import HookSender, check_url, is_refused
from tests.polling import until

INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:169.254.169.254",
    "::ffff:a00:1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::1",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::a9fe:a9fe",
    "2001:db8::1",
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused(address: str) -> None:
    assert is_refused(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_outside_are_not(address: str) -> None:
    assert not is_refused(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "https://",
        "https:///x",
        "ftp://8.8.8.8/",
        "https://me:secret@8.8.8.8/",
        "https://8.8.8.8:25/",
        "https://8.8.8.8:99999/",
        "https://8.8.8.8/" + "x" * 500,
        "https://8.8.8.8/\n",
        "javascript:alert(1)",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
    ],
)
async def test_what_may_be_no_webhook_is_refused_at_making(url: str) -> None:
    with pytest.raises(BadInput, match="url"):
        await check_url(url)


async def test_an_address_outside_may_be_one() -> None:
    await check_url("https://8.8.8.8/hook")
    await check_url("https://[2606:4700:4700::1111]:8443/hook")


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[str, list[str]]]:
    """A server on this machine that redirects, answers at length, and hangs."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        if request.path == "/redirect":
            raise web.HTTPTemporaryRedirect("/taken")
        if request.path == "/hang":
            await asyncio.sleep(30)
        if request.path == "/long":
            answer = web.StreamResponse()
            await answer.prepare(request)
            for _ in range(10_000):
                await answer.write(b"x" * 65_536)
            return answer
        return web.Response(status=503 if request.path == "/busy" else 204)

    app = web.Application()
    app.router.add_post("/{name}", take)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()


@asynccontextmanager
async def sender(
    timeout_s: float = 5.0, *, lets_in: bool = True
) -> AsyncIterator[HookSender]:
    refuses = (lambda _address: False) if lets_in else is_refused
    made = HookSender(refuses=refuses, timeout_s=timeout_s)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("path", "is_taken", "said"),
    [
        ("/ok", True, "204"),
        ("/busy", False, "503"),
        ("/redirect", False, "307"),
        ("/long", True, "200"),
    ],
)
async def test_only_a_plain_yes_is_taken(
    receiver: tuple[str, list[str]], path: str, is_taken: bool, said: str
) -> None:
    base, seen = receiver
    async with sender() as out:
        sent = await out.send(base + path, b"{}", {})
    assert (sent.is_taken, sent.said) == (is_taken, said)
    assert seen == [path]  # no redirect is followed


async def test_who_hangs_is_left(receiver: tuple[str, list[str]]) -> None:
    async with sender(timeout_s=0.2) as out:
        sent = await out.send(receiver[0] + "/hang", b"{}", {})
    assert (sent.is_taken, sent.said) == (False, "no answer in time")


async def test_an_address_inside_is_refused_at_connecting(
    receiver: tuple[str, list[str]],
) -> None:
    async with sender(lets_in=False) as out:
        sent = await out.send(receiver[0] + "/ok", b"{}", {})
    assert not sent.is_taken and "not allowed" in sent.said
    assert receiver[1] == []


@pytest.fixture
def name_that_changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name that led outside when it was checked, and leads inside now."""
    real = socket.getaddrinfo

    def lying(host: object, *args: object, **given: object) -> object:
        name = "127.0.0.1" if host == "changing.example" else host
        return real(name, *args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    yield


async def test_a_name_that_changes_its_mind_gains_nothing(
    receiver: tuple[str, list[str]], name_that_changed: None
) -> None:
    port = receiver[0].rpartition(":")[2]
    async with sender(lets_in=False) as out:
        sent = await out.send(f"http://changing.example:{port}/ok", b"{}", {})
    assert not sent.is_taken and "not allowed" in sent.said
    async with sender() as out:  # it does lead there
        assert (
            await out.send(f"http://changing.example:{port}/ok", b"{}", {})
        ).is_taken
    await until(lambda: receiver[1] == ["/ok"])
