"""Opt-outs once more, in a file beside the database: they outlive it.

"For ever" includes a restore of an older backup, and a database that is gone. Each
line is one opt-out, on the disk before it is in the database; nothing is ever taken
out, but the number of who asks to be erased: its keyed hash stays in its place. What
the file has and the database has not is put in again: at a start, and by a restore. No
SQL here.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import errno
import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from ivr.core.model import CallId, PhoneNumber
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput, SetupFailed
from ivr.files import keep_names, replacing

CSV_HEADER = ("number", "since", "source")
_WHOLE = re.compile(r"\+\d{7,15}")
_DIGITS = re.compile(rb'\{"number": "\+(\d{1,15})", ')  # how each line begins
LOCKED_S = 2.0  # real seconds, at most, for another's lock
LOCK_EVERY_S = 0.01
FROM_A_FILE = "an opt-out list"
IsGone = Callable[[PhoneNumber], bool]  # whether its owner was erased


@dataclass(frozen=True, slots=True)
class OptOut:
    number: PhoneNumber
    since: datetime
    source: str
    call_id: CallId | None = None


@dataclass(frozen=True, slots=True)
class ErasedNumber:
    """Somebody who was erased, known by the hash of their number."""

    number_hash: str
    key_id: str
    since: datetime


class OptOutLedger:
    """One file; several processes may append to it at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._waiting: list[OptOut] = []
        self._turn = asyncio.Lock()
        # Its own: the threads that all share may be busy speaking prompts, and whoever
        # opts out is on the line.
        self._thread = ThreadPoolExecutor(1, "opt-outs")

    async def keep(self, one: OptOut) -> None:
        """Write `one`; it is on the disk when this returns. Raises SetupFailed.

        Those who come while the disk is busy share its next turn.
        """
        self._waiting.append(one)
        async with self._turn:
            if not any(other is one for other in self._waiting):
                return
            some = tuple(self._waiting)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, append, self.file, some)
            del self._waiting[: len(some)]

    async def forget(self, is_gone: IsGone, erased: Sequence[ErasedNumber]) -> None:
        """Keep hashes in place of numbers. Raises SetupFailed."""
        await asyncio.to_thread(forget, self.file, is_gone, erased)


def append(file: Path, opt_outs: Sequence[OptOut]) -> None:
    """Write `opt_outs` at the file's end, and wait for the disk. Raises SetupFailed."""
    if not opt_outs:
        return
    text = "".join(_line(one) for one in opt_outs)
    try:
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        is_new = not file.exists()
        with _alone(file) as out:
            # A power cut may have torn the last line: it must not spoil the next.
            torn = b"\n" if _is_torn(out.fileno()) else b""
            out.write(torn + text.encode())
            os.fsync(out.fileno())
        if is_new:
            _keep_name(file.parent)
    except OSError as exc:
        raise SetupFailed(f"{file} cannot be written: {exc.strerror or exc}") from exc


