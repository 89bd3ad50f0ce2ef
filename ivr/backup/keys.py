"""Secrets and keys in a file of their own, encrypted by a passphrase.

Apart from the backups, so that neither alone opens anything. There is one such file,
not one for each backup: it has the newest state only, so that keys which an erasure
destroyed are in no old copy.
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path, PurePosixPath

from ivr.backup.contents import KEPT_APART
from ivr.errors import BadInput, CannotOpen, SetupFailed
from ivr.vault.passphrase import seal, unseal

MARK = b"samvad-keys-1\n"  # then what the passphrase seals
LOCKS = frozenset({"lock", "making"})


def write(home: Path, file: Path, passphrase: str) -> int:
    """Write HOME/secrets and HOME/keys into `file`, in place of what it had.

    Returns how many files are in it. Raises BadInput, SetupFailed.
    """
    _check_ours(file)
    packed, count = _packed(home)
    sealed = seal(packed, passphrase)
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as out:
            out.write(MARK + sealed)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        raise SetupFailed(f"{file} cannot be written: {exc.strerror or exc}") from exc
    return count


def _check_ours(file: Path) -> None:
    """Replace no other file than one of ours."""
    if file.exists():
        with file.open("rb") as old:
            if old.read(len(MARK)) != MARK:
                raise BadInput("is no file of keys", where=str(file), remedy="another")


def _packed(home: Path) -> tuple[bytes, int]:
    packed, count = io.BytesIO(), 0
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in KEPT_APART:
            for file in sorted((home / name).rglob("*")):
                if not file.is_file() or file.is_symlink() or file.name in LOCKS:
                    continue
                try:
                    data = file.read_bytes()
                except FileNotFoundError:
                    continue  # destroyed that moment
                info = tarfile.TarInfo(str(file.relative_to(home)))
                info.size, info.mode = len(data), 0o600
                tar.addfile(info, io.BytesIO(data))
                count += 1
    return packed.getvalue(), count


def read(file: Path, passphrase: str) -> dict[str, bytes]:
    """Return what the file has, by its name under HOME. Raises BadInput."""
    try:
        data = file.read_bytes()
    except OSError as exc:
        raise BadInput(f"cannot be read: {exc.strerror}", where=str(file)) from exc
    if not data.startswith(MARK):
        raise BadInput("is no file of keys", where=str(file))
    try:
        packed = unseal(data[len(MARK) :], passphrase)
    except CannotOpen as exc:
        raise BadInput(f"does not open: {exc}", where=str(file)) from exc
    found = {}
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        for info in tar:
            inside = tar.extractfile(info)
            parts = PurePosixPath(info.name).parts
            if inside is not None and parts[0] in KEPT_APART and ".." not in parts:
                found[info.name] = inside.read()
    return found


def put(home: Path, found: dict[str, bytes]) -> None:
    """Put what was read into a home that has none of it."""
    for name, data in found.items():
        file = home / name
        for folder in reversed(PurePosixPath(name).parents[:-1]):
            (home / folder).mkdir(mode=0o700, exist_ok=True)
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
