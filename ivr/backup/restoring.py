"""The way back: a backup put in place of what is there, and made safe to dial from.

Everything is made ready beside the home folder; only then does it take its place, and
what was there is kept under another name. Dials nobody: campaigns come back paused.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ivr.backup import archive, contents, keys
from ivr.backup.archive import Manifest
from ivr.backup.making import DATABASE, LAST, STAMP, Tell
from ivr.backup.present import Present, look_at
from ivr.core.erasure import NumberKey
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import Settings
from ivr.settings.home import HomeLock
from ivr.settings.secret import env_name, secret
from ivr.store.after_restore import Settled, settle
from ivr.store.engine import open_store
from ivr.store.opt_out_ledger import OptOut
from ivr.store.opt_outs import agree, in_parts, put_in, put_in_erased
from ivr.store.place import (
    Place,
    check_copy,
    check_is_free,
    check_version,
    filled,
    place_of,
)

CONFIG = "config-of-the-backup"  # in the restored home
ERASED_NUMBERS = "erased-numbers"  # the secret's name
SETTINGS = "settings-of-the-backup"  # a settings file that was not in config/


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who restores has asked for."""

    may_replace: bool = False  # what is there
    opt_outs: tuple[OptOut, ...] = ()  # from elsewhere
    take_config: bool = False  # in place of the present files
    keys: Mapping[str, bytes] = field(default_factory=dict)  # backup.keys, opened


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    settled: Settled
    present: Present
    opt_outs: int  # that the backup did not have
    erased: int  # people whom the backup has, and who are not to be called
    aside: tuple[str, ...]  # where what was there is kept
    config: tuple[str, ...]  # files of config/ that are not as they were
    kept_apart: tuple[str, ...]  # secrets and keys: this machine's, or from --keys


@dataclass(slots=True)
class _Work:
    """One restore under way."""

    settings: Settings
    wishes: Wishes
    now: datetime
    beside: Path  # where the new home is made ready
    aside: list[str] = field(default_factory=list)

    @property
    def stamp(self) -> str:
        return self.now.strftime(STAMP)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def ledger(self) -> Path:
        return self.beside / self.settings.opt_out_ledger.name


async def verify(file: Path, tell: Tell) -> Manifest:
    """Check the whole backup, its database too. Raises BadInput, SetupFailed."""
    scratch = file.parent / f".verify-{os.getpid()}"
    try:
        manifest, copy = await _unpack(file, scratch, tell, only_database=True)
        await asyncio.to_thread(_check_database, manifest, copy)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


async def restore(
    settings: Settings, file: Path, wishes: Wishes, tell: Tell
) -> Restored:
    """Put the backup in place of what is there.

    Refuses while Samvad runs, and to replace what is there unless that was asked for.
    Raises BadInput, SetupFailed, StoreUnavailable; nothing has changed then.
    """
    home, now = settings.home, datetime.now(UTC)
    _check_may(settings, wishes)
    beside = home.with_name(f"{home.name}.restoring-{now.strftime(STAMP)}")
    work = _Work(settings, wishes, now, beside)
    with ExitStack() as stack:
        if home.exists():
            stack.enter_context(HomeLock(home))
        stack.callback(shutil.rmtree, beside, ignore_errors=True)
        # Nobody starts in the new home before it is whole.
        stack.enter_context(HomeLock(beside))
        place = place_of(settings.database_url)
        await check_is_free(place, may_replace=wishes.may_replace)
        manifest, copy = await _unpack(file, beside, tell)
        _check_kind(manifest, place)
        tell("checking the database", 0.0)
        await asyncio.to_thread(_check_database, manifest, copy)
        present = await look_at(settings, place, _made_at(manifest))
        return await _put(work, place, copy, manifest, present)


def _check_may(settings: Settings, wishes: Wishes) -> None:
    home = settings.home
    is_used = home.exists() and any(one.name != "lock" for one in home.iterdir())
    if is_used and not wishes.may_replace:
        raise BadInput(
            "something is there already",
            where=str(home),
            remedy="--yes: it is kept under another name; or another --home",
        )
    if wishes.keys and any((home / name).exists() for name in contents.KEPT_APART):
        # They would bring back what an erasure destroyed.
        raise BadInput(
            "there are secrets and keys already",
            where=str(home),
            remedy="restore without --keys: these stay as they are",
        )


def _check_kind(manifest: Manifest, place: Place) -> None:
    if manifest.database != place.kind:
        raise BadInput(
            f"the backup is of {manifest.database}, the settings name {place.kind}",
            remedy="set [database] url to the kind that was backed up",
        )


def _check_database(manifest: Manifest, copy: Path) -> None:
    schema, counts = check_copy(manifest.database, copy)
    if schema != manifest.schema or dict(counts) != dict(manifest.counts):
        raise BadInput("the database in it is not the one that was backed up")


async def _unpack(
    file: Path, folder: Path, tell: Tell, *, only_database: bool = False
) -> tuple[Manifest, Path]:
    """Unpack what is whole; return the manifest and where the database's copy is."""
    database = folder / ".database"

    def where(name: str) -> Path | None:
        if name in DATABASE.values():
            return database
        if only_database:
            return None
        if name.startswith(contents.HOME):
            return folder / name.removeprefix(contents.HOME)
        if name.startswith(contents.CONFIG):
            return folder / CONFIG / name.removeprefix(contents.CONFIG)
        if name.startswith(contents.SETTINGS):
            return folder / SETTINGS / name.removeprefix(contents.SETTINGS)
        return None

    def read() -> Manifest:
        return archive.read(file, where, lambda share: tell("checking the file", share))

    try:
        manifest = await asyncio.to_thread(read)
    except OSError as exc:
        raise SetupFailed(f"{folder} cannot be written: {exc.strerror or exc}") from exc
    check_version(manifest.schema)
    if not database.exists():
        raise BadInput("has no database", where=str(file))
    return manifest, database


