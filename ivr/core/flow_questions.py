"""The nodes of a flow by the names that results know them by. Pure.

Answers are kept under `benefit`, or `person.busy` for a node of a part.
"""

from __future__ import annotations

from ivr.core.flow_model import Flow, Node, NodeKind


def nodes_by_name(flow: Flow) -> dict[str, Node]:
    """Return every node of `flow` and its parts: its own first, in their order."""
    named: dict[str, Node] = {str(name): node for name, node in flow.nodes.items()}
    for part in flow.sub_flows.values():
        for name, node in nodes_by_name(part).items():
            # A part of a part is already named after itself.
            named.setdefault(name if "." in name else f"{part.flow_id}.{name}", node)
    return named


def collecting(flow: Flow) -> frozenset[str]:
    """Return the nodes where keys `again` and `confirm` speak of digits."""
    return frozenset(
        name
        for name, node in nodes_by_name(flow).items()
        if node.kind is NodeKind.COLLECT
    )


def with_own_key(flow: Flow, key: str) -> frozenset[str]:
    """Return the nodes that give `key` (9 or 0) a meaning of their own."""
    return frozenset(
        name
        for name, node in nodes_by_name(flow).items()
        if any(option.key == key for option in node.options)
    )
