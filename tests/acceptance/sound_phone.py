"""A softphone with a voice of its own: one steady tone, and an ear for others' tones.

Registers as a telecaller's would, or stands behind the trunk as a voter's. What it
heard, and when, says who was joined to whom.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
import struct
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ivr.simulation.hearing import BLOCK, Ear
from ivr.simulation.tones import RATE, Samples, mark_hz, sine
from tests.acceptance.sip_phone import SipPhone

FRAME = 160  # samples: 20 ms
FRAME_S = FRAME / RATE
LEVEL = 0.12
SILENCE = b"\xd5" * FRAME  # a-law's nothing
# A tone counts as heard in so many of the blocks of 120 ms that were judged.
MOST = 0.6


def _alaw_values() -> npt.NDArray[np.int16]:
    values = []
    for code in range(256):
        bits = code ^ 0x55
        step, segment = (bits & 0x0F) << 4, (bits & 0x70) >> 4
        value = step + (8 if segment == 0 else 0x108)
        value <<= max(0, segment - 1)
        values.append(value if bits & 0x80 else -value)
    return np.array(values, dtype=np.int16)


VALUES = _alaw_values()
ORDER = np.argsort(VALUES)


def to_alaw(samples: Samples) -> bytes:
    places = np.searchsorted(VALUES[ORDER], samples).clip(0, 255)
    return ORDER[places].astype(np.uint8).tobytes()


class SoundPhone(SipPhone):
    """Answers every INVITE and sounds its tone, `voice` of `voices`, all the while."""

    def __init__(self, voice: int, voices: int) -> None:
        super().__init__()
        self._ear = Ear([mark_hz(n) for n in range(voices)])
        tone = sine(mark_hz(voice), 1.0, LEVEL).astype(np.int16)
        self._tone = to_alaw(tone)  # whole periods: all are multiples of 20 Hz
        self._heard: list[tuple[float, bytes]] = []
        self._speaking: asyncio.Task[None] | None = None
        self.calls = 0
        self.is_silent = False  # sends silence in place of its tone

    async def start(self, port: int) -> None:
        await super().start(port)
        self._sound_to: tuple[str, int] | None = None
        self._speaking = asyncio.create_task(self._speak())

    def stop(self) -> None:
        """Go without a word: no BYE, no sound. As a laptop that is closed."""
        if self._speaking is not None:
            self._speaking.cancel()
        super().stop()

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        text = data.decode()
        if text.startswith("INVITE"):
            where = re.findall(r"(?m)^c=IN IP4 (\S+)", text)
            port = re.findall(r"(?m)^m=audio (\d+)", text)
            self._sound_to = (where[0], int(port[0]))
            self.calls += 1
        elif text.startswith("BYE"):
            self._sound_to = None
        elif text.startswith("OPTIONS"):
            self._peer = address
            self._send(self._reply(text, "200 OK"))
            return
        super().datagram_received(data, address)

    def hang_up(self) -> None:
        super().hang_up()
        self._sound_to = None

    async def _speak(self) -> None:
        sequence, place, due = secrets.randbelow(1000), 0, time.monotonic()
        source = secrets.randbelow(2**31)
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._keep()
            sequence, place = sequence + 1, (place + FRAME) % RATE
            if self._sound_to is None:
                continue
            head = struct.pack("!BBHII", 0x80, 8, sequence, sequence * FRAME, source)
            sound = (self._tone + self._tone)[place : place + FRAME]
            if self.is_silent:
                sound = SILENCE
            with contextlib.suppress(OSError):
                self._rtp.sendto(head + sound, self._sound_to)

    def _keep(self) -> None:
        now = time.monotonic()
        for packet in self.sound:
            if packet[1] & 0x7F == 8:
                self._heard.append((now, packet[12:]))
        self.sound.clear()

    # What was heard

    def heard(self, since: float) -> tuple[frozenset[int], float]:
        """Return whose tones sounded most of the time since, and how much was sound.

        Time without a packet is silence: the share is of the time that passed.
        """
        coded = b"".join(part for at, part in self._heard if at >= since)
        samples = VALUES[np.frombuffer(coded, np.uint8)]
        blocks = [
            self._ear.judge(samples[start : start + BLOCK])
            for start in range(0, len(samples) - BLOCK + 1, BLOCK)
        ]
        passed = max(1.0, (time.monotonic() - since) * RATE / BLOCK)
        marks: Sequence[int] = [mark for block in blocks for mark in block.marks]
        often = frozenset(m for m in set(marks) if marks.count(m) >= MOST * passed)
        return often, sum(block.is_sound for block in blocks) / passed

    # Registering

    async def register(self, to: tuple[str, int], user: str, password: str) -> None:
        """Become the softphone of `user`, for five minutes."""
        call_id, first = secrets.token_hex(8), len(self.messages)
        self._transport.sendto(self._register(to, user, call_id, 1, "").encode(), to)
        challenge = await self._answer(first)
        asked = dict(re.findall(r'(\w+)="?([^",\r]+)', challenge))
        proof = digest(asked, user, password, f"sip:{to[0]}:{to[1]}")
        first = len(self.messages)
        request = self._register(to, user, call_id, 2, proof)
        self._transport.sendto(request.encode(), to)
        answer = await self._answer(first)
        assert answer.startswith("SIP/2.0 200"), answer

    async def _answer(self, first: int) -> str:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for message in self.messages[first:]:
                if message.startswith("SIP/2.0") and "REGISTER" in message:
                    return message
            await asyncio.sleep(0.01)
        raise AssertionError("the registrar does not answer")

    def _register(
        self, to: tuple[str, int], user: str, call_id: str, cseq: int, proof: str
    ) -> str:
        me = f"127.0.0.1:{self._port}"
        return (
            f"REGISTER sip:{to[0]}:{to[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {me};branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{to[0]}>;tag={call_id[:8]}\r\n"
            f"To: <sip:{user}@{to[0]}>\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{me}>\r\n"
            f"Expires: 300\r\n{proof}Content-Length: 0\r\n\r\n"
        )


def digest(
    asked: dict[str, str],
    user: str,
    password: str,
    uri: str,
    method: str = "REGISTER",
) -> str:
    """Return the Authorization header (RFC 2617, MD5, qop=auth)."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce, own = asked["realm"], asked["nonce"], secrets.token_hex(8)
    secret, what = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{uri}")
    response = md5(f"{secret}:{nonce}:00000001:{own}:auth:{what}")
    words = {
        "username": user,
        "realm": realm,
        "nonce": nonce,
        "uri": uri,
        "response": response,
        "cnonce": own,
    }
    quoted = ", ".join(f'{name}="{value}"' for name, value in words.items())
    opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    return (
        f"Authorization: Digest {quoted}, algorithm=MD5, qop=auth, nc=00000001"
        f"{opaque}\r\n"
    )
