"""A backup's file: a gzipped tar with a manifest, whole or not recognised at all.

    the members               what was backed up, each a plain file
    manifest.json             last in the tar: each member's size and SHA-256
    the seal                  after the tar: the SHA-256 of everything before it

The seal is an empty gzip member with a comment, so `tar xzf` reads the file too.
Knows nothing of what the members are for.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from ivr.errors import BadInput, SetupFailed

FORMAT = 1
MANIFEST = "manifest.json"
LEVEL = 4  # sound does not shrink much; a database does at once
BLOCK = 1 << 20
NEWER = "use the Samvad that made it, or a newer one"
DAMAGED = "take another backup: this one is not whole"

Progress = Callable[[float], None]  # the share that is done, 0 to 1

_HEAD = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"  # RFC 1952: with a comment
_EMPTY = b"\x03\x00" + b"\x00" * 8  # nothing, its CRC-32 and its length
_WORDS = "samvad-backup-{format} sha256={sha256}"
_SEAL = re.compile(
    re.escape(_HEAD) + rb"samvad-backup-(\d{1,4}) sha256=([0-9a-f]{64})\x00" + _EMPTY
)
_SEAL_AT_MOST = len(_HEAD) + len("samvad-backup-9999 sha256=") + 64 + 1 + len(_EMPTY)


@dataclass(frozen=True, slots=True)
class Member:
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    samvad: str  # the version that made it
    made_at: str  # ISO 8601, UTC: the moment of the database's copy
    database: str  # sqlite or postgresql
    schema: str  # the database's version
    counts: Mapping[str, int]  # rows of the chief tables
    left_out: tuple[str, ...]  # in words: what is not in it, and must be kept apart
    members: Mapping[str, Member] = field(default_factory=dict)
    format: int = FORMAT


class ArchiveWriter:
    """`with ArchiveWriter(file) as archive:` add members, then `seal`.

    Until it is sealed there is only a file of another name, which goes at the end.
    Nobody but the owner may read either. Raises SetupFailed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        self._members: dict[str, Member] = {}

    def __enter__(self) -> ArchiveWriter:
        try:
            opened = os.open(
                self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
        except OSError as exc:
            raise _no_write(self._file, exc) from exc
        self._raw = _Hashed(os.fdopen(opened, "wb"))
        self._gzip = gzip.GzipFile("", "wb", LEVEL, self._raw, mtime=0)
        self._tar = tarfile.open(
            fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._raw.file.close()
        self._draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _no_write(self._file, error) from error

    def add(self, name: str, file: Path, progress: Progress = lambda _: None) -> bool:
        """Add a file as it is now; return False if it has gone meanwhile."""
        try:
            source = file.open("rb")
        except FileNotFoundError:
            return False
        with source:
            # What grows while it is read is taken as long as it was at first.
            size = os.fstat(source.fileno()).st_size
            counted = _Counted(source, size, progress)
            self._put(name, size, counted)
        return True

    def add_bytes(self, name: str, data: bytes) -> None:
        self._put(name, len(data), _Counted(io.BytesIO(data), len(data)))

    def seal(self, manifest: Manifest) -> int:
        """Write the manifest and the seal, and give the file its name.

        Returns its size. It is on the disk then.
        """
        told = asdict(manifest) | {
            "members": {name: asdict(one) for name, one in self._members.items()}
        }
        text = json.dumps(told, ensure_ascii=False, indent=1).encode()
        self._put(MANIFEST, len(text), _Counted(io.BytesIO(text), len(text)))
        self._tar.close()
        self._gzip.close()
        raw = self._raw
        raw.file.write(_seal(raw.sha256.hexdigest()))
        raw.file.flush()
        os.fsync(raw.file.fileno())
        size = raw.file.tell()
        os.replace(self._draft, self._file)
        _keep_names(self._file.parent)
        return size

    def _put(self, name: str, size: int, data: _Counted) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, data)
        self._members[name] = Member(size, data.sha256.hexdigest())


def _seal(sha256: str) -> bytes:
    words = _WORDS.format(format=FORMAT, sha256=sha256).encode("ascii")
    return _HEAD + words + b"\x00" + _EMPTY


def _keep_names(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _no_write(file: Path, exc: OSError) -> SetupFailed:
    return SetupFailed(f"{file} cannot be written: {exc.strerror or exc}")


class _Hashed:
    """A file that is written, and the hash of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


class _Counted:
    """So many bytes of a file, hashed as they are read; what is missing is zeros."""

    def __init__(
        self, source: IO[bytes], size: int, progress: Progress = lambda _: None
    ) -> None:
        self._source, self._size, self._left = source, size, size
        self._progress = progress
        self.sha256 = hashlib.sha256()

    def read(self, most: int = BLOCK) -> bytes:
        wanted = min(most, self._left)
        data = self._source.read(wanted).ljust(wanted, b"\x00")
        self._left -= wanted
        self.sha256.update(data)
        self._progress(1 - self._left / self._size if self._size else 1.0)
        return data


def read(
    file: Path,
    keep: Callable[[str], Path | None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Check the whole backup; return what it says of itself. Raises BadInput.

    `keep` says of each member where it is to be written, None for nowhere. What was
    written is to be used only once this has returned.
    """
    _check_seal(file, lambda share: progress(share / 2))
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    try:
        for name, data in _members(file, lambda share: progress(0.5 + share / 2)):
            if manifest is not None:
                raise BadInput("has members after its manifest", where=str(file))
            if name == MANIFEST:
                manifest = _manifest(file, data.read())
            elif name in found:
                raise BadInput(f"has two members {name}", where=str(file))
            else:
                found[name] = _taken(data, keep(name))
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as exc:
        raise BadInput(f"is damaged: {exc}", where=str(file), remedy=DAMAGED) from exc
    if manifest is None:
        raise BadInput("has no manifest", where=str(file), remedy=DAMAGED)
    if found != dict(manifest.members):
        wrong = sorted(
            name
            for name in found.keys() | manifest.members.keys()
            if found.get(name) != manifest.members.get(name)
        )
        raise BadInput(
            f"{wrong[0]} is not as it was backed up", where=str(file), remedy=DAMAGED
        )
    return manifest


def _check_seal(file: Path, progress: Progress) -> None:
    try:
        with file.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            source.seek(max(0, size - _SEAL_AT_MOST))
            seal = re.search(_SEAL.pattern + rb"\Z", source.read(), re.DOTALL)
            if seal is None:
                raise BadInput(
                    "is no backup of Samvad, or only a part of one",
                    where=str(file),
                    remedy=DAMAGED,
                )
            body = size - len(seal[0])
            source.seek(0)
            sha256, done = hashlib.sha256(), 0
            while data := source.read(min(BLOCK, body - done)):
                sha256.update(data)
                done += len(data)
                progress(done / body)
    except OSError as exc:
        raise BadInput(
            f"cannot be read: {exc.strerror or exc}", where=str(file)
        ) from exc
    if int(seal[1]) > FORMAT:
        raise BadInput("was made by a newer Samvad", where=str(file), remedy=NEWER)
    if sha256.hexdigest().encode() != seal[2]:
        raise BadInput("has changed since it was made", where=str(file), remedy=DAMAGED)


def _members(file: Path, progress: Progress) -> Iterator[tuple[str, IO[bytes]]]:
    with file.open("rb") as source, gzip.open(source) as unpacked:
        size = os.fstat(source.fileno()).st_size
        with tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for info in tar:
                data = tar.extractfile(info) if info.isreg() else None
                if data is None or not _is_plain(info.name):
                    raise BadInput(f"has a member {info.name!r}", where=str(file))
                yield info.name, data
                progress(source.tell() / size)
        while unpacked.read(BLOCK):  # to its end, so that its checksum is looked at
            continue


def _is_plain(name: str) -> bool:
    """Say whether the name stays under the folder that it is unpacked in."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts


def _taken(data: IO[bytes], target: Path | None) -> Member:
    sha256, size = hashlib.sha256(), 0
    with contextlib.ExitStack() as stack:
        out: IO[bytes] | None = None
        if target is not None:
            target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            out = stack.enter_context(os.fdopen(opened, "wb"))
        while block := data.read(BLOCK):
            sha256.update(block)
            size += len(block)
            if out is not None:
                out.write(block)
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    return Member(size, sha256.hexdigest())


def _manifest(file: Path, text: bytes) -> Manifest:
    try:
        row = json.loads(text)
        if int(row["format"]) > FORMAT:
            raise BadInput("was made by a newer Samvad", where=str(file), remedy=NEWER)
        return Manifest(
            samvad=str(row["samvad"]),
            made_at=str(row["made_at"]),
            database=str(row["database"]),
            schema=str(row["schema"]),
            counts={str(k): int(v) for k, v in row["counts"].items()},
            left_out=tuple(map(str, row["left_out"])),
            members={
                str(name): Member(int(one["bytes"]), str(one["sha256"]))
                for name, one in row["members"].items()
            },
            format=int(row["format"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BadInput(
            "has a manifest that cannot be read", where=str(file), remedy=DAMAGED
        ) from exc
