"""A manager interface gone mad, at the real switch adapter with the real controller.

Steps: `call` (its id), `log_in`, `log_out` (a telecaller), `send` (bytes), `pause`,
`reply` (what the next command is answered with; @ID@ is its ActionID), `mute` (the
next command gets no answer), `greet` (how the next connection begins), `drop`,
`hang_up` (a call of ours), `live`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from ivr.asterisk.ami import AmiAddress
from ivr.asterisk.switch import AsteriskSwitch
from ivr.controller.clock import SystemClock
from ivr.core.model import TelecallerId
from ivr.errors import SamvadError
from tests.fakes.ami_server import AmiServer
from tests.fuzz.cases import Case, Step, cut, mutated, nasty, random_for
from tests.fuzz.centre import Centre, open_centre
from tests.polling import until

RECORDINGS = Path(__file__).parents[1] / "recordings"
TC = TelecallerId("tc-1")
LEG = b"@LEG@"
ANSWER_S = 0.3  # of each command, in this run
BACK_WITHIN_S = 4.0
ASKED = ("call", "hang_up", "live", "log_in", "log_out")  # nobody waits in between

Message = list[tuple[bytes, bytes]]


def transcript(name: str) -> list[Message]:
    """Return the messages of a recording."""
    text = (RECORDINGS / name).read_bytes()
    return [
        [
            (key, value)
            for key, _, value in (line.partition(b": ") for line in block.split(b"\n"))
            if key and not key.startswith(b";")
        ]
        for block in text.split(b"\n\n")
        if block.strip()
    ]


NAMES = sorted(file.name for file in RECORDINGS.glob("*.txt"))
RECORDED = {name: transcript(name) for name in NAMES}
GOOD = RECORDED["answered-voter-hangs-up.txt"]


def as_sent(message: Message) -> bytes:
    return b"".join(key + b": " + value + b"\r\n" for key, value in message) + b"\r\n"


def about(messages: Sequence[Message], call_id: bytes) -> list[Message]:
    """Return the messages, of another call."""
    known = re.compile(rb"\bc-[a-z0-9-]+")
    return [[(key, known.sub(call_id, value)) for key, value in m] for m in messages]


def ended(call_id: bytes) -> bytes:
    return as_sent(
        [
            (b"Event", b"Hangup"),
            (b"Uniqueid", call_id),
            (b"Channel", b"PJSIP/carrier-00000001"),
            (b"Cause", b"16"),
            (b"Cause-txt", b"Normal Clearing"),
        ]
    )


class WildAmi(AmiServer):
    """Answers as it should, but for what a case says."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[bytes | None] = []
        self.greeting = b""
        self.legs: set[str] = set()

    def _answer(self, action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if self.replies and action.get("Action") not in ("Login", "Ping"):
            reply = self.replies.pop(0)
            if reply is not None:
                own = action.get("ActionID", "").encode()
                writer.write(reply.replace(b"@ID@", own))
            return
        super()._answer(action, writer)
        del self.actions[:]
        channel_id = action.get("ChannelId", "")
        if action["Action"] == "Originate" and channel_id.startswith("d-"):
            self.legs.add(channel_id)
            up = {"Uniqueid": channel_id, "Channel": f"PJSIP/{channel_id}-1"}
            self.event(Event="Newstate", ChannelState="6", **up)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        greeting, self.greeting = self.greeting, b""
        with contextlib.suppress(ConnectionError, ValueError, RuntimeError):
            if greeting:
                writer.write(greeting)
                await writer.drain()
            await super()._serve(reader, writer)
        self._writers.discard(writer)
        writer.transport.abort()

    def raw(self, data: bytes) -> None:
        for writer in list(self._writers):
            if writer.is_closing():  # by the other side
                self._writers.discard(writer)
            else:
                writer.write(data)

    def reply_well(self, action: dict[str, str]) -> list[dict[str, str]]:
        if action["Action"] != "CoreShowChannels":
            return [{"Response": "Success", "Message": "fine"}]
        return [
            {"Response": "Success", "EventList": "start"},
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
        ]


class AmiFuzz:
    kind = "ami"
    at_once = 1
    may_grow_mb = 24.0
    warm = 300

    def __init__(self, server: WildAmi, switch: AsteriskSwitch, centre: Centre) -> None:
        self._server = server
        self._switch = switch
        self._centre = centre
        self._probes = 0

    # Making

    def make(self, seed: int, number: int) -> Case:
        random = random_for(self.kind, seed, number)
        ids = [f"c-{number}-{k}".encode() for k in range(random.randint(1, 3))]
        steps = [Step("call", one) for one in ids]
        if random.random() < 0.1:
            steps.insert(0, Step("log_in"))
        for _ in range(random.randint(1, 6)):
            steps += self._some(random, ids)
        if random.random() < 0.3:
            random.shuffle(steps)
        return Case(self.kind, seed, number, steps)

    def _some(self, random: Random, ids: Sequence[bytes]) -> list[Step]:
        match random.randrange(16):
            case 0:
                return [Step("reply", _reply(random))]
            case 1 if random.random() < 0.2:
                return [Step("mute")]
            case 2 if random.random() < 0.3:
                greeting = mutated(random, b"Asterisk Call Manager/9.0.0\r\n")
                return [Step("greet", greeting), Step("drop")]
            case 3 if random.random() < 0.3:
                return [Step("drop"), Step("pause", seconds=0.1)]
            case 4:
                return [Step("hang_up", random.choice(ids))]
            case 5:
                return [Step("live")]
            case 6:
                return [Step(random.choice(("log_in", "log_out")))]
            case 7:
                return [Step("pause", seconds=random.choice((0, 0.001, 0.02)))]
            case 8 if random.random() < 0.1:
                return [Step("send", b"A" * random.choice((70_000, 1_200_000)))]
            case _:
                return [Step("send", one) for one in _wild(random, ids)]

    # Running

    async def run(self, case: Case) -> None:
        ids = [step.data for step in case.steps if step.do == "call"]
        asked = []
        for step in case.steps:
            if step.do in ASKED:
                asked.append(asyncio.create_task(self._do(step)))
                await asyncio.sleep(0)
            else:
                await self._do(step)
        await asyncio.gather(*asked)
        await self._end(ids)

    async def _do(self, step: Step) -> None:
        running, server = self._centre.running, self._server
        with contextlib.suppress(SamvadError):
            match step.do:
                case "call":
                    await self._centre.call(step.data.decode())
                case "log_in":
                    await running.log_in(TC)
                case "log_out":
                    await running.log_out(TC)
                case "hang_up":
                    await self._switch.hang_up(step.data.decode())
                case "live":
                    await self._switch.standing()
                case "reply":
                    server.replies.append(step.data)
                case "mute":
                    server.replies.append(None)
                case "greet":
                    server.greeting = step.data
                case "drop":
                    server.drop()
                case "send":
                    leg = next(iter(server.legs), "d-none").encode()
                    server.raw(step.data.replace(LEG, leg))
                case "pause":
                    await asyncio.sleep(step.seconds)
        await asyncio.sleep(0)

    async def _end(self, ids: Sequence[bytes]) -> None:
        server, running = self._server, self._centre.running
        server.replies.clear()
        server.raw(b"\r\n\r\n")
        await self._is_back()
        for call_id in ids:
            server.raw(ended(call_id))
        await self._centre.over(*(one.decode() for one in ids))
        with contextlib.suppress(SamvadError):
            await running.log_out(TC)
        for leg in server.legs:
            server.raw(ended(leg.encode()))
        server.legs.clear()

    async def _is_back(self) -> None:
        up = self._centre.running.router.switch_is_up
        await asyncio.sleep(0.002)
        await until(lambda: self._switch.is_up, within_s=BACK_WITHIN_S)
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                await up.wait()
        except TimeoutError:
            raise AssertionError("connected, and the controller was not told") from None

    async def probe(self) -> None:
        """A call is answered and ends.

        On a busy machine a ping of ours may go unanswered in this hurry, and the call
        be closed as interrupted, as it should: then there is another.
        """
        for _ in range(3):
            await self._is_back()
            before = self._server.connections
            answered = await self._call_answered()
            if answered or self._server.connections == before:
                break
        assert answered, "the probe's answer was not seen"

    async def _call_answered(self) -> bool:
        self._probes += 1
        call_id = f"c-probe-{self._probes}"
        await self._centre.call(call_id)
        for message in about(GOOD, call_id.encode())[1:]:
            self._server.raw(as_sent(message))
        store = self._centre.store
        await until(lambda: store.attempts[call_id].disposition)  # type: ignore[index]
        attempt = store.attempts[call_id]  # type: ignore[index]
        await self._centre.over(call_id)
        return attempt.call.answered_at is not None

    async def settle(self) -> None:
        """Break the connection: what is kept of channels is compared and forgotten."""
        before = self._server.connections
        self._server.drop()
        await until(lambda: self._server.connections > before)
        await self._is_back()
        switch = self._switch
        await until(lambda: not switch._tasks)
        kept = (switch._seen, switch._dialled, switch._lines)
        assert not any(kept), f"kept of calls that are no more: {kept}"[:300]
        held = switch._bridges
        bridges = (held._members, held._joined, held._leaving)
        assert not any(bridges), f"kept of bridges: {bridges}"[:300]


def _wild(random: Random, ids: Sequence[bytes]) -> list[bytes]:
    """Return pieces of a recorded call, and what was made of it."""
    about_whom = random.choice([*ids, LEG, b"t-none", b"c-", b"c-" + b"x" * 300])
    messages = about(RECORDED[random.choice(NAMES)], about_whom)
    if random.random() < 0.5:
        messages = [_bent(random, message) for message in messages]
    if random.random() < 0.3:
        random.shuffle(messages)
    if random.random() < 0.2:
        messages = messages * random.choice((2, 20))
    if random.random() < 0.4:
        messages += [_joined(random, ids) for _ in range(random.randint(1, 5))]
    sent = [as_sent(message) for message in messages]
    if random.random() < 0.3:
        sent = [mutated(random, one) for one in sent]
    if random.random() < 0.2:
        sent = [random.choice(sent)[: random.randrange(200)] or b"\r\n", *sent]
    return cut(random, b"".join(sent), 6)


def _bent(random: Random, message: Message) -> Message:
    """Return a message with one header wrong, twice, or of another."""
    if not message:
        return message
    at = random.randrange(len(message))
    key, value = message[at]
    match random.randrange(6):
        case 0:
            changed = [(key, nasty(random))]
        case 1:
            changed = [(key, value), (key, nasty(random))]
        case 2:
            changed = [(key, value), (key.upper(), value), (key, value)]
        case 3:
            changed = []
        case 4:
            changed = [(nasty(random), value)]
        case _:
            wrong = random.choice(
                (b"Uniqueid", b"Cause", b"TechCause", b"ChannelState", b"ActionID")
            )
            changed = [(key, value), (wrong, nasty(random))]
    return [*message[:at], *changed, *message[at + 1 :]]


def _joined(random: Random, ids: Sequence[bytes]) -> Message:
    who = random.choice([*ids, LEG, b"d-other", nasty(random)])
    match random.randrange(3):
        case 0:
            return [
                (b"Event", random.choice((b"BridgeEnter", b"BridgeLeave"))),
                (b"BridgeUniqueid", random.choice((b"b-1", b"b-2", nasty(random)))),
                (b"Uniqueid", who),
            ]
        case 1:
            return [
                (b"Event", b"DTMFEnd"),
                (b"Uniqueid", who),
                (b"Digit", random.choice((b"1", b"9", b"A", nasty(random)))),
                (b"Direction", random.choice((b"Received", b"Sent"))),
            ]
        case _:
            return [
                (b"Event", b"DialEnd"),
                (b"DestUniqueid", who),
                (b"DialStatus", random.choice((b"BUSY", nasty(random)))),
            ]


REPLIES: tuple[Message, ...] = (
    [(b"Response", b"Success"), (b"ActionID", b"@ID@"), (b"Message", b"fine")],
    [(b"Response", b"Error"), (b"ActionID", b"@ID@"), (b"Message", b"No such")],
    [(b"Response", b"Success"), (b"ActionID", b"@ID@"), (b"EventList", b"start")],
    [(b"Event", b"CoreShowChannel"), (b"ActionID", b"@ID@"), (b"Uniqueid", b"c-1")],
    [(b"Event", b"CoreShowChannelsComplete"), (b"ActionID", b"@ID@")],
    [(b"Response", b"Follows"), (b"ActionID", b"@ID@"), (b"Output", b"x")],
    [(b"Response", b"Goodbye"), (b"ActionID", b"@ID@")],
    [(b"Event", b"Shutdown"), (b"Shutdown", b"Cleanly")],
    [(b"Event", b"FullyBooted"), (b"ActionID", b"@ID@")],
)


def _reply(random: Random) -> bytes:
    some = [random.choice(REPLIES) for _ in range(random.randint(1, 4))]
    bent = [_bent(random, one) if random.random() < 0.6 else one for one in some]
    sent = b"".join(as_sent(one) for one in bent)
    return mutated(random, sent) if random.random() < 0.3 else sent


@asynccontextmanager
async def ami_fuzz(_folder: Path) -> AsyncIterator[AmiFuzz]:
    clock = SystemClock()
    server = WildAmi()
    server.reply = server.reply_well
    async with server:
        address = AmiAddress("127.0.0.1", server.port, "samvad", "secret")
        switch = AsteriskSwitch(address, clock.now, timeout_s=ANSWER_S)
        switch._ami._retry_every_s = 0.02
        switch._ami._ping_every_s = 0.5
        manager = asyncio.create_task(switch.run())
        try:
            async with open_centre(switch, clock) as centre:
                yield AmiFuzz(server, switch, centre)
        finally:
            manager.cancel()
            await asyncio.gather(manager, return_exceptions=True)
