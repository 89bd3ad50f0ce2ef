"""The life of a flow that is made in the browser: draft, approval, publication. Pure.

The laws, kept by the table and by `decide`:
- What is approved is one revision, word for word; a save afterwards needs a new
  approval.
- Nobody approves what they wrote themselves, or wrote a part of.
- A flow with a fault that `flow_check` knows is neither approved nor published.
- A save names the revision that it began from; nobody's work is written over unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ivr.core.flow_document import Layout
from ivr.core.model import FlowId


class DraftState(StrEnum):
    DRAFT = "draft"  # being written
    ASKED = "asked"  # its authors call it ready; a second person is to look at it
    APPROVED = "approved"  # a second person has said yes to this revision
    PUBLISHED = "published"  # campaigns may use it; the draft is over
    DISCARDED = "discarded"  # given up; the draft is over


class DraftAct(StrEnum):
    SAVE = "save"
    ASK = "ask"  # for approval
    APPROVE = "approve"
    SEND_BACK = "send_back"  # with a note of what is to be done
    PUBLISH = "publish"
    DISCARD = "discard"


S, A = DraftState, DraftAct
TRANSITIONS: Mapping[tuple[DraftState, DraftAct], DraftState] = {
    (S.DRAFT, A.SAVE): S.DRAFT,
    (S.DRAFT, A.ASK): S.ASKED,
    (S.DRAFT, A.DISCARD): S.DISCARDED,
    (S.ASKED, A.SAVE): S.DRAFT,  # what the second person would approve has changed
    (S.ASKED, A.APPROVE): S.APPROVED,
    (S.ASKED, A.SEND_BACK): S.DRAFT,
    (S.ASKED, A.DISCARD): S.DISCARDED,
    (S.APPROVED, A.SAVE): S.DRAFT,
    (S.APPROVED, A.SEND_BACK): S.DRAFT,
    (S.APPROVED, A.PUBLISH): S.PUBLISHED,
    (S.APPROVED, A.DISCARD): S.DISCARDED,
}
OVER = frozenset({S.PUBLISHED, S.DISCARDED})
NEEDS_SOUND_FLOW = frozenset({A.ASK, A.APPROVE, A.PUBLISH})


class Why(StrEnum):
    """Why an act was not done."""

    NOT_NOW = "not_now"  # the draft is in no state for it
    ANOTHER_REVISION = "another_revision"  # somebody saved since this was looked at
    OWN_WORK = "own_work"  # who wrote it does not approve it
    HAS_PROBLEMS = "has_problems"
    CHANGED_BELOW = "changed_below"  # the published flow is another than it began from


@dataclass(frozen=True, slots=True)
class Draft:
    """An open draft at one revision. `text` is its YAML, as it would be published."""

    draft_id: int  # 0: not kept yet
    flow_id: FlowId
    state: DraftState
    revision: int  # 1, 2, 3 ...: one for each save
    base: str  # text_version of the published flow it began from; "": a new flow
    authors: tuple[str, ...]  # everybody who saved, first to last
    saved_by: str
    saved_at: datetime
    text: str
    layout: Layout = field(default_factory=dict)
    approved_by: str = ""
    note: str = ""  # of who sent it back

    @property
    def is_open(self) -> bool:
        return self.state not in OVER


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody wants `act` done to the draft as they saw it: at `revision`."""

    act: DraftAct
    who: str
    revision: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The act was not done, and because of what."""

    why: Why
    because: str


@dataclass(frozen=True, slots=True)
class Now:
    """What the act is judged by, besides the draft itself."""

    problems: int = 0  # that flow_check found
    published: str = ""  # text_version of the published flow; "": there is none


def decide(draft: Draft, wanted: Act, now: Now) -> Draft | Held:
    """Return the draft after `wanted`, or why it stays as it is.

    A save's new text is put in by `saved`, which asks this first.
    """
    after = TRANSITIONS.get((draft.state, wanted.act))
    if after is None:
        return Held(Why.NOT_NOW, f"the draft is {draft.state}")
    if wanted.revision != draft.revision:
        return Held(
            Why.ANOTHER_REVISION,
            f"{draft.saved_by} saved revision {draft.revision} at "
            f"{draft.saved_at.isoformat(timespec='seconds')}; this is about "
            f"revision {wanted.revision}",
        )
    if wanted.act is A.APPROVE and wanted.who in draft.authors:
        return Held(Why.OWN_WORK, f"{wanted.who} wrote a part of this draft")
    if wanted.act in NEEDS_SOUND_FLOW and now.problems:
        return Held(Why.HAS_PROBLEMS, f"{now.problems} problems are left")
    if wanted.act in (A.APPROVE, A.PUBLISH) and now.published != draft.base:
        return Held(
            Why.CHANGED_BELOW,
            "the published flow was changed since this draft began from it",
        )
    return replace(
        draft,
        state=after,
        approved_by=_approved_by(draft, wanted),
        note=wanted.note if wanted.act is A.SEND_BACK else draft.note,
    )


def saved(
    draft: Draft, wanted: Act, *, text: str, layout: Layout, at: datetime, base: str
) -> Draft | Held:
    """Return the draft's next revision with `text`, or why it is not taken.

    `base` is the published flow that whoever saves has seen: a draft that the file
    was changed beneath goes on from there.
    """
    decided = decide(draft, wanted, Now())
    if isinstance(decided, Held):
        return decided
    return replace(
        decided,
        revision=draft.revision + 1,
        base=base,
        authors=tuple(dict.fromkeys([*draft.authors, wanted.who])),
        saved_by=wanted.who,
        saved_at=at,
        text=text,
        layout=layout,
        note="",
    )


def may_do(draft: Draft, who: str) -> frozenset[DraftAct]:
    """Return what `who` could do to the draft as it is, were it without a fault."""
    return frozenset(
        act
        for act in DraftAct
        if isinstance(
            decide(draft, Act(act, who, draft.revision), Now(published=draft.base)),
            Draft,
        )
    )


def _approved_by(draft: Draft, wanted: Act) -> str:
    if wanted.act is A.APPROVE:
        return wanted.who
    return draft.approved_by if wanted.act is A.PUBLISH else ""
