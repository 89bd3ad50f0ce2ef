"""What the flow workshop holds and needs: its values, refusals and ports.

No I/O and no decision: FlowForms are the files, FlowShelf the memory, Sound the voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ivr.core.flow_check import Problem
from ivr.core.flow_document import FlowData, Layout
from ivr.core.flow_drafts import Draft, Held
from ivr.core.flow_model import Clip, Flow
from ivr.core.model import FlowId
from ivr.errors import SamvadError


@dataclass(frozen=True, slots=True)
class Source:
    """A published flow's file: its text, and where its nodes were drawn."""

    flow_id: FlowId
    text: str
    layout: Layout = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Save:
    """One revision of a draft, without its text."""

    revision: int
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """One published version: who wrote it, who said yes, who let it go."""

    flow_id: FlowId
    version: str
    authors: tuple[str, ...]
    approved_by: str
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A flow as the editor shows it. `draft` is None while nobody has begun one."""

    flow_id: FlowId
    data: FlowData
    layout: Layout
    draft: Draft | None
    problems: list[Problem]
    base: str  # text_version of the published flow now
    is_published: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One flow in the list of all."""

    flow_id: FlowId
    title_hi: str
    title_en: str
    is_part: bool
    version: str  # published now; "" for a new one
    draft: Draft | None


class EditRefused(SamvadError):
    """The draft stays as it is: `why` says because of what."""

    def __init__(self, held: Held, theirs: Draft | None = None) -> None:
        self.why = held.why
        self.because = held.because
        self.theirs = theirs
        super().__init__(held.because)


class SavedMeanwhile(EditRefused):
    """Somebody else saved since this edit began; both versions are here."""

    def __init__(
        self, held: Held, theirs: Draft, data: FlowData, both: FlowData | None
    ) -> None:
        super().__init__(held, theirs)
        self.theirs: Draft = theirs
        self.data = data  # theirs
        self.both = both  # theirs and ours in one; None: they touch one thing


class FlowForms(Protocol):
    """Flow files: text to data and back. Raises BadInput."""

    def read(self, text: str, flow_id: FlowId) -> FlowData: ...

    def write(self, before: str, data: FlowData) -> str:
        """Return `before` changed so that it says `data`, and otherwise as it was."""

    def flow(self, text: str, flow_id: FlowId) -> Flow:
        """Return the flow, with the published parts it uses."""

    def flow_of(self, data: FlowData, flow_id: FlowId) -> Flow:
        """Return what an edit would be; its version is none that is published."""

    def form_problems(self, data: FlowData, flow_id: FlowId) -> list[Problem]: ...

    def published(self) -> list[tuple[FlowId, str]]:
        """Return the name and text of every published flow and part."""

    def publish(self, flow_id: FlowId, text: str) -> None:
        """Put the file where campaigns find it. Raises SetupFailed."""


class FlowShelf(Protocol):
    """Remembers drafts and releases. Raises StoreUnavailable."""

    async def drafts(self) -> list[Draft]:
        """Return every open draft, without text."""

    async def open_draft(self, flow_id: FlowId) -> Draft | None: ...

    async def begin(self, draft: Draft) -> bool:
        """Keep a first revision; False: the flow has an open draft already."""

    async def follow(self, before: Draft, after: Draft) -> bool:
        """Keep `after` in the place of `before`; False: it is that no longer."""

    async def saves(self, draft_id: int) -> list[Save]: ...

    async def save_text(self, draft_id: int, revision: int) -> tuple[str, Layout]: ...

    async def publish(
        self, before: Draft, after: Draft, flow: Flow, release: Release
    ) -> bool:
        """Keep the version for campaigns and close the draft, in one transaction."""

    async def releases(self, flow_id: FlowId) -> list[Release]: ...

    async def release_text(self, flow_id: FlowId, version: str) -> Source: ...


class Sound(Protocol):
    """Speech, for listening and for calls. Blocks: it is called in a thread."""

    def wav(self, clip: Clip) -> bytes:
        """Return the clip as a WAV file. Raises SetupFailed, BadInput."""

    def is_ready(self, clip: Clip) -> bool:
        """Say whether `wav` need not make it first."""

    def prepare(self, clips: Sequence[Clip]) -> list[str]:
        """Make what calls need and is not there; return what could not be made."""
