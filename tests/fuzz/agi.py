"""Whatever may connect to our FastAGI port, at the real server, lines, flow and router.

Steps: `call` (its id: placed and answered), `desk` (a telecaller logs in), `next` (a
further connection, at the same time), `send`, `line` (wait for a command of ours),
`pause`, `ended` (the voter hangs up), `abort`, `shut` (we send no more), `stay` (say
nothing until we are dropped). Without the last three the other side just closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast
from unittest.mock import patch

from ivr.asterisk import line as line_module
from ivr.asterisk import practice_line
from ivr.asterisk.line import AgiLine
from ivr.cli.voters_lines import agi_server
from ivr.controller.clock import SystemClock
from ivr.core.flow_model import Clip, Flow, Node, NodeKind
from ivr.core.model import NodeId, TelecallerId
from ivr.errors import SamvadError
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import PROJECT, load_settings
from ivr.web.metrics import new_registry
from tests.fakes.switch import FakeClock, FakeSwitch
from tests.fuzz.cases import Case, Step, cut, mutated, nasty, random_for
from tests.fuzz.centre import Centre, open_centre
from tests.fuzz.watching import GIVEN_UP_AFTER_S, given_s
from tests.unit.controller.conftest import FLOW, say

TC = TelecallerId("tc-1")
HEADERS_S = 0.8
DROPPED_WITHIN_S = 7.0  # HEADERS_S, or one command's time as `hurried` has it

GOOD = (b"200 result=0", b"200 result=49 endpos=8000", b"200 result= (timeout)")
REPLIES: tuple[bytes, ...] = (
    *GOOD,
    b"200 result=1",
    b"200 result=9",
    b"200 result=48",
    b"200 result=57",
    b"200 result=-1",
    b"200 result=-1 (hangup) endpos=24000",
    b"200 result=0 (timeout) endpos=40000",
    b"200 result=35 (dtmf) endpos=16000",
    b"200 result=1 (SUCCESS)",
    b"200 result=1 (NOISE)",
    b"200 result=98271234",
    b"100 result=0 Trying...",
    b"100 result=0 Trying...\n200 result=49",
    b"HANGUP",
    b"510 Invalid or unknown command",
    b"511 Command Not Permitted on a dead channel or intercept routine",
    b"520-Invalid command syntax.  Proper usage follows:\nUsage: x\n520 End.",
    b"520 Invalid command syntax.  Proper usage not available.",
    b"",
    b"200",
    b"200 ",
    b"200 result",
    b"200 result=",
    b"200 result=49 endpos=",
    b"200 result=49 endpos=-1",
    b"200 result=49 (dtmf) endpos=x",
    b"200 result=-1 (hangup) endpos=",
    b"200 result=99999999999",
    b"200 result=1114112",
    b"200 result=x",
    b"200 endpos=5 result=49",
    b"200 result=49 result=50",
    b"200 status_code=x result=1",
    b"200 error=x result=1",
    b"200 result=1 (" + b"A" * 20_000 + b")",
    b"999 result=1",
    b"\xe0\xa4 result=1",
    b"A" * 40_000,
)


def flow() -> Flow:
    """Return the tests' flow, with digits and a recording in it, in a hurry."""
    nodes = dict(FLOW.nodes)
    nodes[NodeId("q2")] = replace(nodes[NodeId("q2")], next=NodeId("digits"))
    more = (
        Node(
            NodeId("digits"),
            NodeKind.COLLECT,
            say=say("अंक दबाइए"),
            max_digits=4,
            read_back=True,
            next=NodeId("voice"),
        ),
        Node(NodeId("voice"), NodeKind.RECORD, say=say("बोलिए"), next=NodeId("bye")),
    )
    nodes |= {node.node_id: node for node in more}
    hurried = {
        name: replace(node, timeout_s=0.1, max_s=0.3) for name, node in nodes.items()
    }
    return replace(FLOW, nodes=hurried)


class Sounds:
    """Every second clip has two sounds, and one has none."""

    def paths(self, clip: Clip) -> tuple[str, ...]:
        return (("/audio/क", "/audio/b"), ("/audio/c",), ())[len(clip.text) % 3]

    def ours(self, name: str, language: str) -> str:
        return f"/audio/{language}/{name}"

    def named(self, name: str, language: str = "hi", kind: str = "system") -> str:
        return f"/audio/{language}/{kind}/{name}"


