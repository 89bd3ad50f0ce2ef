"""Files that are written whole or not at all. Every room that writes may use it.

Whoever reads meanwhile, or after a power cut, finds the old file or the new one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ivr.errors import SetupFailed

PART = ".part"  # how the name of a file ends that is not whole yet


def write_whole(path: Path, text: str) -> None:
    """Put `text`, as UTF-8, in place of what is at `path`; its folder is made.

    It is on the disk when this returns. Two who write at once do not mix: the later
    one's text stays. Raises SetupFailed, and then nothing has changed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(text.encode())
        keep_names(path.parent)
    except OSError as exc:
        raise SetupFailed(f"{path} cannot be written: {exc.strerror or exc}") from exc


@contextlib.contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Give a file to write, which takes the place of `path` when the block ends.

    What was written is on the disk then, its name only after `keep_names`. `mode`:
    who may read it; None: whoever may read the old one. Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(
            os.open(draft, flags, 0o666 if mode is None else mode), "wb"
        ) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        if mode is None:
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(path, draft)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def keep_names(folder: Path) -> None:
    """Bring the folder itself to the disk: else the new name may be forgotten."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
