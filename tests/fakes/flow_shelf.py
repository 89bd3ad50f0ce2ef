"""Drafts and releases of flows, in dicts; passes the same contract as the databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ivr.controller.flow_ports import Release, Save, Source
from ivr.core.flow_document import Layout
from ivr.core.flow_drafts import Draft
from ivr.core.flow_model import Clip, Flow
from ivr.core.model import FlowId
from ivr.errors import BadInput


class MemoryFlowShelf:
    def __init__(self) -> None:
        self._drafts: dict[int, Draft] = {}
        self._saves: dict[tuple[int, int], Draft] = {}
        self._releases: list[tuple[Release, Source]] = []
        self.flows: dict[tuple[FlowId, str], Flow] = {}

    async def drafts(self) -> list[Draft]:
        found = [replace(d, text="", layout={}) for d in self._open()]
        return sorted(found, key=lambda draft: draft.flow_id)

    def _open(self) -> list[Draft]:
        return [draft for draft in self._drafts.values() if draft.is_open]

    async def open_draft(self, flow_id: FlowId) -> Draft | None:
        return next((d for d in self._open() if d.flow_id == flow_id), None)

    async def begin(self, draft: Draft) -> bool:
        if await self.open_draft(draft.flow_id):
            return False
        kept = replace(draft, draft_id=len(self._drafts) + 1)
        self._drafts[kept.draft_id] = kept
        self._saves[kept.draft_id, kept.revision] = kept
        return True

    async def follow(self, before: Draft, after: Draft) -> bool:
        kept = self._drafts[before.draft_id]
        if (kept.revision, kept.state) != (before.revision, before.state):
            return False
        self._drafts[before.draft_id] = after
        self._saves.setdefault((after.draft_id, after.revision), after)
        return True

    async def saves(self, draft_id: int) -> list[Save]:
        return [
            Save(draft.revision, draft.saved_by, draft.saved_at)
            for (of, _), draft in sorted(self._saves.items(), reverse=True)
            if of == draft_id
        ]

    async def save_text(self, draft_id: int, revision: int) -> tuple[str, Layout]:
        kept = self._saves.get((draft_id, revision))
        if kept is None:
            raise BadInput(f"the draft has no revision {revision}")
        return kept.text, kept.layout

    async def publish(
        self, before: Draft, after: Draft, flow: Flow, release: Release
    ) -> bool:
        if not await self.follow(before, after):
            return False
        self.flows[flow.flow_id, flow.version] = flow
        source = Source(before.flow_id, before.text, before.layout)
        known = {(r.flow_id, r.version) for r, _ in self._releases}
        if (release.flow_id, release.version) not in known:
            self._releases.insert(0, (release, source))
        return True

    async def releases(self, flow_id: FlowId) -> list[Release]:
        return [r for r, _ in self._releases if r.flow_id == flow_id]

    async def release_text(self, flow_id: FlowId, version: str) -> Source:
        for release, source in self._releases:
            if (release.flow_id, release.version) == (flow_id, version):
                return source
        raise BadInput(f"there is no flow {flow_id!r} in version {version!r}")


class FakeSound:
    """Speaks in letters; `mute` are texts that no voice can say."""

    def __init__(self) -> None:
        self.mute: set[str] = set()
        self.prepared: list[Clip] = []
        self.made = 0

    def wav(self, clip: Clip) -> bytes:
        self.made += 1
        return b"RIFF" + clip.text.encode()

    def is_ready(self, clip: Clip) -> bool:
        return clip in self.prepared

    def prepare(self, clips: Sequence[Clip]) -> list[str]:
        self.prepared += clips
        return [clip.text for clip in clips if clip.text in self.mute]