class Switch(FakeSwitch):
    """What the AGI side asks of the switch besides."""

    def channel_of(self, leg_id: str) -> str | None:
        return "PJSIP/tc-1-00000001" if leg_id in self.up else None

    def watch_line(self, line: AgiLine) -> None:
        line.note_key("4") if line.call_id.endswith("4") else None


class AgiFuzz:
    kind = "agi"
    at_once = 12
    may_grow_mb = 24.0
    warm = 600

    def __init__(self, port: int, switch: Switch, centre: Centre) -> None:
        self._port = port
        self._switch = switch
        self._centre = centre
        self._probes = 0

    # Making

    def make(self, seed: int, number: int) -> Case:
        random = random_for(self.kind, seed, number)
        ids = [f"c-{number}-{k}".encode() for k in range(random.randint(1, 2))]
        steps = [Step("call", one) for one in ids]
        if random.random() < 0.2:
            steps.append(Step("desk"))
        for k in range(random.choice((1, 2, 3, 20 if random.random() < 0.1 else 4))):
            about = ids[k] if k < len(ids) and random.random() < 0.9 else None
            if about is None and random.random() < 0.3:
                about = random.choice(ids)  # the same voter, once more
            steps += self._connection(random, about)
        return Case(self.kind, seed, number, steps)

    def _connection(self, random: Random, about: bytes | None) -> list[Step]:
        steps = [Step("next")]
        headers = _headers(random, about)
        steps += [Step("send", piece) for piece in cut(random, headers)]
        if random.random() < 0.03:  # slow-loris
            for one in headers[:40]:
                steps += [Step("send", bytes([one])), Step("pause", seconds=0.03)]
        for _ in range(random.choice((0, 1, 3, 12))):
            steps += _exchange(random)
        how = random.random()
        if how < 0.3:
            steps.append(Step("abort"))
        elif how < 0.5:
            steps.append(Step("shut"))
        elif how < 0.56:
            steps.append(Step("stay"))
        return steps

    # Running

    async def run(self, case: Case) -> None:
        ids: list[str] = []
        connections: list[list[Step]] = []
        for step in case.steps:
            if step.do == "call":
                ids.append(step.data.decode())
                await self._centre.call(ids[-1])
                self._switch.answer(ids[-1])  # type: ignore[arg-type]
            elif step.do == "desk":
                with contextlib.suppress(SamvadError):
                    await self._centre.running.log_in(TC)
            elif step.do == "next":
                connections.append([])
            else:
                connections[-1].append(step)
        every = [self._connect(steps, ids) for steps in connections]
        for result in await asyncio.gather(*every, return_exceptions=True):
            if isinstance(result, AssertionError):
                raise result
        for call_id in ids:
            self._switch.end(call_id)
        await self._centre.over(*ids)
        self._switch.dials.clear()

    async def _connect(self, steps: Sequence[Step], ids: Sequence[str]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for step in steps:
                await self._do(step, reader, writer, ids)
        except (OSError, asyncio.LimitOverrunError, ValueError):
            pass  # dropped by us, who are fuzzed
        finally:
            writer.transport.abort()

    async def _do(
        self,
        step: Step,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ids: Sequence[str],
    ) -> None:
        match step.do:
            case "send":
                writer.write(step.data)
                await writer.drain()
            case "line":
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await reader.readline()
            case "pause":
                await asyncio.sleep(step.seconds)
            case "ended":
                self._switch.end(ids[0])
            case "abort":
                writer.transport.abort()
            case "shut" | "stay":
                if step.do == "shut":
                    writer.write_eof()
                begun = given_s()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GIVEN_UP_AFTER_S):
                        await reader.read()
                took_s = given_s() - begun
                is_in_time = took_s < DROPPED_WITHIN_S
                assert is_in_time, f"a silent connection is kept for {took_s:.0f} s"

    async def probe(self) -> None:
        """A voter is asked, answers and hangs up.

        On a busy machine one may be dropped in this hurry, as they should be after so
        long a silence: then there is another.
        """
        kept = 0
        for _ in range(3):
            if kept := await self._answers():
                break
        assert kept, "the probe's answers were not kept"

    async def _answers(self) -> int:
        """Return how many answers of a good call were kept."""
        self._probes += 1
        call_id = f"c-probe-{self._probes}"
        await self._centre.call(call_id)
        self._switch.answer(call_id)  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        keys = itertools.cycle("12")  # the same one again at once would be a bounce
        try:
            writer.write(_right(call_id.encode()))
            while command := await reader.readline():
                if command.startswith(b"HANGUP"):
                    break
                is_data = command.startswith(b"GET DATA")
                result = next(keys) if is_data else "0 endpos=8"
                writer.write(f"200 result={result}\n".encode())
        finally:
            writer.close()
        answers = self._centre.store.answers.get(call_id, {})  # type: ignore[call-overload]
        self._switch.end(call_id)
        await self._centre.over(call_id)
        return len(answers)

    async def settle(self) -> None:
        with contextlib.suppress(SamvadError):
            await self._centre.running.log_out(TC)
        await asyncio.sleep(0.05)
        for kept in (self._switch.desk_rings, self._switch.rung, self._switch.hung_up):
            kept.clear()