def forget(file: Path, is_gone: IsGone, erased: Sequence[ErasedNumber]) -> None:
    """Take out the numbers that are gone, and put in the hashes that are missing.

    The file is replaced as a whole, so that a crash leaves it as it was or as it is
    to be. Raises SetupFailed.
    """
    try:
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with _alone(file) as old:
            lines = old.read().splitlines(keepends=True)
            known = {one.number_hash for one in read_erased(file)}
            new = [one for one in erased if one.number_hash not in known]
            kept = [line for line in lines if not _is_of(line, is_gone)]
            if len(kept) == len(lines) and not new:
                return
            with replacing(file, mode=0o600) as out:
                out.writelines(line.rstrip(b"\n") + b"\n" for line in kept)
                out.writelines(map(_hash_line, new))
            keep_names(file.parent)
    except OSError as exc:
        raise SetupFailed(f"{file} cannot be written: {exc.strerror or exc}") from exc


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[FileIO]:
    """Open the ledger so that nobody else writes it; not one that was just replaced."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    while True:
        with FileIO(os.open(file, flags, 0o600), "r+") as opened:
            _lock(opened)
            if os.path.samestat(os.fstat(opened.fileno()), _stat(file)):
                yield opened
                return


def _lock(opened: FileIO) -> None:
    """Hold it. Raises OSError when another holds it too long: it was stopped in that.

    Whoever opts out meanwhile waits for us.
    """
    last = time.monotonic() + LOCKED_S
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > last:
                raise OSError(errno.EAGAIN, "another program holds it") from None
        time.sleep(LOCK_EVERY_S)


def _stat(file: Path) -> os.stat_result:
    try:
        return file.stat()
    except FileNotFoundError:
        return os.stat_result([0] * 10)


def _is_of(line: bytes, is_gone: IsGone) -> bool:
    found = _DIGITS.match(line)
    return found is not None and is_gone(PhoneNumber(f"+{int(found[1])}"))


def _hash_line(one: ErasedNumber) -> bytes:
    since = one.since.astimezone(UTC).isoformat()
    row = {"erased": one.number_hash, "key": one.key_id, "since": since}
    return json.dumps(row).encode() + b"\n"


def read_erased(file: Path) -> Iterator[ErasedNumber]:
    """Yield the hashes that the file has. Raises SetupFailed."""
    try:
        with file.open("rb") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    since = datetime.fromisoformat(row["since"])
                    yield ErasedNumber(str(row["erased"]), str(row["key"]), since)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise SetupFailed(f"{file} cannot be read: {exc.strerror or exc}") from exc


def _is_torn(opened: int) -> bool:
    size = os.fstat(opened).st_size
    return size > 0 and os.pread(opened, 1, size - 1) != b"\n"


def _keep_name(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _line(one: OptOut) -> str:
    row = {
        "number": one.number,
        "since": one.since.astimezone(UTC).isoformat(),
        "source": one.source,
        "call_id": one.call_id,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def read(
    file: Path, *, but: Container[int] = (), seen: set[int] | None = None
) -> Iterator[OptOut]:
    """Yield what the file has, in its order; a torn line is passed over.

    `but`: numbers, as their digits, that are not asked for; they cost little.
    `seen` is given every number of the file. None there: none. Raises SetupFailed
    when it cannot be read.
    """
    try:
        with file.open("rb") as lines:
            for line in lines:
                found = _DIGITS.match(line)
                # A torn line has no end: it is none.
                if found is None or not line.endswith(b"}\n"):
                    continue
                digits = int(found[1])
                if seen is not None:
                    seen.add(digits)
                if digits not in but:
                    with contextlib.suppress(ValueError, KeyError, TypeError):
                        yield _opt_out(line)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise SetupFailed(f"{file} cannot be read: {exc.strerror or exc}") from exc


def _opt_out(line: bytes) -> OptOut:
    row = json.loads(line)
    call_id = row.get("call_id")
    return OptOut(
        # As it was written: whether it may be dialled at all is no matter here.
        PhoneNumber(str(row["number"])),
        datetime.fromisoformat(row["since"]),
        str(row["source"]),
        CallId(str(call_id)) if call_id else None,
    )


def read_csv(file: Path, now: datetime) -> list[OptOut]:
    """Read what `dialer.py do-not-call export` wrote, or a list of plain numbers.

    A line that is no number is an error: an opt-out must not be lost in silence.
    Raises BadInput.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"cannot be read: {exc}", where=str(file)) from exc
    found = []
    for place, row in enumerate(csv.reader(text.splitlines()), 1):
        if not row or not row[0].strip() or row[0].strip() == CSV_HEADER[0]:
            continue
        found.append(_of_row(row, f"{file}:{place}", now))
    return found


def _of_row(row: Sequence[str], where: str, now: datetime) -> OptOut:
    given = row[0].strip().lstrip("'")
    # Of an export: as it was kept, whether it may be dialled or not.
    whole = PhoneNumber(given) if _WHOLE.fullmatch(given) else None
    number = whole or parse_number(given)
    if isinstance(number, NumberProblem):
        raise BadInput("is no number", where=where, remedy=number.remedy.en)
    try:
        since = datetime.fromisoformat(row[1]) if len(row) > 1 and row[1] else now
    except ValueError as exc:
        raise BadInput(
            "the second column is no time", where=where, remedy="2026-01-31T10:00+05:30"
        ) from exc
    source = row[2] if len(row) > 2 and row[2] else FROM_A_FILE
    return OptOut(number, since if since.tzinfo else since.replace(tzinfo=UTC), source)


def as_csv(opt_outs: Iterable[OptOut]) -> Iterator[Sequence[str]]:
    """Yield the rows of the exported file, the header first."""
    yield CSV_HEADER
    for one in opt_outs:
        yield one.number, one.since.astimezone(UTC).isoformat(), one.source
