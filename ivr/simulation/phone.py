"""A simulated voter's telephone: the sound of one call, both ways.

The carrier's Asterisk brings each answered call here by its AudioSocket
application: 8 kHz samples over TCP. Like a real phone it sends sound all the
time (silence when nobody speaks). It decides nothing: voters.py does.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
import uuid
from collections.abc import Callable
from typing import cast

import numpy as np

from ivr.simulation.hearing import BLOCK, Block, Ear
from ivr.simulation.tones import RATE, Samples

# https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/
HANG_UP, ID, DTMF, AUDIO = 0x00, 0x01, 0x03, 0x10
FRAME_S = 0.04  # what is sent at a time; Asterisk splits it into packets
FRAME = round(RATE * FRAME_S)
SILENCE = struct.pack("!BH", AUDIO, FRAME * 2) + bytes(FRAME * 2)
MARK_BLOCKS = 3  # of the last five: then that telecaller is really there
BLOCKS_KEPT = 5
EARLY = RATE // 4  # samples that wait to be heard: more than that is dropped
LONG_SILENCE_S = 1.5  # that is worth a line in the truth log


class Phone:
    """One answered call. `block()` returns each time 120 ms have been heard."""

    def __init__(self, ear: Ear, clock: Callable[[], float] = time.monotonic) -> None:
        self._ear = ear
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._to_say = np.zeros(0, np.int16)
        self._heard = bytearray()  # since `began`, with no gaps
        self._judged = 0  # samples
        self._next: asyncio.Future[None] | None = None
        self._marks: list[frozenset[int]] = []
        self.began = clock()
        self.is_over = False
        self.is_sound = False
        self.changed_at = self.began  # when sound or silence began
        self.tone_at: float | None = None  # the last beep
        self.marks: frozenset[int] = frozenset()  # which telecallers are heard
        self.silences: list[tuple[float, float]] = []  # long ones: began, lasted

    def connected(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.began = self.changed_at = self._clock()

    def hear(self, sound: bytes) -> None:
        """Take what arrived, but not what comes too late: that moment is over.

        Else a call whose network stood still would be heard late for ever after.
        """
        ahead = -self._late() + len(sound) // 2
        if ahead <= EARLY:
            self._heard += sound

    def over(self) -> None:
        """The other side, or the network, ended the call."""
        if not self.is_over:
            self._note_silence(self._clock())
        self.is_over = True
        self._transport = None
        self._wake()

    def tick(self) -> None:
        """Send the next 40 ms, and judge what was heard since."""
        self._send()
        self._fill()
        while len(self._heard) // 2 - self._judged >= BLOCK:
            start = self._judged * 2
            samples = np.frombuffer(self._heard[start : start + BLOCK * 2], np.int16)
            self._judged += BLOCK
            self._notice(self._ear.judge(samples))

    def _send(self) -> None:
        if self._transport is None:
            return
        if not len(self._to_say):
            self._transport.write(SILENCE)
            return
        now, self._to_say = self._to_say[:FRAME], self._to_say[FRAME:]
        sound = now.astype("<i2").tobytes()
        self._transport.write(struct.pack("!BH", AUDIO, len(sound)) + sound)

    def _late(self) -> int:
        """Return how many samples are missing up to now; below 0: come early."""
        return round((self._clock() - self.began) * RATE) - len(self._heard) // 2

    def _fill(self) -> None:
        """Time without packets is silence."""
        late = self._late()
        if late > BLOCK:
            self._heard += bytes(2 * (late - BLOCK // 2))

    def _notice(self, block: Block) -> None:
        at = self.began + self._judged / RATE
        if block.is_sound != self.is_sound:
            self._note_silence(at - BLOCK / RATE)
            self.is_sound = block.is_sound
            self.changed_at = at - BLOCK / RATE
        if block.is_tone:
            self.tone_at = at
        self._marks = [*self._marks[1 - BLOCKS_KEPT :], block.marks]
        if self.marks or block.marks:
            seen = [place for marks in self._marks for place in marks]
            self.marks = frozenset(p for p in seen if seen.count(p) >= MARK_BLOCKS)
        self._wake()

    def _note_silence(self, until: float) -> None:
        lasted = until - self.changed_at
        if not self.is_sound and lasted >= LONG_SILENCE_S:
            self.silences.append((self.changed_at, lasted))

    def _wake(self) -> None:
        waiting, self._next = self._next, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def block(self) -> bool:
        """Wait for the next 120 ms; False when the call is over."""
        if self.is_over:
            return False
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._next)
        return not self.is_over

    @property
    def lasted(self) -> float:
        """How long the present sound, or silence, has lasted."""
        return self.began + self._judged / RATE - self.changed_at

    async def say(self, samples: Samples) -> bool:
        """Speak, and return when it was all said; False when cut off."""
        self._to_say = np.concatenate([self._to_say, samples])
        while len(self._to_say):
            if not await self.block():
                return False
        return True

    def heard(
        self, since: float | None = None, seconds: float | None = None
    ) -> Samples:
        """Return what was heard, from a moment of the clock on."""
        start = 0 if since is None else max(0, round((since - self.began) * RATE))
        end = None if seconds is None else 2 * (start + round(seconds * RATE))
        return np.frombuffer(bytes(self._heard[2 * start : end]), np.int16)

    def hang_up(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(struct.pack("!BH", HANG_UP, 0))
        self.over()


class _Socket(asyncio.Protocol):
    """Reads AudioSocket messages and gives their sound to a phone."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones
        self._phone: Phone | None = None
        self._transport: asyncio.Transport | None = None
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport by class, only by their acts.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= 3:
            kind, size = struct.unpack_from("!BH", self._pending)
            if len(self._pending) < 3 + size:
                return
            body, self._pending = self._pending[3 : 3 + size], self._pending[3 + size :]
            self._message(kind, body)

    def _message(self, kind: int, body: bytes) -> None:
        if kind == AUDIO and self._phone is not None:
            self._phone.hear(body)
        elif kind == ID and self._transport is not None:
            self._phone = self._phones.claim(body)
            if self._phone is None:
                self._transport.abort()
            else:
                self._phone.connected(self._transport)
        elif kind == HANG_UP and self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._phone is not None:
            self._phones.gone(self._phone)