def _right(call_id: bytes) -> bytes:
    headers = {
        b"agi_network": b"yes",
        b"agi_network_script": b"call",
        b"agi_request": b"agi://127.0.0.1:4573/call",
        b"agi_channel": b"PJSIP/carrier-00000001",
        b"agi_language": b"hi",
        b"agi_type": b"PJSIP",
        b"agi_uniqueid": call_id,
        b"agi_callerid": b"07552550100",
        b"agi_extension": b"s",
        b"agi_priority": b"1",
        b"agi_enhanced": b"0.0",
        b"agi_threadid": b"140000000000000",
    }
    return b"".join(k + b": " + v + b"\n" for k, v in headers.items()) + b"\n"


def _headers(random: Random, about: bytes | None) -> bytes:
    other = random.choice((b"c-none", b"p-none", b"t-none", b"", nasty(random)))
    headers = _right(other if about is None else about)
    match random.randrange(12):
        case 0 | 1 | 2:
            return mutated(random, headers)
        case 3 if random.random() < 0.3:
            return headers[:-1] + b"agi_x: y\n" * 3000 + b"\n"
        case 4:
            return headers.replace(b"\n", random.choice((b"\r\n", b"\r", b"\0")))
        case 5:
            return random.choice(
                (b"", b"\n\n", b"GET / HTTP/1.1\r\n\r\n\n\n", b"\x16\x03\x01\x02\0\1")
            )
        case 6:
            return headers.replace(b"agi_uniqueid", nasty(random)[:200])
        case _:
            return headers


def _exchange(random: Random) -> Iterator[Step]:
    if random.random() < 0.85:
        yield Step("line")
    if random.random() < 0.05:
        yield Step("ended")
    if random.random() < 0.05:
        yield Step("pause", seconds=random.choice((0, 0.01, 0.3)))
    good = random.random() < 0.6
    reply = random.choice(GOOD if good else REPLIES)
    if random.random() < 0.15:
        reply = mutated(random, reply)
    ending = random.choice((b"\r\n", b"", b"\n\n")) if random.random() < 0.1 else b"\n"
    for piece in cut(random, reply + ending, 2):
        yield Step("send", piece)


@contextmanager
def hurried() -> Iterator[None]:
    """Let each wait on a silent line end in a moment, as it does in a minute."""
    with contextlib.ExitStack() as stack:
        shorter: tuple[tuple[Any, str, float], ...] = (
            (line_module, "MARGIN_S", 0.3),
            (line_module, "MAX_CLIP_S", 0.2),
            (line_module, "MAX_TALK_S", 0.5),
            (practice_line, "MARGIN_S", 0.3),
            (practice_line, "MAX_LINE_S", 0.2),
        )
        for module, name, seconds in shorter:
            stack.enter_context(patch.object(module, name, seconds))
        yield


@asynccontextmanager
async def agi_fuzz(folder: Path) -> AsyncIterator[AgiFuzz]:
    clock = SystemClock()
    switch = Switch(cast(FakeClock, clock))
    switch.back()
    settings = load_settings(PROJECT / "config" / "demo.toml")
    waits = replace(settings.timeouts, agi_headers_s=HEADERS_S)
    settings = replace(settings, home=folder, timeouts=waits)
    registry, _ = new_registry()
    with hurried():
        async with open_centre(switch, clock, flow()) as centre:
            library = cast(AudioLibrary, Sounds())
            server = agi_server(
                settings,
                switch,  # type: ignore[arg-type]
                centre.running,
                registry,
                library,
            )
            port = await server.start("127.0.0.1", 0)
            try:
                yield AgiFuzz(port, switch, centre)
            finally:
                await server.stop()
