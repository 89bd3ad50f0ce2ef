"""Records in a file, framed so that a torn or damaged one is found and passed by.

A frame is RS, the body's length, a checksum, the body, a newline:

    1e  000000f3  9d3c01aa  w 000000000000002a {...}  0a

RS never occurs in a body (JSON escapes it), so whatever happens to one frame, the next
begins where the next RS stands. Bytes only; no file is opened here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from zlib import crc32

BEGIN, END = b"\x1e", b"\n"
WRITE, DRAINED = b"w", b"d"
HEAD = len(BEGIN) + 8 + 8
NUMBER = 16  # hexadecimal digits
MOST_BODY = 4 * 1024 * 1024  # what claims to be longer is damage


@dataclass(frozen=True, slots=True)
class Frame:
    """WRITE: a record, in `payload`. DRAINED: all up to `number` are stored."""

    kind: bytes
    number: int
    payload: bytes
    ends: int  # offset


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no frame."""

    begins: int
    ends: int


def framed(kind: bytes, number: int, payload: bytes = b"") -> bytes:
    """Return one frame. `payload` must not contain RS."""
    assert BEGIN not in payload, "JSON has no RS"
    body = kind + b"%016x" % number + payload
    length = b"%08x" % len(body)
    return BEGIN + length + _checksum(length, body) + body + END


def frames(data: bytes | mmap, begins: int = 0) -> Iterator[Frame | Damage]:
    """Yield what stands in `data`, in order; what is no frame reaches to the next."""
    at, size = begins, len(data)
    while at < size:
        frame = _frame(data, at)
        if frame is not None:
            yield frame
            at = frame.ends
            continue
        ends = at
        while ends < size and _frame(data, ends) is None:
            ends = data.find(BEGIN, ends + 1)
            ends = size if ends < 0 else ends
        yield Damage(at, ends)
        at = ends


def _frame(data: bytes | mmap, at: int) -> Frame | None:
    head = data[at : at + HEAD]
    if head[:1] != BEGIN:
        return None
    length, checksum = head[1:9], head[9:]
    try:
        size = int(length, 16)
    except ValueError:
        return None
    # Compared as it was written: "0A" and "0a" are the same number.
    if size > MOST_BODY or size <= NUMBER or b"%08x" % size != length:
        return None
    ends = at + HEAD + size
    body = data[at + HEAD : ends]
    if _checksum(length, body) != checksum or data[ends : ends + 1] != END:
        return None
    number = int(body[1 : 1 + NUMBER], 16)
    return Frame(body[:1], number, body[1 + NUMBER :], ends + 1)


def _checksum(length: bytes, body: bytes) -> bytes:
    return b"%08x" % crc32(body, crc32(length))
