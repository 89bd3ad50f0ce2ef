"""Flows made in the browser: kept as drafts, checked, approved, published, tried.

The rules are core.flow_drafts'; the files' form is behind FlowForms, the memory behind
FlowShelf, the sound behind Sound. Decides nothing itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from ivr.controller.flow_ports import (
    EditRefused,
    FlowForms,
    FlowShelf,
    Line,
    Opened,
    Release,
    Save,
    SavedMeanwhile,
    Sound,
    Source,
)
from ivr.controller.ports import Clock
from ivr.core.flow_check import Problem, check
from ivr.core.flow_document import (
    Change,
    FlowData,
    Layout,
    bounded,
    bounded_layout,
    changes,
    merged,
    named,
)
from ivr.core.flow_drafts import (
    Act,
    Draft,
    DraftAct,
    DraftState,
    Held,
    Now,
    Why,
    decide,
    saved,
)
from ivr.core.flow_model import Clip, Flow, FlowEvent, FlowFacts
from ivr.core.flow_trial import Trial, tried
from ivr.core.model import FlowId
from ivr.core.say import prompt_texts
from ivr.errors import BadInput

log = structlog.get_logger(__name__)


def text_version(text: str) -> str:
    """Return what tells one text of a file from another, its parts aside."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


class FlowWorkshop:
    """All that the flow pages ask for. `who` is a user's id throughout."""

    def __init__(
        self,
        forms: FlowForms,
        shelf: FlowShelf,
        sound: Sound,
        clock: Clock,
        *,
        organisation: str | None = None,
    ) -> None:
        """`organisation`: in whose name is called; flows say it, and it needs sound."""
        self._organisation = organisation
        self.forms = forms
        self.shelf = shelf
        self.sound = sound
        self._clock = clock

    # Looking

    async def flows(self) -> list[Line]:
        """Return every flow, published or only begun, by name."""
        drafts = {draft.flow_id: draft for draft in await self.shelf.drafts()}
        lines = {
            source.flow_id: await asyncio.to_thread(
                self._line, source, drafts.get(source.flow_id)
            )
            for source in await self._published()
        }
        for flow_id, draft in drafts.items():
            if flow_id not in lines:
                whole = await self.shelf.open_draft(flow_id)
                text = whole.text if whole else ""
                line = await asyncio.to_thread(self._line, Source(flow_id, text), draft)
                lines[flow_id] = replace(line, version="")
        return [lines[flow_id] for flow_id in sorted(lines)]

    async def opened(self, flow_id: FlowId) -> Opened:
        """Return the open draft, or the published flow. Raises BadInput."""
        draft = await self.shelf.open_draft(flow_id)
        source = await self._source(flow_id)
        if draft is None and source is None:
            raise BadInput(f"there is no flow {flow_id!r}")
        text = draft.text if draft else source.text if source else ""
        layout = draft.layout if draft else await self._drawn(flow_id, text)
        data: FlowData | None = await asyncio.to_thread(self._read, text, flow_id)
        return Opened(
            flow_id=flow_id,
            data=data or {},
            layout=layout,
            draft=draft,
            problems=await self._problems(text, flow_id),
            base=text_version(source.text) if source else "",
            is_published=source is not None,
        )

    async def checked(self, flow_id: FlowId, data: FlowData) -> list[Problem]:
        """Return what is wrong with an edit that is not saved yet."""
        return await asyncio.to_thread(self._faults, bounded(data), flow_id)

    async def saves(self, flow_id: FlowId) -> list[Save]:
        return await self.shelf.saves((await self._draft(flow_id)).draft_id)

    async def at(self, flow_id: FlowId, revision: int) -> tuple[FlowData, Layout]:
        """Return an earlier revision of the open draft. Raises BadInput."""
        draft = await self._draft(flow_id)
        text, layout = await self.shelf.save_text(draft.draft_id, revision)
        return await self._data(text, flow_id), layout

    async def releases(self, flow_id: FlowId) -> list[Release]:
        return await self.shelf.releases(flow_id)

    async def text_of(self, flow_id: FlowId, version: str) -> str:
        """Return the YAML of "draft", "published" or a version. Raises BadInput."""
        if version == "draft":
            return (await self._draft(flow_id)).text
        if version == "published":
            source = await self._source(flow_id)
            if source is None:
                raise BadInput(f"flow {flow_id!r} is not published")
            return source.text
        return (await self.shelf.release_text(flow_id, version)).text

    async def diff(self, flow_id: FlowId, old: str, new: str) -> list[Change]:
        """Return what differs between two of what `text_of` knows."""
        before, after = [
            await self._data(await self.text_of(flow_id, version), flow_id)
            for version in (old, new)
        ]
        return changes(before, after)

    # Changing

    async def begin(
        self, flow_id: FlowId, data: FlowData, layout: Layout, who: str
    ) -> Draft:
        """Keep the first revision of a draft: of a new flow, or of a published one.

        Raises SavedMeanwhile when somebody began one just now.
        """
        text = await self._written(named(flow_id), bounded(data))
        source = await self._source(flow_id)
        draft = Draft(
            draft_id=0,
            flow_id=flow_id,
            state=DraftState.DRAFT,
            revision=1,
            base=text_version(source.text) if source else "",
            authors=(who,),
            saved_by=who,
            saved_at=self._clock.now(),
            text=text,
            layout=bounded_layout(layout),
        )
        if not await self.shelf.begin(draft):
            held = Held(Why.ANOTHER_REVISION, "somebody else has begun a draft")
            raise await self._meanwhile(flow_id, held, data, source)
        return await self._draft(flow_id)

    async def save(
        self,
        flow_id: FlowId,
        data: FlowData,
        layout: Layout,
        *,
        began_from: int,
        who: str,
    ) -> Draft:
        """Keep an edit that began from revision `began_from` (0: the published flow).

        Raises SavedMeanwhile, with both versions, when the draft has gone on since.
        """
        if began_from == 0:
            return await self.begin(flow_id, data, layout, who)
        draft = await self._draft(flow_id)
        text = await asyncio.to_thread(self.forms.write, draft.text, bounded(data))
        source = await self._source(flow_id)
        after = saved(
            draft,
            Act(DraftAct.SAVE, who, began_from),
            text=text,
            layout=bounded_layout(layout),
            at=self._clock.now(),
            base=text_version(source.text) if source else "",
        )
        if isinstance(after, Draft) and await self.shelf.follow(draft, after):
            return after
        held = after if isinstance(after, Held) else _passed_by()
        raise await self._meanwhile(flow_id, held, data, None, began_from)

    async def act(self, flow_id: FlowId, wanted: Act) -> Draft:
        """Ask for approval, approve, send back, publish or discard.

        Raises EditRefused with the reason.
        """
        draft = await self._draft(flow_id)
        source = await self._source(flow_id)
        problems = await self._problems(draft.text, flow_id)
        now = Now(len(problems), text_version(source.text) if source else "")
        after = decide(draft, wanted, now)
        if isinstance(after, Held):
            raise EditRefused(after, draft)
        if after.state is DraftState.PUBLISHED:
            await self._publish(draft, after, wanted.who)
        elif not await self.shelf.follow(draft, after):
            raise EditRefused(_passed_by(), await self._draft(flow_id))
        return after

    # Hearing

    async def is_spoken(self, clip: Clip) -> bool:
        """Say whether a clip has its sound already: to hear it costs nothing."""
        return await asyncio.to_thread(self.sound.is_ready, clip)

    async def speech(self, clip: Clip) -> bytes:
        """Return a clip to listen to, as a WAV file. Raises BadInput, SetupFailed."""
        return await asyncio.to_thread(self.sound.wav, clip)

    async def tried(
        self,
        flow_id: FlowId,
        data: FlowData,
        facts: FlowFacts,
        events: Sequence[FlowEvent],
    ) -> Trial:
        """Walk an edit, saved or not, as a call would. Raises BadInput."""
        flow = await asyncio.to_thread(self.forms.flow_of, bounded(data), flow_id)
        return tried(flow, facts, events)

    async def to_call(self, flow_id: FlowId, revision: int) -> Flow:
        """Return a saved revision as a call would walk it; 0: as it is published.

        Raises BadInput for none, EditRefused while it has a fault.
        """
        if revision:
            draft = await self._draft(flow_id)
            text, _ = await self.shelf.save_text(draft.draft_id, revision)
        else:
            source = await self._source(flow_id)
            if source is None:
                raise BadInput(f"flow {flow_id!r} was never published")
            text = source.text
        problems = await self._problems(text, flow_id)
        if problems:
            left = f"{len(problems)} problems are left"
            raise EditRefused(Held(Why.HAS_PROBLEMS, left))
        return await asyncio.to_thread(self.forms.flow, text, flow_id)

    async def make_sound(self, flow: Flow) -> list[str]:
        """Speak what has no sound yet; return what no voice could speak."""
        said = prompt_texts(flow, self._organisation)
        clips = sorted(said, key=lambda clip: (clip.kind, clip.text))
        return await asyncio.to_thread(self.sound.prepare, clips)

    async def _publish(self, before: Draft, after: Draft, who: str) -> None:
        flow = await asyncio.to_thread(self.forms.flow, before.text, before.flow_id)
        missing = await self.make_sound(flow)
        if missing:
            problem = f"{len(missing)} prompts have no sound: {missing[0]}"
            raise EditRefused(Held(Why.HAS_PROBLEMS, problem), before)
        release = Release(
            flow_id=before.flow_id,
            version=flow.version,
            authors=before.authors,
            approved_by=before.approved_by,
            published_by=who,
            published_at=self._clock.now(),
        )
        if not await self.shelf.publish(before, after, flow, release):
            raise EditRefused(_passed_by(), await self._draft(before.flow_id))
        await asyncio.to_thread(self.forms.publish, before.flow_id, before.text)
        log.info("Flow published", flow=before.flow_id, version=flow.version)

    async def _published(self) -> list[Source]:
        found = await asyncio.to_thread(self.forms.published)
        return [Source(flow_id, text) for flow_id, text in found]

    async def _source(self, flow_id: FlowId) -> Source | None:
        return next(
            (one for one in await self._published() if one.flow_id == flow_id), None
        )

    async def _draft(self, flow_id: FlowId) -> Draft:
        draft = await self.shelf.open_draft(flow_id)
        if draft is None:
            raise BadInput(f"flow {flow_id!r} has no draft", remedy="save it first")
        return draft

    async def _drawn(self, flow_id: FlowId, text: str) -> Layout:
        """Return where the nodes of the published flow were drawn, if they were."""
        wanted = text_version(text)
        for release in await self.shelf.releases(flow_id):
            source = await self.shelf.release_text(flow_id, release.version)
            if text_version(source.text) == wanted:
                return source.layout
        return {}

    async def _written(self, flow_id: FlowId, data: FlowData) -> str:
        """Return the file that an edit would be: the draft's, or the published one's,
        changed."""
        draft = await self.shelf.open_draft(flow_id)
        source = None if draft else await self._source(flow_id)
        before = draft.text if draft else source.text if source else ""
        return await asyncio.to_thread(self.forms.write, before, data)

    async def _problems(self, text: str, flow_id: FlowId) -> list[Problem]:
        return await asyncio.to_thread(self._problems_of, text, flow_id)

    def _problems_of(self, text: str, flow_id: FlowId) -> list[Problem]:
        try:
            return self._faults(self.forms.read(text, flow_id), flow_id)
        except BadInput as exc:  # a file that somebody broke by hand
            return [Problem(flow_id, "", str(exc), exc.remedy or "")]

    def _faults(self, data: FlowData, flow_id: FlowId) -> list[Problem]:
        of_form = self.forms.form_problems(data, flow_id)
        if of_form:
            return of_form
        try:
            return check(self.forms.flow_of(data, flow_id))
        except BadInput as exc:  # a part that is not there
            return [Problem(flow_id, "", str(exc), exc.remedy or "")]

    async def _data(self, text: str, flow_id: FlowId) -> FlowData:
        """Return what a file says. Reading it takes too long for the calls' loop."""
        return await asyncio.to_thread(self.forms.read, text, flow_id)

    def _read(self, text: str, flow_id: FlowId) -> FlowData | None:
        try:
            return self.forms.read(text, flow_id)
        except BadInput:  # a file that somebody broke by hand; the problems say how
            return None

    def _line(self, source: Source, draft: Draft | None) -> Line:
        data = self._read(source.text, source.flow_id) or {}
        title = data.get("title", "")
        by_language = title if isinstance(title, Mapping) else {"hi": title}
        return Line(
            flow_id=source.flow_id,
            title_hi=str(by_language.get("hi", "")),
            title_en=str(by_language.get("en", "")),
            is_part=data.get("part") is True,
            version=self._version(source),
            draft=draft,
        )

    def _version(self, source: Source) -> str:
        try:
            return self.forms.flow(source.text, source.flow_id).version
        except BadInput:
            return ""

    async def _meanwhile(
        self,
        flow_id: FlowId,
        held: Held,
        mine: FlowData,
        base: Source | None,
        began_from: int = 0,
    ) -> EditRefused:
        """Return the refusal with both versions in it: nobody's work is lost."""
        theirs = await self._draft(flow_id)
        if held.why is not Why.ANOTHER_REVISION:
            return EditRefused(held, theirs)
        data = await self._data(theirs.text, flow_id)
        began = base.text if base else ""
        if began_from:
            began, _ = await self.shelf.save_text(theirs.draft_id, began_from)
        base_data = await self._data(began, flow_id) if began else None
        both = merged(base_data, mine, data) if base_data else None
        return SavedMeanwhile(held, theirs, data, both)


def _passed_by() -> Held:
    return Held(Why.ANOTHER_REVISION, "somebody else saved at the same moment")