class Phones:
    """All telephones: the AudioSocket server, and the clockwork that drives them."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._expected: dict[bytes, asyncio.Future[Phone]] = {}
        self._live: set[Phone] = set()
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Socket(self), host, 0, backlog=256
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for phone in list(self._live):
            phone.hang_up()
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking

    def expect(self) -> tuple[str, asyncio.Future[Phone]]:
        """Return the id to give to AudioSocket, and the phone when it is there."""
        call = uuid.uuid4()
        future: asyncio.Future[Phone] = asyncio.get_running_loop().create_future()
        self._expected[call.bytes] = future
        future.add_done_callback(lambda _: self._expected.pop(call.bytes, None))
        return str(call), future

    @property
    def live(self) -> list[Phone]:
        """Return the telephones that are in a call now."""
        return list(self._live)

    def claim(self, call: bytes) -> Phone | None:
        future = self._expected.pop(call, None)
        if future is None or future.done():
            return None
        phone = Phone(self._ear)
        self._live.add(phone)
        future.set_result(phone)
        return phone

    def gone(self, phone: Phone) -> None:
        self._live.discard(phone)
        phone.over()

    async def _tick(self) -> None:
        """Run at a steady beat: a late beat is made up, as a phone's clock would."""
        due = time.monotonic()
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() - due > FRAME_S:
                # We stood still, not the network: what has come is read first.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            for phone in list(self._live):
                phone.tick()
            if time.monotonic() - due > 1.0:  # stalled: do not send a burst
                due = time.monotonic()
