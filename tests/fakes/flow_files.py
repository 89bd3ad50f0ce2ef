"""Flows made in a line or two, for tests."""

from __future__ import annotations

from ivr.core.flow_model import Flow, FlowFacts, Node, NodeKind, Option
from ivr.core.model import FlowId, NodeId

ORGANISATION = "जन संवाद केंद्र"
FACTS = FlowFacts({"organisation": ORGANISATION, "name": "सीता बाई"})
HELLO = {"hi": "नमस्ते। {organisation} की ओर से कॉल है।"}


_SAYS = (
    "say",
    "invalid_say",
    "silence_say",
    "read_back_say",
    "offer_say",
    "otherwise_say",
)


def node(name: str, kind: NodeKind, **given: object) -> Node:
    """Return a node; a plain `say` is Hindi."""
    for key in _SAYS:
        if isinstance(given.get(key), str):
            given[key] = {"hi": given[key]}
    return Node(NodeId(name), kind, **given)  # type: ignore[arg-type]


def play(name: str = "hello", to: str | None = "bye", **given: object) -> Node:
    return node(name, NodeKind.PLAY, **{"say": HELLO, "next": to, **given})


def menu(name: str, options: dict[str, str], **given: object) -> Node:
    """Return a menu; an option's word is its meaning, or "meaning>goto"."""
    made = []
    for key, word in options.items():
        meaning, _, goto = word.partition(">")
        made.append(Option(key, meaning, goto=NodeId(goto) if goto else None))
    return node(name, NodeKind.MENU, **{"say": "सवाल", "options": tuple(made), **given})


def hang_up(name: str = "bye", **given: object) -> Node:
    return node(name, NodeKind.HANG_UP, **given)


def flow(*nodes: Node, name: str = "trial", **given: object) -> Flow:
    """Return a flow that starts at its first node."""
    parts = given.pop("parts", ())
    return Flow(
        flow_id=FlowId(name),
        version="0" * 12,
        title_hi="जाँच",
        title_en="Trial",
        start=nodes[0].node_id,
        nodes={n.node_id: n for n in nodes},
        sub_flows={part.flow_id: part for part in parts},  # type: ignore[attr-defined]
        **given,  # type: ignore[arg-type]
    )
