"""What of an installation nobody else on the machine may read, and whether it is so.

Looks at the folders and at what lies directly in them: behind a closed folder nothing
can be reached.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ivr.errors import SetupFailed

FOLDERS = ("secrets", "keys")
FILES = ("samvad.db", "samvad.db-wal", "samvad.db-shm", "opt-outs.jsonl")
PUBLIC = frozenset({".crt", ".pem"})  # certificates: browsers are given them anyway
OTHERS = 0o077


def open_to_others(home: Path) -> list[Path]:
    """Return what other users of this machine may read or write, and should not."""
    return [one for one in _private(home) if _is_open(one)]


def close_to_others(home: Path) -> list[Path]:
    """Take other users' rights away; return where there were any.

    Raises SetupFailed for what belongs to somebody else.
    """
    found = open_to_others(home)
    for one in found:
        try:
            os.chmod(one, stat.S_IMODE(one.stat().st_mode) & ~OTHERS)
        except OSError as exc:
            raise SetupFailed(
                f"{one} can be read by other users, and that cannot be changed "
                f"({exc.strerror}): chown it to the user that Samvad runs as, then "
                "chmod 600"
            ) from exc
    return found


def _private(home: Path) -> Iterator[Path]:
    for name in FOLDERS:
        folder = home / name
        if folder.is_dir():
            yield folder
            yield from (
                one
                for one in sorted(folder.iterdir())
                if one.suffix not in PUBLIC and one.name != "names"
            )
    yield from (home / name for name in FILES if (home / name).exists())


def _is_open(one: Path) -> bool:
    return bool(one.lstat().st_mode & OTHERS) and not one.is_symlink()
