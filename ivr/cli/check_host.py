"""What `dialer.py check` asks of this machine: database, sound, disk, clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.backup.making import last, overdue_h
from ivr.core.findings import Finding, note, ok, wrong
from ivr.errors import BadInput, SamvadError
from ivr.prompts import manifest
from ivr.settings.config import Settings
from ivr.settings.private import open_to_others
from ivr.store.engine import open_store
from ivr.store.postgres import unsafe_settings
from ivr.store.spool_file import DAMAGED, REFUSED, look

MB = 1024 * 1024
WANTED_FREE_MB, NEEDED_FREE_MB = 2000, 300
RATE, CHANNELS, SAMPLE_BYTES = 8000, 1, 2  # what Asterisk plays without converting


async def check_database(settings: Settings) -> Finding:
    """Open it as `up` would, unless it is a file that does not exist yet."""
    url = settings.database_url
    shown = url.split("@")[-1] if "@" in url else url.partition(":///")[2]
    if _is_still_to_be_made(url):
        return ok("database", f"{shown} will be made at the first start")
    try:
        store = await open_store(url, durability=settings.database.durability)
        async with store:
            unsafe = await store.read(unsafe_settings)
    except SamvadError as exc:
        return wrong("database", str(exc), "see [database] url, and that it is up")
    if unsafe:
        return wrong(
            "database",
            f"{shown} opens, but {' and '.join(unsafe)} is off: a power cut may "
            "destroy it",
            "set it to on in postgresql.conf and reload the server",
        )
    return ok("database", f"{shown} opens")


def _is_still_to_be_made(url: str) -> bool:
    file = Path(url.partition(":///")[2].partition("?")[0])
    return url.startswith("sqlite") and not file.exists()


def check_backup(settings: Settings, now: datetime) -> Finding:
    """Say how old the last backup is. Never wrong: Samvad works without."""
    made = last(settings.home)
    remedy = "dialer.py backup --to FOLDER --keep 14, by a timer: docs/backup.md"
    overdue = overdue_h(settings, now)
    if made is None:
        return note("backup", "there has been none", remedy)
    said = f"the last one is {(now - made[0]) / timedelta(hours=1):.0f} hours old"
    return note("backup", said, remedy) if overdue else ok("backup", said)


def check_private(settings: Settings) -> Finding:
    """Say whether other users of this machine can read passwords, keys or people."""
    found = open_to_others(settings.home)
    if not found:
        return ok("secrets", "readable by this user only")
    names = ", ".join(str(one.relative_to(settings.home)) for one in found[:5])
    return wrong(
        "secrets",
        f"other users can read {names} in {settings.home}",
        "the next start takes that away; or chmod -R go-rwx; then change the passwords",
    )


def check_sounds(project: Path) -> list[Finding]:
    """Say whether every prompt is there and in Asterisk's own format."""
    audio = project / "audio"
    try:
        clips = [
            audio / record.file
            for path in sorted(audio.glob(f"*/{manifest.FILE}"))
            for record in manifest.load(path).values()
        ]
    except BadInput as exc:
        return [wrong("audio", str(exc), "run `dialer.py prompts build`")]
    if not clips:
        return [wrong("audio", "there are no prompts", "run `dialer.py prompts build`")]
    files = sorted({*clips, *audio.glob("**/*.wav")})
    bad = [(file, why) for file in files if (why := _format_fault(file))]
    if bad:
        file, why = bad[0]
        return [
            wrong(
                "audio",
                f"{len(bad)} of {len(files)} files cannot be played; "
                f"{file.relative_to(project)}: {why}",
                "remove them and run `dialer.py prompts build`",
            )
        ]
    return [ok("audio", f"{len(files)} files, 8 kHz mono 16-bit")]


def _format_fault(file: Path) -> str:
    try:
        with wave.open(str(file)) as sound:
            found = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            frames = sound.getnframes()
    except FileNotFoundError:
        return "is not there"
    except (wave.Error, EOFError, OSError) as exc:
        return f"is no WAV file ({exc})"
    if found != (RATE, CHANNELS, SAMPLE_BYTES):
        return f"{found[0]} Hz, {found[1]} channel(s), {8 * found[2]} bit"
    return "" if frames else "empty"


def check_spool(settings: Settings) -> Finding:
    """Say whether anything waits for the database, or was refused by it."""
    try:
        found = look(settings.spool)
    except SamvadError as exc:
        return wrong("spool", str(exc), f"check who owns {settings.spool}")
    if found.refused:
        return wrong(
            "spool",
            f"{found.refused} writes that the database would not take lie in "
            f"{settings.spool / REFUSED}",
            "look why (logs/samvad.log); move the file away once they are dealt with",
        )
    if found.damaged:
        return wrong(
            "spool",
            f"{settings.spool / DAMAGED}: {found.damaged} bytes could not be read",
            "check the disk; what they were is lost. Then move the file away",
        )
    if found.waiting:
        since = datetime.fromtimestamp(found.changed_at, ZoneInfo(settings.timezone))
        return note(
            "spool",
            f"{found.waiting} writes wait for the database, the last of {since:%H:%M}",
            "they are stored once it is there; or at the next start",
        )
    return ok("spool", "nothing waits for the database")


def check_disk(settings: Settings) -> Finding:
    folder = _nearest(settings.home)
    if not os.access(folder, os.W_OK):
        return wrong("disk", f"{folder} cannot be written", "check who owns it")
    free_mb = shutil.disk_usage(folder).free // MB
    said = f"{free_mb:,} MB free in {folder}"
    if free_mb < NEEDED_FREE_MB:
        return wrong("disk", said, f"free at least {NEEDED_FREE_MB} MB")
    if free_mb < WANTED_FREE_MB:
        return note("disk", said, "recordings and logs may fill it")
    return ok("disk", said)


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder


def check_clock(settings: Settings) -> list[Finding]:
    """A wrong clock would call people at night."""
    now = datetime.now(UTC)
    local = now.astimezone(ZoneInfo(settings.timezone))
    said = f"{local:%Y-%m-%d %H:%M} in {settings.timezone}"
    newest = (settings.project / "pyproject.toml").stat().st_mtime
    if now.timestamp() < newest - 86_400:
        return [wrong("clock", f"{said}: in the past", "set the clock, start NTP")]
    if not _runs_evenly():
        return [wrong("clock", f"{said}: it jumps", "repair NTP or the host's clock")]
    match _ntp_state():
        case "yes":
            return [ok("clock", f"{said}, synchronised")]
        case "no":
            return [wrong("clock", f"{said}, not synchronised", "start an NTP service")]
        case _:
            return [note("clock", f"{said}; whether by NTP is not known here")]


def _runs_evenly() -> bool:
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.1)
    return abs((time.time() - wall) - (time.monotonic() - steady)) < 0.05


def _ntp_state() -> str:
    program = shutil.which("timedatectl")
    if program is None:
        return "unknown"
    words = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=3)
    except subprocess.TimeoutExpired:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"
