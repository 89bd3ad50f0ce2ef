"""Attacks on the real Asterisk: no call goes out, and desks go on as before."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.attacker import Stranger
from tests.acceptance.besieged import (
    NUMBER,
    SERVER,
    STOLEN,
    WITHIN,
    Besieged,
    besieged,
    tries_until_shut_out,
)
from tests.acceptance.ports import SIPS, TRUNK
from tests.acceptance.torture import messages
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Besieged]:
    """One Asterisk for all: each attack comes from addresses of its own."""
    async with besieged(tmp_path_factory.mktemp("attacks")) as found:
        yield found


@pytest.mark.parametrize(
    ("address", "method", "name"),
    [
        ("127.0.3.1", "REGISTER", "tc-101"),  # one phone's password is guessed
        ("127.0.3.2", "REGISTER", "{}"),  # names are guessed
        ("127.0.3.3", "INVITE", "tc-101"),  # calls outside, with wrong passwords
        ("127.0.3.4", "INVITE", "10{}"),
        ("127.0.3.5", "OPTIONS", "10{}"),  # who is there?
    ],
)
async def test_a_scanner_is_shut_out_within_ten_failures(
    scene: Besieged, address: str, method: str, name: str
) -> None:
    stranger = await scene.stranger(address)
    assert await tries_until_shut_out(stranger, method, name) <= WITHIN
    await until(lambda: address in scene.locked_out())
    assert await stranger.register(STOLEN, scene.password(STOLEN)) == "403"
    await scene.is_unharmed()


async def test_desks_work_during_a_flood(scene: Besieged) -> None:
    """As fast as it goes, from two addresses: guessed names, and no password at all."""
    addresses = {"127.0.4.1", "127.0.4.2"}
    floods = [await scene.stranger(one) for one in sorted(addresses)]
    began, sent = time.monotonic(), 0

    async def flood(stranger: Stranger, name: str) -> None:
        nonlocal sent
        while time.monotonic() - began < 2.5:
            for n in range(20):
                more = "Expires: 300\r\n"
                text = stranger.request("REGISTER", name.format(n), more=more)
                stranger.send(text)
                sent += 1
            await asyncio.sleep(0.002)

    work = [
        asyncio.create_task(flood(floods[0], "10{}")),
        asyncio.create_task(flood(floods[1], "tc-101")),
    ]
    await until(lambda: addresses <= set(scene.locked_out()))
    await scene.is_unharmed()
    await asyncio.gather(*work)
    assert sent > 2_000
    await scene.is_unharmed()


async def test_a_stolen_password_calls_nobody(scene: Besieged) -> None:
    thief, password = await scene.stranger("127.0.6.1"), scene.password(STOLEN)
    assert await thief.register(STOLEN, password) == "200"
    targets = [
        NUMBER,
        "+919827000001",
        "00919827000001",
        "9827000001",
        f"{NUMBER}%40carrier",
        f"PJSIP%2F{NUMBER}%40carrier",
        "carrier",
        "tc-101",
        "*8",
        *_extensions(scene),
    ]
    for target in targets:
        answer = await thief.ask("INVITE", STOLEN, target, password=password)
        assert answer[:1] in ("4", "6"), (target, answer)
    [stray] = scene.room.strays()
    assert stray.account == STOLEN  # and an alarm tells of it
    carrier = f"sip:{NUMBER}@127.0.0.1:{TRUNK}"
    for more in (
        f"Route: <sip:127.0.0.1:{TRUNK};lr>\r\n",
        f"Refer-To: <{carrier}>\r\nReferred-By: <sip:{STOLEN}@samvad>\r\n",
        "Replaces: d-1;from-tag=a;to-tag=b\r\nRequire: replaces\r\n",
        f"Diversion: <{carrier}>\r\nP-Asserted-Identity: <sip:carrier@samvad>\r\n",
    ):
        for method in ("INVITE", "REFER", "MESSAGE", "SUBSCRIBE", "PUBLISH"):
            event = "Event: presence\r\n" if method in ("SUBSCRIBE", "PUBLISH") else ""
            answer = await thief.ask(
                method, STOLEN, NUMBER, password=password, more=more + event
            )
            assert answer[:1] in ("4", "5", "6"), (method, more, answer)
    await scene.is_unharmed()


def _extensions(scene: Besieged) -> set[str]:
    """Return a name for every extension of every context, as a thief might dial it."""
    text = (scene.settings.home / "asterisk/conf/extensions.conf").read_text("utf-8")
    named = re.findall(r"(?m)^exten = ([^,]+),", text)
    contexts = re.findall(r"(?m)^\[(samvad-[a-z-]+)\]", text)
    # An extension whose name begins with _ is a pattern: a channel's name, a number.
    plain = {name for name in named if not name.startswith("_")} - {"echo"}
    return plain | {"d-1", "park"} | {f"s%40{one}" for one in contexts}


async def test_a_stolen_phone_that_is_rung_calls_nobody(scene: Besieged) -> None:
    """By its registered address, by a redirection, and by handing the call over."""
    thief, password = await scene.stranger("127.0.6.2"), scene.password(STOLEN)
    carrier = f"<sip:{NUMBER}@127.0.0.1:{TRUNK}>"
    asked = thief.request("REGISTER", STOLEN).replace(
        f"Contact: <sip:{STOLEN}@{thief.host}:{thief.port}>", f"Contact: {carrier}"
    )
    await thief.answer_challenge("REGISTER", asked, STOLEN, password)
    await scene.ring(STOLEN)
    await until(lambda: len(thief.invites) == 1)  # to whom it came from

    thief.says = ("302 Moved Temporarily", f"Contact: {carrier}\r\n")
    leg = await scene.ring(STOLEN)
    await until(lambda: len(thief.invites) == 2)
    await until(lambda: scene.switch.channel_of(leg) is None)

    thief.says = ("200 OK", "")
    leg = await scene.ring(STOLEN)
    await until(lambda: scene.switch.channel_of(leg))
    for cseq, method in enumerate(("REFER", "OPTIONS"), 77):
        refer = f"Refer-To: {carrier}\r\n" if method == "REFER" else ""
        thief.in_dialog(thief.invites[-1], method, refer, cseq=cseq)
    # Nothing is said to a REFER; the OPTIONS shows that the call was met.
    await until(lambda: thief.codes["200"] > 1)
    assert "202" not in thief.codes
    assert scene.switch.channel_of(leg)
    await scene.is_unharmed()


async def test_malformed_messages_leave_it_alive(scene: Besieged) -> None:
    """All of RFC 4475, by UDP and in one TLS connection each, and cut short."""
    torture = messages()
    assert len(torture) == 49
    for n, data in enumerate(torture.values()):
        # Each from another address: one that is shut out would not be looked at.
        stranger = await scene.stranger(f"127.0.7.{n + 1}")
        stranger.send(data)
        for cut in (1, 7, len(data) // 2, len(data) - 1):
            stranger.send(data[:cut])
    for data in (b"\0" * 60_000, b"\r\n" * 2000, b"INVITE " + b"A" * 60_000):
        stranger.send(data)
    await scene.is_unharmed()
    for data in torture.values():
        await _by_tls(data)
    await scene.is_unharmed()


async def _by_tls(data: bytes) -> None:
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(SERVER[0], SIPS, ssl=anybody)
    writer.write(data)
    writer.transport.close()
