"""Where a call is in its flow, and what it has said so far. Frozen values only.

`core.flow` moves it; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.core.flow_model import Flow, Node
from ivr.core.model import NodeId
from ivr.errors import OurBug


class Waiting(StrEnum):
    """What the flow waits for."""

    SPOKEN = "spoken"  # a message plays; a key may cut it short
    QUESTION = "question"  # keys
    READ_BACK = "read_back"  # whether the digits just read out are right
    RECORDING = "recording"
    OFFER = "offer"  # whether a telecaller may be offered
    OFFERED = "offered"  # key 0, or none
    HELD = "held"  # a message plays to who waits for a telecaller
    TELECALLER = "telecaller"
    NOTHING = "nothing"  # it has ended


@dataclass(frozen=True, slots=True)
class FlowState:
    """One call's place in its flow.

    `stack` names the sub_flow nodes that were entered, outermost first; `node`
    is a node of the innermost flow.
    """

    node: NodeId
    language: str
    stack: tuple[NodeId, ...] = ()
    waiting: Waiting = Waiting.SPOKEN
    answers: Mapping[str, str] = field(default_factory=dict)  # node -> meaning
    variables: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0  # invalid keys and silences at this node
    pending: str = ""  # digits read back and not yet confirmed
    steps: int = 0  # events so far
    opted_out: bool = False
    completed: bool = False  # ended at an end of its own
    wants: bool = False  # was promised a telecaller, and has not had one yet
    declined: bool = False  # an offer: there is no second one

    @property
    def ended(self) -> bool:
        return self.waiting is Waiting.NOTHING


def flow_at(root: Flow, stack: tuple[NodeId, ...]) -> Flow:
    """Return the innermost flow: the part that the last of `stack` entered."""
    flow = root
    for entered in stack:
        part = flow.nodes[entered].flow
        if part is None or part not in flow.sub_flows:
            raise OurBug(f"flow {flow.flow_id}: {entered} enters no known part")
        flow = flow.sub_flows[part]
    return flow


def node_at(root: Flow, state: FlowState) -> Node:
    """Return the node that `state` is at."""
    flow = flow_at(root, state.stack)
    if state.node not in flow.nodes:
        raise OurBug(f"flow {flow.flow_id} has no node {state.node}")
    return flow.nodes[state.node]


def called(root: Flow, state: FlowState) -> NodeId:
    """Return the node's name in results: `benefit`, or `person.busy` in a part."""
    if not state.stack:
        return state.node
    return NodeId(f"{flow_at(root, state.stack).flow_id}.{state.node}")
