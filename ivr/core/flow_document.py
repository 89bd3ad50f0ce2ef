"""A flow as its file says it: plain data, before it is known to make sense. Pure.

This is what the editor draws and sends back; the same keys as in the YAML. A draft
may be unfinished, so nothing here asks whether a call could use it (`flow_check`
does); only that it is no larger than a flow can be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ivr.core.model import FlowId
from ivr.errors import BadInput

FlowData: TypeAlias = Mapping[str, object]
Point: TypeAlias = tuple[int, int]  # of a node in the drawing, in pixels
Layout: TypeAlias = Mapping[str, Point]

# The longest shipped flow has 19 nodes. A call takes 100 steps at most
# (flow_walk.MAX_STEPS), so more nodes than this were never meant for one call.
MAX_NODES = 300
MAX_VALUES = 20_000  # keys and values, of all nodes
MAX_LETTERS = 2_000  # of one text; a prompt of 12 s has 160
MAX_DEPTH = 12  # nodes, a node, options, one option, its words: 5 are used
MAX_PIXELS = 100_000
FLOW_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two documents; `node` is "" for the flow itself.

    `before` is None for what was added, `after` for what was taken out.
    """

    node: str
    key: str  # "" when the whole node came or went; else say.hi, options.1.goto ...
    before: object
    after: object


def named(flow_id: FlowId) -> FlowId:
    """Return the name if a flow can have it: it is also a file's. Raises BadInput."""
    if not FLOW_NAME.fullmatch(flow_id):
        raise BadInput(
            f"{flow_id[:60]!r} is no name for a flow",
            remedy="use 2 to 40 of a-z, 0-9 and -, beginning with a letter",
        )
    return flow_id


def bounded(data: FlowData) -> FlowData:
    """Return `data` if it is no larger than a flow may be. Raises BadInput."""
    nodes = data.get("nodes")
    if isinstance(nodes, Mapping) and len(nodes) > MAX_NODES:
        raise BadInput(
            f"the flow has {len(nodes):,} nodes; {MAX_NODES} are allowed",
            where="nodes",
            remedy="divide it into parts (sub_flow)",
        )
    for count, (value, depth) in enumerate(_values(data, 0)):
        if count > MAX_VALUES or depth > MAX_DEPTH:
            raise BadInput("the flow is too large", remedy="divide it into parts")
        if isinstance(value, str):
            _check_text(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadInput(f"{value} is no number that a flow can have")
        if isinstance(value, int) and abs(value) > 10**15:
            raise BadInput("a number is too large for a flow")
    return data


def bounded_layout(layout: Layout) -> Layout:
    """Return where the nodes are drawn, kept on a sheet. Raises BadInput."""
    if len(layout) > MAX_NODES:
        raise BadInput(f"{len(layout):,} places for {MAX_NODES} nodes at most")
    return {
        _check_text(name): (_on_sheet(x), _on_sheet(y))
        for name, (x, y) in layout.items()
    }


def nodes_of(data: FlowData) -> Mapping[str, object]:
    """Return the nodes; none where the document has no such thing yet."""
    nodes = data.get("nodes")
    return nodes if isinstance(nodes, Mapping) else {}


def changes(before: FlowData, after: FlowData) -> list[Change]:
    """Return what differs: of the flow itself first, then node by node."""
    found = [
        Change("", key, old, new)
        for key, old, new in _differing(_without_nodes(before), _without_nodes(after))
    ]
    old_nodes, new_nodes = nodes_of(before), nodes_of(after)
    for name in dict.fromkeys([*old_nodes, *new_nodes]):
        old, new = old_nodes.get(name), new_nodes.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += [Change(name, *each) for each in _differing(old, new)]
        elif old != new:
            found.append(Change(name, "", old, new))
    return found


def merged(base: FlowData, mine: FlowData, theirs: FlowData) -> FlowData | None:
    """Return both people's changes of `base` in one; None if they touch one thing.

    A thing is a node, or a key of the flow itself: two people who each changed a
    node of their own need not be asked.
    """
    top = _merged_keys(*(_without_nodes(each) for each in (base, mine, theirs)))
    nodes = _merged_keys(*(nodes_of(each) for each in (base, mine, theirs)))
    if top is None or nodes is None:
        return None
    return {**top, "nodes": nodes}


_GONE = object()


def _merged_keys(
    base: FlowData, mine: FlowData, theirs: FlowData
) -> dict[str, object] | None:
    result: dict[str, object] = {}
    for key in dict.fromkeys([*base, *mine, *theirs]):
        old, my, their = (each.get(key, _GONE) for each in (base, mine, theirs))
        if my != old and their not in (old, my):
            return None
        value = their if my == old else my
        if value is not _GONE:
            result[key] = value
    return result


def _without_nodes(data: FlowData) -> FlowData:
    return {key: value for key, value in data.items() if key != "nodes"}


def _differing(
    before: FlowData, after: FlowData, path: str = ""
) -> Iterator[tuple[str, object, object]]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        place = f"{path}.{key}" if path else key
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differing(old, new, place)
        elif old != new:
            yield place, old, new


def _values(value: object, depth: int) -> Iterator[tuple[object, int]]:
    """Yield every key and value with its depth, no deeper than is needed to refuse."""
    yield value, depth
    if depth > MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield key, depth
            yield from _values(inside, depth + 1)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _values(inside, depth + 1)


def _check_text(text: str) -> str:
    if len(text) > MAX_LETTERS:
        raise BadInput(
            f"a text of {len(text):,} letters; {MAX_LETTERS:,} are allowed",
            remedy="divide it into several nodes",
        )
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in text):
        raise BadInput("a text has a letter that no file can hold")
    return text


def _on_sheet(pixels: int) -> int:
    return max(-MAX_PIXELS, min(MAX_PIXELS, pixels))
