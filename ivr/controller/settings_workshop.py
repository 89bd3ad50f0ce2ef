"""What the settings pages read, check and save, as one Protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ivr.core.findings import Finding
from ivr.core.model import Centre, Mode, Telecaller, Trunk, Window


@dataclass(frozen=True, slots=True)
class TrunkView:
    """A trunk, without its secret: only whether there is one."""

    trunk: Trunk
    needs_secret: bool
    has_secret: bool


@dataclass(frozen=True, slots=True)
class Election:
    begins: date
    ends: date
    polls: tuple[tuple[date, str], ...]  # day, district or seat


@dataclass(frozen=True, slots=True)
class PaperView:
    """A certificate or a letter of authority of a campaign."""

    campaign: str
    until: date
    is_authority: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The settings as they are read from the files now."""

    centres: Sequence[Centre]
    telecallers: Sequence[Telecaller]
    trunks: Sequence[TrunkView]
    windows: Sequence[tuple[Mode, tuple[Window, ...]]]
    holidays: Sequence[tuple[date, str]]
    elections: Sequence[Election]
    papers: Sequence[PaperView]
    problem: str = ""  # a file that cannot be read


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that may be edited here. `version` changes with its text."""

    name: str
    part: str  # which page shows it
    path: str
    text: str
    version: str
    needs_restart: bool


class SettingsWorkshop(Protocol):
    """Raises BadInput for what cannot be."""

    async def overview(self) -> Overview: ...

    async def check(self, part: str) -> list[Finding]:
        """Say what is right and wrong with a part: centres, trunks, hours, calendar."""

    async def files(self) -> list[SettingsFile]: ...

    async def file(self, name: str) -> SettingsFile | None: ...

    async def check_text(self, name: str, text: str) -> list[Finding]:
        """Say what would be wrong with the file as this text; nothing is kept."""

    async def save(self, name: str, text: str, version: str) -> SettingsFile:
        """Put the text in place if it is right and nobody saved since `version`."""
