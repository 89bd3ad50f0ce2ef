"""Where a flow's nodes lead: the graph that flow_check asks its questions of.

Only one flow is looked at; a sub_flow node counts as one step that leads on to
its `next` if the part it enters can return.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ivr.core.flow_model import RETURN, Flow, Node, NodeKind, Otherwise
from ivr.core.model import NodeId

ASKING = frozenset({NodeKind.MENU, NodeKind.COLLECT, NodeKind.RATING})


@dataclass(frozen=True, slots=True)
class Edge:
    """A way on. `by`: the key it belongs to ("goto", "next") in the file.

    `silent`: it is taken although nobody gave a valid answer. An edge without a
    target is one that the file forgot.
    """

    target: NodeId | None
    by: str
    silent: bool


def edges(flow: Flow, node: Node) -> Iterator[Edge]:
    """Yield every way on from `node`."""
    match node.kind:
        case NodeKind.HANG_UP:
            return
        case NodeKind.MENU | NodeKind.LANGUAGE if node.options:
            for option in node.options:
                by = f"option {option.key}: goto" if option.goto else "next"
                yield Edge(option.goto or node.next, by, silent=False)
            yield from _fallbacks(node)
        case NodeKind.MENU | NodeKind.COLLECT | NodeKind.RATING:
            yield Edge(node.next, "next", silent=False)
            yield from _fallbacks(node)
        case NodeKind.BRANCH:
            for number, case in enumerate(node.cases, 1):
                yield Edge(case.goto, f"case {number}: goto", silent=True)
            yield Edge(node.next, "next", silent=True)
        case NodeKind.TELECALLER:
            # A talk leads to next; and so does all that happens to whom nobody takes,
            # unless a node is named for them. Who declines an offer goes there too.
            elsewhere = isinstance(node.otherwise, Otherwise) or node.otherwise is None
            silent = elsewhere or bool(node.offer_say)
            yield Edge(node.next, "next", silent=silent)
            if not elsewhere:
                yield Edge(NodeId(str(node.otherwise)), "else", silent=True)
        case NodeKind.SUB_FLOW:
            part = flow.sub_flows.get(node.flow) if node.flow else None
            if part is None or returns(part):
                yield Edge(node.next, "next", silent=True)
        case NodeKind.RECORD:
            yield Edge(node.next, "next", silent=True)
            if node.on_silence is not None:
                yield Edge(node.on_silence, "on_silence", silent=True)
        case _:
            yield Edge(node.next, "next", silent=True)


def returns(part: Flow) -> bool:
    """Return whether `part` can lead back to the flow that entered it."""
    return any(
        edge.target == RETURN
        for node_id in reachable(part)
        for edge in edges(part, part.nodes[node_id])
    )


def reachable(flow: Flow) -> set[NodeId]:
    """Return the nodes that a call can come to, by itself or by keys 9 and 0."""
    return _spread(
        flow, [n for n in (flow.start, flow.opt_out_node, flow.telecaller_node) if n]
    )


def never_ending(flow: Flow) -> set[NodeId]:
    """Return the reachable nodes from which no end of the call can be reached."""
    known = reachable(flow)
    leads: dict[NodeId, set[NodeId]] = {}
    ends: set[NodeId] = set()
    for node_id in known:
        ways = list(edges(flow, flow.nodes[node_id]))
        # A way that leads nowhere is another problem, told elsewhere.
        if not ways or any(way.target not in flow.nodes for way in ways):
            ends.add(node_id)
        for way in ways:
            if way.target:
                leads.setdefault(way.target, set()).add(node_id)
    waiting = list(ends)
    while waiting:
        before = leads.get(waiting.pop(), set()) - ends
        ends |= before
        waiting += before
    return known - ends


def silent_loops(flow: Flow) -> list[tuple[NodeId, ...]]:
    """Return the ways round that a call can take for ever while nobody answers.

    Each as the nodes of the round, the first repeated at the end.
    """
    loops: list[tuple[NodeId, ...]] = []
    done: set[NodeId] = set()
    for first in sorted(reachable(flow)):
        trail: list[NodeId] = [first]
        ways = [_silent_targets(flow, first)] if first not in done else []
        while ways:
            target = next(ways[-1], None)
            if target is None:
                ways.pop()
                done.add(trail.pop())
            elif target in trail:
                loops.append((*trail[trail.index(target) :], target))
            elif target not in done:
                trail.append(target)
                ways.append(_silent_targets(flow, target))
    return loops


def first_spoken(flow: Flow) -> list[tuple[Flow, Node]]:
    """Return the nodes that may be the first to speak, with the flow each is in."""
    found: list[tuple[Flow, Node]] = []
    seen: set[NodeId] = set()
    waiting = [flow.start]
    while waiting:
        node_id = waiting.pop()
        if node_id in seen or node_id not in flow.nodes:
            continue
        seen.add(node_id)
        node = flow.nodes[node_id]
        part = flow.sub_flows.get(node.flow) if node.flow else None
        if part is not None:
            found += first_spoken(part)
        elif node.say or node.kind is NodeKind.HANG_UP:
            found.append((flow, node))
        else:
            waiting += [e.target for e in edges(flow, node) if e.target]
    return found


def _fallbacks(node: Node) -> Iterator[Edge]:
    """Where a question leads after its last try."""
    for target, by in (
        (node.on_invalid, "on_invalid"),
        (node.on_silence, "on_silence"),
    ):
        yield Edge(target or node.next, by if target else "next", silent=True)


def _spread(flow: Flow, starts: Iterable[NodeId]) -> set[NodeId]:
    seen: set[NodeId] = set()
    waiting = list(starts)
    while waiting:
        node_id = waiting.pop()
        if node_id in seen or node_id not in flow.nodes:
            continue
        seen.add(node_id)
        waiting += [e.target for e in edges(flow, flow.nodes[node_id]) if e.target]
    return seen


def _silent_targets(flow: Flow, node_id: NodeId) -> Iterator[NodeId]:
    for edge in edges(flow, flow.nodes[node_id]):
        if edge.silent and edge.target and edge.target in flow.nodes:
            yield edge.target
