"""The settings pages' files: controller.settings_workshop.SettingsWorkshop.

A text is tried on a copy of the files beside it; only what passes is put in place, and
the former text is kept in the home folder.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.controller.settings_workshop import (
    Election,
    Overview,
    PaperView,
    SettingsFile,
    TrunkView,
)
from ivr.core.findings import Finding, Verdict, wrong
from ivr.core.hours import DEFAULT_WINDOWS
from ivr.core.law import Calendar
from ivr.core.model import Trunk
from ivr.errors import BadInput, SamvadError, SetupFailed
from ivr.files import write_whole
from ivr.settings.calendar import load_calendar, load_permissions
from ivr.settings.checked import read_text
from ivr.settings.config import Settings, trunk_secret
from ivr.settings.people import load_centres, load_telecallers
from ivr.settings.yaml_lines import parse
from ivr.workshop.settings_check import (
    check_calendar,
    check_hours,
    check_people,
    check_places,
)

MOST_LETTERS = 60_000
TRIED = ("centres.yaml", "telecallers.yaml", "geography.yaml", "never_dial.yaml")


@dataclass(frozen=True, slots=True)
class _Kind:
    path: str  # under config/
    part: str
    needs_restart: bool


FILES = {
    "centres": _Kind("centres.yaml", "centres", True),
    "telecallers": _Kind("telecallers.yaml", "centres", True),
    "permissions": _Kind("permissions.yaml", "calendar", False),
    "never_dial": _Kind("never_dial.yaml", "calendar", False),
}
CALENDAR = "calendar-"  # and the name of a file of config/calendars


class SettingsFiles:
    """The settings of one installation."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        check_trunk: Callable[[Trunk], Awaitable[list[Finding]]],
        on_saved: Callable[[], None],
    ) -> None:
        """`check_trunk` asks the operator's side; `on_saved`: the law was changed."""
        self._settings = settings
        self._now = now
        self._check_trunk = check_trunk
        self._on_saved = on_saved
        self._saving = asyncio.Lock()

    @property
    def _config(self) -> Path:
        return self._settings.project / "config"

    async def overview(self) -> Overview:
        return await asyncio.to_thread(self._overview)

    def _overview(self) -> Overview:
        config = self._config
        try:
            calendar = load_calendar(config / "calendars")
            held = load_permissions(config / "permissions.yaml")
            centres = load_centres(config / "centres.yaml")
            telecallers = load_telecallers(config / "telecallers.yaml")
            problem = ""
        except BadInput as exc:
            calendar, centres, telecallers, held = Calendar(), [], [], None
            problem = str(exc)
        papers = (
            []
            if held is None
            else [
                *(
                    PaperView(c, until, False)
                    for c, until in held.certified_until.items()
                ),
                *(
                    PaperView(c, until, True)
                    for c, until in held.authority_until.items()
                ),
            ]
        )
        return Overview(
            centres=centres,
            telecallers=telecallers,
            trunks=[
                TrunkView(one, one.username is not None, has_secret(one))
                for one in self._settings.trunks
            ],
            windows=list(DEFAULT_WINDOWS.items()),
            holidays=sorted(calendar.holidays.items()),
            elections=_elections(calendar),
            papers=papers,
            problem=problem,
        )

    async def check(self, part: str) -> list[Finding]:
        match part:
            case "trunks":
                found: list[Finding] = []
                if not self._settings.trunks:
                    said = "there is no enabled trunk"
                    found = [wrong("trunks", said, "add one to the settings")]
                for trunk in self._settings.trunks:
                    found += await self._check_trunk(trunk)
                return found
            case "hours":
                return check_hours()
            case _:
                return await asyncio.to_thread(self._of_files, part, self._config)

    def _of_files(self, part: str, config: Path) -> list[Finding]:
        if part == "centres":
            return [check_people(config)[1], check_places(config)]
        zone = ZoneInfo(self._settings.timezone)
        return check_calendar(config, self._now().astimezone(zone).date())

    async def files(self) -> list[SettingsFile]:
        return await asyncio.to_thread(
            lambda: [self._read(name, kind) for name, kind in self._kinds().items()]
        )

    async def file(self, name: str) -> SettingsFile | None:
        kind = self._kinds().get(name)
        return None if kind is None else await asyncio.to_thread(self._read, name, kind)

    def _kinds(self) -> dict[str, _Kind]:
        calendars = sorted((self._config / "calendars").glob("*.yaml"))
        return FILES | {
            f"{CALENDAR}{path.stem}": _Kind(f"calendars/{path.name}", "calendar", False)
            for path in calendars
        }

    def _read(self, name: str, kind: _Kind) -> SettingsFile:
        text = read_text(self._config / kind.path)
        return SettingsFile(
            name=name,
            part=kind.part,
            path=f"config/{kind.path}",
            text=text,
            version=_version(text),
            needs_restart=kind.needs_restart,
        )

    async def check_text(self, name: str, text: str) -> list[Finding]:
        kind = self._kinds().get(name)
        if kind is None:
            raise BadInput("there is no such file")
        return await asyncio.to_thread(self._tried, kind, text)

    def _tried(self, kind: _Kind, text: str) -> list[Finding]:
        if len(text) > MOST_LETTERS:
            return [wrong("file", "too long", f"at most {MOST_LETTERS} letters")]
        with tempfile.TemporaryDirectory() as folder:
            tried = Path(folder)
            for name in (*TRIED, "permissions.yaml"):
                shutil.copy(self._config / name, tried / name)
            shutil.copytree(self._config / "calendars", tried / "calendars")
            (tried / kind.path).write_text(text, "utf-8")
            try:
                parse(text, tried / kind.path)  # bounded: what refers to itself ends
                found = self._of_files(kind.part, tried)
            except BadInput as exc:
                found = [wrong("file", str(exc), exc.remedy or "")]
            return [_without(folder, one) for one in found]

    async def save(self, name: str, text: str, version: str) -> SettingsFile:
        text = text.replace("\r\n", "\n").rstrip() + "\n"
        async with self._saving:
            before = await self.file(name)
            if before is None:
                raise BadInput("there is no such file")
            if before.version != version:
                raise BadInput(
                    "somebody else saved this file meanwhile",
                    remedy="load the page again and bring your change into theirs",
                )
            for finding in await self.check_text(name, text):
                if finding.verdict is Verdict.WRONG:
                    raise BadInput(finding.said, remedy=finding.remedy or None)
            await asyncio.to_thread(self._write, before, text)
        self._on_saved()
        after = await self.file(name)
        assert after is not None, "it has just been written"
        return after

    def _write(self, before: SettingsFile, text: str) -> None:
        kept = self._settings.home / "settings-before"
        path = self._settings.project / before.path
        stamp = f"{self._now():%Y%m%dT%H%M%S}"
        name = f"{before.name}-{stamp}-{before.version[:6]}.yaml"
        try:
            write_whole(kept / name, before.text)
            write_whole(path, text)
        except SetupFailed as exc:
            raise BadInput(
                f"{before.path} is as it was ({exc})",
                remedy="check who owns the file, or edit it where it lies",
            ) from exc


def has_secret(trunk: Trunk) -> bool:
    """Say whether the trunk's password is there, if it needs one. Never shows it."""
    try:
        return trunk_secret(trunk) is not None
    except SamvadError:
        return False


def _elections(calendar: Calendar) -> list[Election]:
    return [
        Election(
            period.starts_on,
            period.ends_on,
            tuple(
                (area.poll_on, area.name or area.district or area.constituency)
                for area in calendar.areas
                if period.starts_on <= area.poll_on <= period.ends_on
            ),
        )
        for period in calendar.electoral_periods
    ]


def _version(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _without(folder: str, one: Finding) -> Finding:
    return Finding(
        one.what, one.verdict, one.said.replace(folder, "config"), one.remedy
    )
