"""The life of a draft: every state with every act, and nobody approves their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.core.flow_drafts import (
    OVER,
    TRANSITIONS,
    Act,
    Draft,
    DraftAct,
    DraftState,
    Held,
    Now,
    Why,
    decide,
    may_do,
    saved,
)
from ivr.core.model import FlowId

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DRAFT = Draft(
    draft_id=1,
    flow_id=FlowId("water"),
    state=DraftState.DRAFT,
    revision=3,
    base="abc",
    authors=("meera", "anil"),
    saved_by="anil",
    saved_at=NOON,
    text="flow: water\n",
)
SOUND = Now(published="abc")


def act(what: DraftAct, who: str = "vimla", revision: int = 3, note: str = "") -> Act:
    return Act(what, who, revision, note)


@pytest.mark.parametrize("state", DraftState)
@pytest.mark.parametrize("what", DraftAct)
def test_every_act_in_every_state_follows_the_table(state: DraftState, what: DraftAct):
    after = decide(replace(DRAFT, state=state), act(what), SOUND)
    expected = TRANSITIONS.get((state, what))
    if expected is None:
        assert isinstance(after, Held) and after.why is Why.NOT_NOW
    else:
        assert isinstance(after, Draft) and after.state is expected


@pytest.mark.parametrize("state", sorted(OVER))
def test_nothing_is_done_to_a_draft_that_is_over(state: DraftState):
    assert may_do(replace(DRAFT, state=state), "vimla") == frozenset()


@pytest.mark.parametrize("author", DRAFT.authors)
def test_nobody_approves_what_they_wrote_a_part_of(author: str):
    asked = replace(DRAFT, state=DraftState.ASKED)
    held = decide(asked, act(DraftAct.APPROVE, author), SOUND)
    assert isinstance(held, Held) and held.why is Why.OWN_WORK
    assert DraftAct.APPROVE not in may_do(asked, author)
    assert DraftAct.APPROVE in may_do(asked, "vimla")


@pytest.mark.parametrize("what", [DraftAct.ASK, DraftAct.APPROVE, DraftAct.PUBLISH])
def test_a_flow_with_problems_goes_no_further(what: DraftAct):
    state = next(before for before, wanted in TRANSITIONS if wanted is what)
    held = decide(replace(DRAFT, state=state), act(what), Now(2, "abc"))
    assert isinstance(held, Held) and held.why is Why.HAS_PROBLEMS


def test_what_is_approved_is_the_revision_that_was_looked_at():
    asked = replace(DRAFT, state=DraftState.ASKED)
    held = decide(asked, act(DraftAct.APPROVE, revision=2), SOUND)
    assert isinstance(held, Held) and held.why is Why.ANOTHER_REVISION
    assert "anil saved revision 3 at 2026-11-24T12:00:00" in held.because


def test_a_save_after_the_approval_needs_a_new_one():
    approved = decide(
        replace(DRAFT, state=DraftState.ASKED), act(DraftAct.APPROVE), SOUND
    )
    assert isinstance(approved, Draft) and approved.approved_by == "vimla"
    after = saved(
        approved,
        act(DraftAct.SAVE, "meera"),
        text="flow: water\nmore: 1\n",
        layout={},
        at=NOON,
        base="abc",
    )
    assert isinstance(after, Draft)
    assert (after.state, after.revision, after.approved_by) == (DraftState.DRAFT, 4, "")


def test_who_edits_another_s_draft_becomes_an_author_of_it():
    after = saved(DRAFT, act(DraftAct.SAVE), text="x", layout={}, at=NOON, base="abc")
    assert isinstance(after, Draft)
    assert after.authors == ("meera", "anil", "vimla")


def test_a_flow_that_was_changed_beneath_the_draft_is_not_published():
    approved = replace(DRAFT, state=DraftState.APPROVED, approved_by="vimla")
    held = decide(approved, act(DraftAct.PUBLISH), Now(published="other"))
    assert isinstance(held, Held) and held.why is Why.CHANGED_BELOW


def test_a_note_goes_back_with_the_draft_and_goes_with_the_next_save():
    asked = replace(DRAFT, state=DraftState.ASKED)
    back = decide(asked, act(DraftAct.SEND_BACK, note="दूसरा सवाल छोटा कीजिए"), SOUND)
    assert isinstance(back, Draft) and back.note == "दूसरा सवाल छोटा कीजिए"
    after = saved(back, act(DraftAct.SAVE), text="x", layout={}, at=NOON, base="abc")
    assert isinstance(after, Draft) and after.note == ""
