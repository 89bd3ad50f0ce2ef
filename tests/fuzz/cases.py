"""One input of a fuzzer: steps that can be kept as a file, and run again.

A case is made from (seed, number) alone: the same seed gives the same run.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

# What has broken parsers before: ends, escapes, encodings, numbers, expressions.
NASTY: tuple[bytes, ...] = (
    b"",
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b": ",
    b"=",
    b'"',
    b"\\",
    b"'",
    b"(",
    b")",
    b";",
    b"%00",
    b"%0d%0a",
    b"%",
    b"%f0%28%8c%28",
    b"../../../../etc/passwd",
    b"..%2f..%2f",
    b"-1",
    b"-2147483649",
    b"4294967296",
    b"9" * 30,
    b"9" * 5000,
    b"1e309",
    b"NaN",
    b"0x41",
    "²".encode(),
    "४८६".encode(),
    "अ".encode(),
    "क्‍ष".encode(),
    "\u202eover\u2028\u0085".encode(),
    "🙏".encode(),
    b"\xe0\xa4",  # a Devanagari letter, cut
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",  # a surrogate
    b"\x1b[2J\x1b]0;x\x07",
    b"${SHELL(id)}",
    b"$[1/0]",
    b"{{7*7}}",
    b"{0.__class__}",
    b"%s%n%x",
    b"<script>alert(1)</script>",
    b"' OR 1=1 --",
    b"=cmd|' /C calc'!A0",
    b"A" * 300,
    b"A" * 9000,
    b"A" * 70_000,
    b"None",
    b"null",
    b"true",
    b"[]",
    b"{}",
)


@dataclass(frozen=True, slots=True)
class Step:
    """`do`, with bytes or seconds: what each word means, the fuzzer says."""

    do: str
    data: bytes = b""
    seconds: float = 0.0


@dataclass(slots=True)
class Case:
    kind: str
    seed: int
    number: int
    steps: list[Step] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}-{self.number}"

    @property
    def size(self) -> int:
        return sum(len(step.data) for step in self.steps)

    def kept_in(self, folder: Path, why: str) -> Path:
        """Write it, with what was found; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.json"
        steps = [
            {
                "do": step.do,
                "data": b64encode(step.data).decode(),
                "seconds": step.seconds,
            }
            for step in self.steps
        ]
        known = {"kind": self.kind, "seed": self.seed, "number": self.number}
        file.write_text(json.dumps({**known, "why": why, "steps": steps}, indent=1))
        return file


def read(file: Path) -> Case:
    kept = json.loads(file.read_text())
    steps = [
        Step(step["do"], b64decode(step["data"]), step["seconds"])
        for step in kept["steps"]
    ]
    return Case(kept["kind"], kept["seed"], kept["number"], steps)


def random_for(kind: str, seed: int, number: int) -> Random:
    return Random(f"{kind}/{seed}/{number}")


def nasty(random: Random) -> bytes:
    """Return something that is seldom sent, mostly short."""
    if random.random() < 0.25:
        return random.randbytes(random.choice((1, 2, 7, 40, 400)))
    return random.choice(NASTY)


def mutated(random: Random, data: bytes, times: int = 3) -> bytes:
    """Return `data` after some blows."""
    for _ in range(random.randint(1, times)):
        data = _blow(random, data)
    return data


def _blow(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    to = min(len(data), at + random.choice((1, 1, 2, 8, 64, 512)))
    match random.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + data[at:to] * random.choice((2, 3, 50)) + data[to:]
        case 3:
            return data[:at] + nasty(random) + data[at:]
        case 4:
            return data[:at] + nasty(random) + data[to:]
        case 5 if data:
            one = bytearray(data)
            one[at % len(one)] ^= 1 << random.randrange(8)
            return bytes(one)
        case 6:
            other = random.randrange(len(data) + 1)
            return data[:at] + data[other:] + data[:other]
        case _:
            return data.replace(
                random.choice((b"\r\n", b"\n", b": ", b" ", b"=")), nasty(random), 1
            )


def cut(random: Random, data: bytes, most: int = 4) -> list[bytes]:
    """Return `data` in pieces, as a network may bring it."""
    marks = sorted(
        random.randrange(len(data) + 1) for _ in range(random.randint(0, most))
    )
    return [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]
