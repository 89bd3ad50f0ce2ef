"""What the flow editor sends and is sent, at the HTTP edge. Decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ivr.controller.flow_ports import Opened
from ivr.core.flow_check import Problem
from ivr.core.flow_document import MAX_NODES
from ivr.core.flow_drafts import Draft, DraftAct, DraftState, may_do
from ivr.core.flow_model import (
    FlowEvent,
    KeysPressed,
    OfferAllowed,
    OfferHeld,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_trial import MOST_EVENTS, Given, Heard, Trial
from ivr.web.api.bodies import Asked, Sent, Told
from ivr.web.texts import Texts

# Bytes: a flow of 300 nodes with a 12 s prompt each is 300 kB in UTF-8.
MAX_FLOW_BODY = 1024 * 1024

Words = Annotated[str, Field(max_length=2_000)]


class DocumentBody(Sent):
    document: dict[str, JsonValue]


class SaveBody(DocumentBody):
    layout: dict[str, tuple[int, int]] = Field(default={})
    began_from: int = Field(ge=0, description="The revision edited; 0: no draft yet")


class ActBody(Sent):
    act: DraftAct
    revision: int = Field(ge=1, description="The revision that was looked at")
    note: str = Field("", max_length=1_000)


class EventBody(Sent):
    kind: Literal["keys", "speech", "talked", "nobody", "allowed", "held"]
    keys: str = Field("", pattern=r"^[0-9*]{0,40}$")
    terminated: bool = False
    seconds: float = Field(0.0, ge=0, le=600)
    key: str = Field("", pattern=r"^[0-9*#]?$")

    def event(self) -> FlowEvent:
        """Return what the core is told."""
        match self.kind:
            case "keys":
                return KeysPressed(self.keys, self.terminated)
            case "speech":
                file = "trial.wav" if self.seconds or self.key else ""
                by = "key" if self.key else "silence"
                return SpeechRecorded(file, self.seconds, by, self.key)
            case "talked":
                return TelecallerTalked(self.seconds)
            case "nobody":
                return TelecallerUnavailable()
            case "allowed":
                return OfferAllowed()
            case "held":
                return OfferHeld()


class TrialBody(DocumentBody):
    events: list[EventBody] = Field([], max_length=MOST_EVENTS)
    language: str = Field("hi", pattern=r"^[a-z]{2,3}$")
    began_at: datetime | None = None


class SayBody(Sent):
    say: dict[str, Words] = Field(max_length=8)
    language: str = Field("hi", pattern=r"^[a-z]{2,3}$")


class DiffQuery(Asked):
    old: str = Field("", max_length=80, description="draft, published, or a version")
    new: str = Field("", max_length=80)


class SoundQuery(Asked):
    language: str = Field("hi", max_length=10)
    kind: str = Field("prompt", max_length=20)
    text: str = Field("", max_length=600, description="An address has its limits.")


class DraftTold(Told):
    state: DraftState
    revision: int
    authors: list[str]
    saved_by: str
    saved_at: datetime
    approved_by: str
    note: str
    may: list[DraftAct] = Field(description="What you may do with it.")


class ProblemTold(Told):
    flow: str
    node: str
    problem: str
    remedy: str
    problem_hi: str
    remedy_hi: str


class SavedTold(Told):
    document: dict[str, JsonValue]
    layout: dict[str, tuple[int, int]]


class OpenedTold(SavedTold):
    flow_id: str
    draft: DraftTold | None
    problems: list[ProblemTold]
    is_published: bool
    changed_below: bool = Field(description="Published anew since the draft began.")
    most_nodes: int


class FlowTold(Told):
    flow_id: str
    title_hi: str
    title_en: str
    is_part: bool
    version: str
    draft: DraftTold | None


class TrialTold(Told):
    """Where a trial is."""

    heard: list[Heard]
    waits: str
    path: list[str]
    answers: list[Given]
    notes: list[str]
    max_digits: int
    timeout_s: float
    completed: bool
    stopped: str
    began_at: datetime


def opened_answer(opened: Opened, who: str, hindi: Texts) -> dict[str, object]:
    """Return a flow as the editor takes it."""
    return {
        "flow_id": opened.flow_id,
        "document": opened.data,
        "layout": opened.layout,
        "draft": draft_answer(opened.draft, who) if opened.draft else None,
        "problems": [problem_answer(each, hindi) for each in opened.problems],
        "is_published": opened.is_published,
        "changed_below": opened.draft is not None and opened.draft.base != opened.base,
        "most_nodes": MAX_NODES,
    }


def draft_answer(draft: Draft, who: str) -> dict[str, object]:
    return {
        "state": draft.state,
        "revision": draft.revision,
        "authors": draft.authors,
        "saved_by": draft.saved_by,
        "saved_at": draft.saved_at,
        "approved_by": draft.approved_by,
        "note": draft.note,
        "may": sorted(may_do(draft, who)),
    }


def problem_answer(problem: Problem, hindi: Texts) -> dict[str, str]:
    """Return a problem in both languages; "" where it has no Hindi."""
    return {
        "flow": problem.flow,
        "node": problem.node,
        "problem": problem.problem,
        "remedy": problem.remedy,
        "problem_hi": hindi.known(problem.problem) or "",
        "remedy_hi": hindi.known(problem.remedy) or "",
    }


def trial_answer(trial: Trial, began_at: datetime) -> dict[str, object]:
    return {
        "heard": trial.heard,
        "waits": trial.waits,
        "path": trial.path,
        "answers": trial.answers,
        "notes": trial.notes,
        "max_digits": trial.max_digits,
        "timeout_s": trial.timeout_s,
        "completed": trial.completed,
        "stopped": trial.stopped,
        "began_at": began_at,
    }
