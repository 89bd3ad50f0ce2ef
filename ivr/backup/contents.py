"""What of an installation goes into a backup, and what never does. Decides by name.

A folder of the home that is in neither table is told, not passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HOME, CONFIG, SETTINGS = "home/", "config/", "settings/"  # where its members are

TAKEN = {
    "answers": "spoken answers",
    "audio": "prompts that were made here",
    "campaigns": "campaigns that were made here",
    "flows": "flows that were published here",
    "settings-before": "former texts of the settings",
    "opt-outs.jsonl": "the opt-out ledger",
    "reports": "reports",
    "spool": "what waits for the database",
    "asterisk/outbox": "keys that wait to be stored",
}
# Says how far the database is: so it is copied before the database, which goes on.
BEFORE = {"journal": "the journal's heads"}
# Never in a backup in clear: who has them is let in, or can read what is encrypted.
KEPT_APART = {"secrets": "passwords and tokens", "keys": "private keys"}
# Made anew, or of the moment.
LEFT = frozenset(
    {
        "asterisk",
        "backups",
        "carrier",
        "carrier.log",
        "config-before",
        "config-of-the-backup",
        "last-backup.json",
        "lock",
        "previews",
        "rejects.csv",
        "samvad.log",
        "settings-of-the-backup",
        "trials",
        "uploads",
    }
)


# In the clear for seconds, then sealed into the folder above.
PASSING = frozenset({"answers/new"})


class Taken(NamedTuple):
    """One file: its name in the backup, and where it is."""

    name: str
    file: Path


def of_home(home: Path) -> Iterator[Taken]:
    """Yield the home folder's files, the ledger last: it may grow meanwhile."""
    names = sorted(TAKEN, key=lambda name: ((home / name).is_file(), name))
    for name in names:
        for file in _files(home / name):
            relative = file.relative_to(home)
            if str(relative.parent) not in PASSING:
                yield Taken(f"{HOME}{relative}", file)


def of_before(home: Path) -> Iterator[Taken]:
    """Yield what must not be newer than the database's copy."""
    for name in BEFORE:
        for file in _files(home / name):
            yield Taken(f"{HOME}{file.relative_to(home)}", file)


def of_config(folder: Path, settings_file: Path) -> Iterator[Taken]:
    """Yield the config folder's files, and the settings if they are elsewhere."""
    for file in _files(folder):
        yield Taken(f"{CONFIG}{file.relative_to(folder)}", file)
    if folder not in settings_file.parents:
        yield Taken(f"{SETTINGS}{settings_file.name}", settings_file)


def unknown(home: Path, database: Path | None) -> list[str]:
    """Return what lies in the home folder and is in no table."""
    known = {name.partition("/")[0] for name in (*TAKEN, *BEFORE)}
    known |= KEPT_APART.keys() | LEFT
    mine = (
        {database.name + end for end in ("", "-wal", "-shm", ".import-lock")}
        if database
        else set()
    )
    return sorted(
        one.name
        for one in home.iterdir()
        if one.name not in known | mine and not one.name.startswith(".")
    )


def _files(place: Path) -> Iterator[Path]:
    """Yield the plain files at or under `place`; no links, no half written ones."""
    if place.is_symlink():
        return
    if place.is_file():
        yield place
    elif place.is_dir():
        for one in sorted(place.iterdir()):
            if not one.name.startswith(".") and one.name != "__pycache__":
                yield from _files(one)
