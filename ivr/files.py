"""Files that are written whole or not at all. Every room that writes may use it.

Whoever reads meanwhile, or after a power cut, finds the old file or the new one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from ivr.errors import SetupFailed


def write_whole(path: Path, text: str) -> None:
    """Put `text`, as UTF-8, in place of what is at `path`; its folder is made.

    It is on the disk when this returns. Two who write at once do not mix: the later
    one's text stays. Raises SetupFailed, and then nothing has changed.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, draft)
        os.replace(draft, path)
        _keep_names(path.parent)
    except OSError as exc:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise SetupFailed(f"{path} cannot be written: {exc.strerror or exc}") from exc


def _keep_names(folder: Path) -> None:
    """Bring the folder itself to the disk: else the new name may be forgotten."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