def _made_at(manifest: Manifest) -> datetime:
    return datetime.fromisoformat(manifest.made_at)


async def _put(
    work: _Work, place: Place, copy: Path, manifest: Manifest, present: Present
) -> Restored:
    url = f"sqlite:///{copy}" if place.file is not None else place.url
    async with AsyncExitStack() as stack:
        if place.file is None:
            stamp = work.stamp.replace("-", "_")
            schema = await stack.enter_async_context(filled(place, copy, stamp))
            await asyncio.to_thread(copy.unlink)
            if schema:
                work.aside.append(f"schema {schema} of the database")
        kept_apart = _take_over(work)
        settled, opt_outs, erased = await _settle(work, url, manifest, present)
        config = _differing(work)
        _swap(work, place, copy)
    if work.wishes.take_config:
        _take_config(work, config)
    return Restored(
        manifest=manifest,
        settled=settled,
        present=present,
        opt_outs=opt_outs,
        erased=erased,
        aside=tuple(work.aside),
        config=config,
        kept_apart=kept_apart,
    )


async def _settle(
    work: _Work, url: str, manifest: Manifest, present: Present
) -> tuple[Settled, int, int]:
    """Bring the database up to date, make it safe, and put the opt-outs in."""
    # What had waited for the database comes first, as at any start.
    spool = work.beside / work.settings.spool.name
    key = _number_key(work.beside)
    async with await open_store(
        url, durability="full", spool=spool, erased=key
    ) as store:
        before = await store.change(put_in_erased, ())
        bars = await store.change(put_in_erased, present.erased)
        settled = await store.change(settle, _made_at(manifest), work.now)
        put = 0
        for some in in_parts([*present.opt_outs, *work.wishes.opt_outs]):
            put += await store.change(put_in, some)
        put += (await agree(store, work.ledger)).put_in
    return settled, put, len(bars) - len(before)


def _number_key(home: Path) -> NumberKey | None:
    """Return the key by which erased numbers are known, if it is there."""
    is_there = (home / "secrets" / ERASED_NUMBERS).exists()
    if not is_there and not os.environ.get(env_name(ERASED_NUMBERS)):
        return None
    return NumberKey(secret(home, ERASED_NUMBERS))


def _take_over(work: _Work) -> tuple[str, ...]:
    """Keep this installation's own secrets and keys: they are in no backup."""
    kept = []
    for name in (*contents.KEPT_APART, LAST):
        old, new = work.home / name, work.beside / name
        if old.is_dir() and not new.exists():
            shutil.copytree(old, new, symlinks=True)
            kept.append(name)
        elif old.is_file():
            shutil.copy2(old, new)
    if work.wishes.keys:
        keys.put(work.beside, dict(work.wishes.keys))
        kept += [name for name in contents.KEPT_APART if (work.beside / name).exists()]
    return tuple(kept)


def _swap(work: _Work, place: Place, copy: Path) -> None:
    """Let the new home take the old one's place."""
    target = place.file
    inside = target is not None and work.home in target.resolve().parents
    if target is not None and inside:
        new = work.beside / target.resolve().relative_to(work.home)
        new.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        os.replace(copy, new)
    _give_to_its_owner(work)
    old = work.home.with_name(f"{work.home.name}.before-{work.stamp}")
    try:
        if work.home.exists():
            os.rename(work.home, old)
            work.aside.append(str(old))
        try:
            os.rename(work.beside, work.home)
        except OSError:
            if old.exists():
                os.rename(old, work.home)
            raise
    except OSError as exc:
        raise SetupFailed(
            f"{work.home} cannot be replaced: {exc.strerror or exc}. If a disk is "
            "mounted there, set home to a folder within it"
        ) from exc
    if target is not None and not inside:
        _swap_file(work, target, work.home / copy.name)


def _swap_file(work: _Work, target: Path, copy: Path) -> None:
    """Put a database that lies outside the home folder in its place."""
    for end in ("", "-wal", "-shm"):
        old = target.with_name(target.name + end)
        if old.exists():
            aside = old.with_name(f"{target.name}.before-{work.stamp}{end}")
            os.rename(old, aside)
            if not end:
                work.aside.append(str(aside))
    shutil.move(copy, target)


def _give_to_its_owner(work: _Work) -> None:
    """As root: let whoever owned the home, or the folder it is in, own the new one."""
    if os.geteuid() != 0:
        return
    owner = (work.home if work.home.exists() else work.home.parent).stat()
    for folder, _, files in os.walk(work.beside):
        for one in (Path(folder), *(Path(folder) / name for name in files)):
            os.chown(one, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _differing(work: _Work) -> tuple[str, ...]:
    """Return the config files that are not as they are in the backup."""
    backed_up, present = work.beside / CONFIG, work.settings.project / "config"
    differing = []
    for file in sorted(backed_up.rglob("*")):
        if file.is_file():
            now = present / file.relative_to(backed_up)
            if not now.is_file() or now.read_bytes() != file.read_bytes():
                differing.append(str(file.relative_to(backed_up)))
    return tuple(differing)


def _take_config(work: _Work, names: tuple[str, ...]) -> None:
    """Put the backup's config files in place; the present ones go into the home."""
    config, kept = work.settings.project / "config", work.home / "config-before"
    for name in names:
        file = config / name
        if file.exists():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, kept / name)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(work.home / CONFIG / name, file)
