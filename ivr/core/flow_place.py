"""A call's place in its flow as text, for whoever takes the call over. Pure.

Written with each step of a call. A controller that starts while people are on the
line reads it and goes on where they were (`core.flow.resume`).
"""

from __future__ import annotations

import json

from ivr.core.flow_state import FlowState, Waiting
from ivr.core.model import NodeId

VERSION = 1


def place_text(state: FlowState) -> str:
    """Return `state` as one line of JSON."""
    return json.dumps(
        {
            "v": VERSION,
            "node": state.node,
            "language": state.language,
            "stack": list(state.stack),
            "waiting": state.waiting,
            "answers": dict(state.answers),
            "variables": dict(state.variables),
            "tries": state.tries,
            "pending": state.pending,
            "steps": state.steps,
            "opted_out": state.opted_out,
            "completed": state.completed,
            "wants": state.wants,
            "declined": state.declined,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def place_of(text: str) -> FlowState | None:
    """Return the state that `text` tells of; None: it is empty or of another version.

    Who reads it then begins the flow anew: nothing worse than a question asked twice.
    """
    try:
        row = json.loads(text)
        if row.pop("v") != VERSION:
            return None
        stack = tuple(NodeId(name) for name in row.pop("stack"))
        waiting, node = Waiting(row.pop("waiting")), NodeId(row.pop("node"))
        return FlowState(node=node, stack=stack, waiting=waiting, **row)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
