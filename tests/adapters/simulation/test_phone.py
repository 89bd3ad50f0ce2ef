"""A simulated telephone on a real socket, the test playing Asterisk."""

from __future__ import annotations

import asyncio
import struct
import time
import uuid
from collections.abc import AsyncIterator

import numpy as np
import pytest

from ivr.simulation.hearing import Ear
from ivr.simulation.phone import AUDIO, HANG_UP, ID, Phone, Phones
from ivr.simulation.tones import RATE, mark_hz, sine, with_mark
from tests.polling import until

FRAME = 160


class Switch:
    """Asterisk's end of one AudioSocket."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader, self.writer = reader, writer

    def send(self, kind: int, body: bytes = b"") -> None:
        self.writer.write(struct.pack("!BH", kind, len(body)) + body)

    async def play(self, samples: np.ndarray) -> None:
        """Send sound at the speed of sound, as a call does."""
        for start in range(0, len(samples), FRAME):
            self.send(AUDIO, samples[start : start + FRAME].tobytes())
            await asyncio.sleep(FRAME / RATE)

    async def message(self) -> tuple[int, bytes]:
        kind, size = struct.unpack("!BH", await self.reader.readexactly(3))
        return kind, await self.reader.readexactly(size)


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    phones = Phones(Ear([mark_hz(n) for n in range(6)]))
    await phones.start("127.0.0.1")
    yield phones
    await phones.stop()


async def _call(phones: Phones) -> tuple[Phone, Switch]:
    call, expected = phones.expect()
    switch = Switch(*await asyncio.open_connection("127.0.0.1", phones.port))
    switch.send(ID, uuid.UUID(call).bytes)
    phone = await asyncio.wait_for(expected, 2)
    return phone, switch


async def test_a_phone_sends_silence_all_the_time(phones: Phones) -> None:
    _, switch = await _call(phones)
    for _ in range(5):
        kind, sound = await asyncio.wait_for(switch.message(), 1)
        assert kind == AUDIO
        assert not any(sound)
    switch.writer.close()


async def test_what_is_said_arrives_whole(phones: Phones) -> None:
    phone, switch = await _call(phones)
    words = sine(300, 0.5, 0.3).astype(np.int16)
    saying = asyncio.create_task(phone.say(words))
    heard = b""
    while len(heard) < len(words) * 2:
        _, sound = await asyncio.wait_for(switch.message(), 1)
        heard += sound if any(sound) or heard else b""
    assert heard[2:] == words.tobytes()[2:] or heard == words.tobytes()
    assert await asyncio.wait_for(saying, 2)
    switch.writer.close()


async def test_a_telecaller_is_noticed_and_missed_again(phones: Phones) -> None:
    phone, switch = await _call(phones)
    hum = with_mark(sine(180, 1.0, 0.2).astype(np.int16), mark_hz(4))
    await switch.play(hum)
    await until(lambda: phone.marks == {4})
    await until(lambda: not phone.marks, within_s=3)
    assert not phone.is_sound
    switch.writer.close()


async def test_time_without_packets_is_silence(phones: Phones) -> None:
    phone, switch = await _call(phones)
    await switch.play(sine(300, 0.4, 0.3).astype(np.int16))
    await until(lambda: not phone.is_sound and phone.lasted > 0.5, within_s=3)
    assert len(phone.heard()) > 0.8 * RATE
    switch.writer.close()


async def test_hanging_up_tells_the_switch(phones: Phones) -> None:
    phone, switch = await _call(phones)
    phone.hang_up()
    kind = AUDIO
    while kind == AUDIO:
        kind, _ = await asyncio.wait_for(switch.message(), 1)
    assert kind == HANG_UP
    assert not await phone.block()
    switch.writer.close()


async def test_a_call_that_ends_wakes_who_listens(phones: Phones) -> None:
    phone, switch = await _call(phones)
    switch.writer.close()
    await until(lambda: phone.is_over)
    assert not await phone.say(np.zeros(10, np.int16))


async def test_a_stranger_is_not_let_in(phones: Phones) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", phones.port)
    writer.write(struct.pack("!BH", ID, 16) + uuid.uuid4().bytes)
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


def a_tone(seconds: float) -> np.ndarray:
    return sine(300, seconds, 0.3).astype(np.int16)


async def test_what_comes_in_a_burst_does_not_make_all_that_follows_late(
    phones: Phones,
) -> None:
    phone, switch = await _call(phones)
    await switch.play(a_tone(0.5))
    await until(lambda: not phone.is_sound and phone.lasted > 1.0, within_s=3)
    for _ in range(50):  # a second of sound at once: the network had stood still
        switch.send(AUDIO, a_tone(FRAME / RATE).tobytes())
    await until(lambda: not phone.is_sound and phone.lasted > 0.5, within_s=3)
    began = time.monotonic()
    await switch.play(a_tone(0.5))
    await until(lambda: phone.is_sound)
    assert abs(phone.changed_at - began) < 0.4
    switch.writer.close()


async def test_nothing_is_missed_while_we_ourselves_stand_still(phones: Phones) -> None:
    phone, switch = await _call(phones)
    end = switch.writer.get_extra_info("socket").dup()
    end.setblocking(True)

    def play() -> None:
        due = time.monotonic()
        for _ in range(75):
            sound = a_tone(FRAME / RATE).tobytes()
            end.sendall(struct.pack("!BH", AUDIO, len(sound)) + sound)
            due += FRAME / RATE
            time.sleep(max(0.0, due - time.monotonic()))

    playing = asyncio.create_task(asyncio.to_thread(play))
    await until(lambda: phone.is_sound)
    began = phone.changed_at
    time.sleep(0.5)  # noqa: ASYNC251 - that is what is tried
    await playing
    await until(lambda: not phone.is_sound)
    assert 1.2 < phone.changed_at - began < 1.8
    end.close()
    switch.writer.close()
