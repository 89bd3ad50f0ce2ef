"""A flow tried out without a call: what is heard, where it leads, what was answered.

Pure, and nothing is kept between two key presses: a trial is the flow, the facts and
the list of all that the person at the keypad has done, walked again from the start
with the core that walks real calls. So a trial cannot be forged, lost or stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ivr.core.flow import start, step
from ivr.core.flow_model import (
    Ask,
    Clip,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    HangUp,
    KeepAnswer,
    MayOffer,
    Node,
    NodeKind,
    Record,
    RequestCallback,
)
from ivr.core.flow_model import OptOut as OptOutCommand
from ivr.core.flow_walk import MAX_STEPS
from ivr.core.model import FlowId, NodeId
from ivr.errors import BadInput, OurBug, UnexpectedEvent

MOST_EVENTS = MAX_STEPS
# Of an invented person, whom a trial calls.
TRIAL_FIELDS: Mapping[str, str] = {
    "organisation": "जन संवाद केंद्र",
    "caller_id": "+917550000000",
    "name": "सीता बाई",
    "district_name": "सीहोर",
    "amount": "6000",
    "paid_on": "2026-11-15",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said at one node. `node` is named as in results: person.busy."""

    node: str
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it would have been stored."""

    node: str
    kind: str
    value: str
    accepted: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Where a trial is. `waits`: keys, speech, offer, telecaller or nothing."""

    heard: tuple[Heard, ...]  # since the last event
    waits: str
    path: tuple[str, ...]  # every node that spoke or asked, in order
    answers: tuple[Given, ...]
    notes: tuple[str, ...] = ()  # what else was done: opt_out, callback
    max_digits: int = 1
    timeout_s: float = 0.0
    completed: bool = False  # it ended, at an end of its own
    stopped: str = ""  # why it cannot go on: the flow has a fault


def tried(flow: Flow, facts: FlowFacts, events: Sequence[FlowEvent]) -> Trial:
    """Return where `events` lead. Raises BadInput for one that does not fit."""
    if len(events) > MOST_EVENTS:
        raise BadInput(f"a call takes no more than {MAX_STEPS} steps")
    said: list[FlowCommand] = []
    before = 0
    whole = whole_flow(flow)
    try:
        state, commands = start(whole, facts)
        said += commands
        for event in events:
            before = len(said)
            state, commands = step(whole, state, event, facts)
            said += commands
    except UnexpectedEvent as exc:
        raise BadInput(str(exc), where="events") from exc
    except OurBug as exc:  # an unfinished draft: a way that leads nowhere
        return _trial(_named(flow, said), before, stopped=str(exc))
    return _trial(_named(flow, said), before)


def whole_flow(flow: Flow) -> Flow:
    """Return what can be walked by itself: of a part, a flow that enters it."""
    return _around(flow) if flow.is_part else flow


def own_name(flow: Flow, node: str) -> str:
    """Return a node as its own file names it: of a tried part, without its name."""
    return node.removeprefix(f"{flow.flow_id}.") if flow.is_part else node


def _around(part: Flow) -> Flow:
    """Return a flow that enters the part, and ends when that returns."""
    entered, ended = NodeId("part"), NodeId("return_")
    return Flow(
        flow_id=FlowId("trial"),
        version="",
        title_hi="",
        title_en="",
        start=entered,
        nodes={
            entered: Node(entered, NodeKind.SUB_FLOW, flow=part.flow_id, next=ended),
            ended: Node(ended, NodeKind.HANG_UP),
        },
        languages=part.languages,
        sub_flows={part.flow_id: part},
    )


def _named(flow: Flow, said: list[FlowCommand]) -> list[FlowCommand]:
    """Return the commands with a tried part's own nodes named as in its file."""
    return [
        replace(command, node=NodeId(own_name(flow, str(command.node))))
        for command in said
    ]


def _trial(said: list[FlowCommand], before: int, *, stopped: str = "") -> Trial:
    last = said[-1] if said else None
    return Trial(
        heard=tuple(
            Heard(str(command.node), command.clips)
            for command in said[before:]
            if isinstance(command, Ask | Record | ConnectTelecaller)
        ),
        waits="nothing" if stopped else _waits(last),
        path=_path(said),
        answers=tuple(
            Given(str(c.node), c.kind, c.value, c.accepted, c.meaning)
            for c in said
            if isinstance(c, KeepAnswer)
        ),
        notes=tuple(
            "opt_out" if isinstance(c, OptOutCommand) else "callback"
            for c in said
            if isinstance(c, OptOutCommand | RequestCallback)
        ),
        max_digits=last.max_digits if isinstance(last, Ask) else 1,
        timeout_s=last.first_timeout_s if isinstance(last, Ask) else 0.0,
        completed=isinstance(last, HangUp) and last.completed and not stopped,
        stopped=stopped,
    )


def _waits(command: FlowCommand | None) -> str:
    match command:
        case Ask():
            return "keys"
        case Record():
            return "speech"
        case MayOffer():
            return "offer"
        case ConnectTelecaller():
            return "telecaller"
        case _:
            return "nothing"


def _path(said: list[FlowCommand]) -> tuple[str, ...]:
    path: list[str] = []
    for command in said:
        if not path or path[-1] != command.node:
            path.append(str(command.node))
    return tuple(path)
