"""Makes a backup while Samvad runs: the database's copy, then the files.

In that order: what the copy names is among the files. Dials nobody and stops nothing.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ivr import __version__
from ivr.backup import contents
from ivr.backup.archive import ArchiveWriter, Manifest
from ivr.errors import BadInput, SetupFailed
from ivr.files import write_whole
from ivr.settings.config import Settings
from ivr.store.place import Place, copy_to, place_of

DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
LAST = "last-backup.json"  # in the home folder: when, and where it is
STAMP = "%Y-%m-%d-%H%M%S"
NAME = "samvad-{stamp}.backup"

Tell = Callable[[str, float], None]  # what is being done, and the share of it


@dataclass(frozen=True, slots=True)
class Made:
    file: Path
    bytes: int
    manifest: Manifest
    files: int
    unknown: tuple[str, ...]  # in the home folder, and not taken


def name_at(now: datetime) -> str:
    """Return a new backup's name: names sort by time."""
    return NAME.format(stamp=now.astimezone(UTC).strftime(STAMP))


async def make(settings: Settings, file: Path, tell: Tell) -> Made:
    """Make the backup `file`. Raises SetupFailed, StoreUnavailable, BadInput."""
    place = place_of(settings.database_url)
    _check_target(file)
    _check_room(settings, place, file.parent)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as name:
        copy = Path(name) / DATABASE[place.kind]
        made_at = datetime.now(UTC)
        before = {
            one.name: one.file.read_bytes() for one in contents.of_before(settings.home)
        }
        schema, counts = await copy_to(place, copy, lambda s: tell("the database", s))
        with ArchiveWriter(file) as archive:
            archive.add(copy.name, copy, lambda share: tell("packing it", share))
            for name, data in before.items():
                archive.add_bytes(name, data)
            files = len(before) + _add_files(archive, settings, tell)
            manifest = Manifest(
                samvad=__version__,
                made_at=made_at.isoformat(),
                database=place.kind,
                schema=schema,
                counts=counts,
                left_out=_left_out(settings),
            )
            size = archive.seal(manifest)
    home = settings.home
    unknown = tuple(contents.unknown(home, place.file)) if home.exists() else ()
    made = Made(file, size, manifest, files, unknown)
    _note(home, made)
    return made


def _check_target(file: Path) -> None:
    if file.exists():
        raise BadInput("is there already", where=str(file), remedy="another name")
    if not file.parent.is_dir():
        raise BadInput("is no folder", where=str(file.parent), remedy="make it first")


def _check_room(settings: Settings, place: Place, folder: Path) -> None:
    """Refuse what will not fit, before hours are spent on it."""
    database = _size(place.file) if place.file else 0
    files = sum(_size(one.file) for one in contents.of_home(settings.home))
    needed, free = 2 * database + files, shutil.disk_usage(folder).free
    if needed > free:
        raise SetupFailed(
            f"{folder} has {free / 1e9:.1f} GB free; up to {needed / 1e9:.1f} GB are "
            "needed: free some, or back up to another disk"
        )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # it went that moment
        return 0


def _add_files(archive: ArchiveWriter, settings: Settings, tell: Tell) -> int:
    added = 0
    config = settings.project / "config"
    files = list(contents.of_config(config, settings.file))
    files += contents.of_home(settings.home)
    for place, taken in enumerate(files):
        added += archive.add(taken.name, taken.file)
        tell(f"{len(files):,} files", (place + 1) / len(files))
    return added


def _left_out(settings: Settings) -> tuple[str, ...]:
    left = [
        f"HOME/{name}: {what}"
        for name, what in contents.KEPT_APART.items()
        if (settings.home / name).exists()
    ]
    return (*left, "the environment's SAMVAD_… secrets")


def _note(home: Path, made: Made) -> None:
    row = {
        "at": made.manifest.made_at,
        "file": str(made.file),
        "bytes": made.bytes,
    }
    if home.exists():
        write_whole(home / LAST, json.dumps(row, ensure_ascii=False) + "\n")


def last(home: Path) -> tuple[datetime, str] | None:
    """Return when the last backup was made, and its file; None: there was none."""
    try:
        row = json.loads((home / LAST).read_text("utf-8"))
        return datetime.fromisoformat(row["at"]), str(row["file"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def age_s(home: Path, now: datetime) -> float | None:
    """Return the seconds since the last backup; None: there was none."""
    made = last(home)
    return (now - made[0]).total_seconds() if made else None


def overdue_h(settings: Settings, now: datetime) -> float:
    """Return the hours without a backup once they are too many, else 0.

    Before the first one they count from the first start.
    """
    limit_h = settings.backup.warn_after_h
    age = age_s(settings.home, now)
    if age is None:
        age = now.timestamp() - _first_start(settings.home, now)
    hours = age / 3600
    return hours if limit_h and hours > limit_h else 0.0


def _first_start(home: Path, now: datetime) -> float:
    try:
        return (home / "secrets" / "ami").stat().st_mtime
    except OSError:
        return now.timestamp()


def rotate(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of the folder; return what went."""
    backups = sorted(_backups(folder), reverse=True)
    for old in backups[keep:]:
        old.unlink(missing_ok=True)
    return backups[keep:]


def _backups(folder: Path) -> Iterable[Path]:
    """Only names that we give: nobody else's file is deleted."""
    for file in folder.glob(NAME.format(stamp="*")):
        try:
            stamp = file.name.removeprefix("samvad-").removesuffix(".backup")
            datetime.strptime(stamp, STAMP)  # noqa: DTZ007 - only its shape is asked
        except ValueError:
            continue
        yield file
