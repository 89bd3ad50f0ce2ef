"""The spool on the disk: records are added at its end, read from its front.

What was added is on the disk when `append` returns. Room for the first of it is
reserved beforehand: the disk may be full just when the spool is needed. One thread at
a time; knows nothing of what the records mean.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import SetupFailed
from ivr.store.spool_framing import DRAINED, WRITE, Damage, Frame, framed, frames

log = logging.getLogger(__name__)

MB = 1024 * 1024
RESERVED = 8 * MB  # about twenty thousand writes
AT_MOST = 256 * MB
CHUNK = MB
SPOOL, REFUSED, DAMAGED = "writes.spool", "refused.jsonl", "damaged"


@dataclass(frozen=True, slots=True)
class Record:
    number: int
    payload: bytes
    ends: int  # offset


class SpoolFile:
    """One folder: the spool, and what could not be read or stored of it."""

    def __init__(
        self, folder: Path, *, reserved: int = RESERVED, at_most: int = AT_MOST
    ) -> None:
        """Open it; what a power cut tore off is cut away. Raises SetupFailed."""
        self._folder = folder
        self._reserved = reserved
        self._at_most = at_most
        self.waiting = 0  # records that are not drained
        self._number = 0  # of the last record
        self._front = self._end = 0  # offsets: of the first not drained; of the end
        self._damages: set[int] = set()  # where one was found and told
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(folder / SPOOL, flags, 0o600)
            try:
                self._recover()
                self._reserve()
                os.fsync(self._file)
                _keep_names(folder)
            except BaseException:
                os.close(self._file)
                raise
        except OSError as exc:
            raise SetupFailed(f"{folder} cannot be used: {exc}") from exc

    @property
    def size(self) -> int:
        """Return how many bytes are in use."""
        return self._end

    def append(self, payloads: Sequence[bytes]) -> list[int]:
        """Add records; return their numbers. Raises OSError, and then none is there."""
        first = self._number + 1
        numbers = list(range(first, first + len(payloads)))
        self._number += len(payloads)
        each = zip(numbers, payloads, strict=True)
        self._write(b"".join(framed(WRITE, number, text) for number, text in each))
        self.waiting += len(payloads)
        return numbers

    def read(self, at_most: int) -> list[Record]:
        """Return the first records that are not drained."""
        found: list[Record] = []
        for frame in self._frames(self._front):
            if isinstance(frame, Frame) and frame.kind == WRITE:
                found.append(Record(frame.number, frame.payload, frame.ends))
                if len(found) == at_most:
                    break
        if not found:
            self.waiting = 0  # what was damaged waits no more
        return found

    def drained(self, records: Sequence[Record]) -> None:
        """Note that these, the first, are stored. Raises OSError: not noted.

        Then they are stored once more after a crash, which changes nothing.
        """
        self._front = records[-1].ends
        self.waiting -= len(records)
        self._write(framed(DRAINED, records[-1].number))

    def empty(self) -> None:
        """Take everything out: all of it is stored. Raises OSError."""
        if self._end:
            os.ftruncate(self._file, 0)
            os.fsync(self._file)
        self._front = self._end = self.waiting = 0
        self._damages.clear()
        self._reserve()

    def refused(self, lines: Sequence[str]) -> None:
        """Put aside what the database will never take, for a person to look at."""
        text = "".join(line + "\n" for line in lines)
        _add_to(self._folder / REFUSED, text.encode())

    def close(self) -> None:
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        if self._end + len(data) > self._at_most:
            raise OSError(f"{self._at_most // MB} MB wait already")
        try:
            _write_all(self._file, data, self._end)
            os.fdatasync(self._file)
        except OSError:
            # Nothing half written may stand before what comes next.
            os.ftruncate(self._file, self._end)
            self._reserve()
            raise
        self._end += len(data)

    def _reserve(self) -> None:
        try:
            os.posix_fallocate(self._file, 0, max(self._reserved, self._end, 1))
        except OSError as exc:
            log.warning("No room is reserved for the spool: %s", exc)

    def _recover(self) -> None:
        """Find the front, the end and what waits."""
        drained, where = 0, dict[int, int]()
        self._end = os.fstat(self._file).st_size
        good = 0
        for frame in self._frames(0):
            if isinstance(frame, Damage):
                continue
            good = frame.ends
            self._number = max(self._number, frame.number)
            if frame.kind == WRITE:
                where[frame.number] = frame.ends
            else:
                drained = max(drained, frame.number)
        self.waiting = sum(number > drained for number in where)
        done = [ends for number, ends in where.items() if number <= drained]
        self._front = max(done, default=0)
        self._end = good
        os.ftruncate(self._file, good)

    def _frames(self, begins: int) -> Iterator[Frame | Damage]:
        if self._end == 0:
            return
        with mmap.mmap(self._file, self._end, prot=mmap.PROT_READ) as data:
            for frame in frames(data, begins):
                if isinstance(frame, Damage) and frame.begins not in self._damages:
                    self._damages.add(frame.begins)
                    self._tell(data[frame.begins : frame.ends])
                yield frame

    def _tell(self, damaged: bytes) -> None:
        """Keep the bytes, if they are any: nobody was told that they are kept, or
        the disk has changed them."""
        damaged = damaged.strip(b"\0")
        if damaged:
            log.error("The spool has %d bytes that are no record", len(damaged))
            with contextlib.suppress(OSError):
                _add_to(self._folder / DAMAGED, damaged + b"\n")


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a folder: writes that wait or were refused, bytes that are none."""

    waiting: int = 0
    changed_at: float = 0.0  # POSIX time
    refused: int = 0
    damaged: int = 0


def look(folder: Path) -> Found:
    """Look at another process's spool, changing nothing. Raises SetupFailed."""
    file = folder / SPOOL
    try:
        data = file.read_bytes() if file.exists() else b""
        changed_at = file.stat().st_mtime if data else 0.0
        refused = _text_of(folder / REFUSED).count(b"\n")
        damaged = len(_text_of(folder / DAMAGED))
    except OSError as exc:
        raise SetupFailed(f"the spool {folder} cannot be read: {exc.strerror}") from exc
    numbers: set[int] = set()
    drained = 0
    for frame in frames(data.rstrip(b"\0")):
        if isinstance(frame, Damage):
            continue
        if frame.kind == WRITE:
            numbers.add(frame.number)
        else:
            drained = max(drained, frame.number)
    waiting = sum(number > drained for number in numbers)
    return Found(waiting, changed_at, refused, damaged)


def _text_of(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _write_all(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def _add_to(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    file = os.open(path, flags, 0o600)
    try:
        _write_all_at_end(file, data)
        os.fsync(file)
    finally:
        os.close(file)


def _write_all_at_end(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _keep_names(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
