"""Flows as data: how large, what differs, and two people's edits in one."""

from __future__ import annotations

import pytest

from ivr.core.flow_document import (
    MAX_NODES,
    Change,
    bounded,
    bounded_layout,
    changes,
    merged,
    named,
)
from ivr.core.model import FlowId
from ivr.errors import BadInput

BASE = {
    "flow": "water",
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "say": {"hi": "नमस्ते", "en": "Hello"}, "next": "q"},
        "q": {"kind": "menu", "options": {"1": {"meaning": "yes"}}, "next": "bye"},
        "bye": {"kind": "hang_up"},
    },
}


def edited(**nodes: object) -> dict[str, object]:
    kept = BASE["nodes"]
    assert isinstance(kept, dict)
    return {**BASE, "nodes": {**kept, **nodes}}


def test_ten_thousand_nodes_are_refused_before_anything_else_is_looked_at():
    nodes = {f"n{i}": {"kind": "hang_up"} for i in range(10_000)}
    with pytest.raises(BadInput, match=f"10,000 nodes; {MAX_NODES} are allowed"):
        bounded({"nodes": nodes})


@pytest.mark.parametrize("name", ["", "x", "../up", "a/b", "Water", "पानी", "a" * 41])
def test_a_flow_is_named_as_its_file_can_be(name: str):
    with pytest.raises(BadInput):
        named(FlowId(name))


@pytest.mark.parametrize(
    "bad",
    [
        {"nodes": {"a": {"say": "क" * 2_001}}},
        {"nodes": {"a": {"say": "\ud800"}}},
        {"nodes": {"a": {"retries": float("inf")}}},
        {"nodes": {"a": {"retries": 10**16}}},
        {"nodes": {"a": [[[[[[[[[[[[1]]]]]]]]]]]]}},
        {"nodes": {"a": list(range(30_000))}},
    ],
)
def test_what_no_flow_can_hold_is_refused(bad: dict[str, object]):
    with pytest.raises(BadInput):
        bounded(bad)


def test_a_node_drawn_off_the_sheet_is_drawn_at_its_edge():
    assert bounded_layout({"a": (10**9, -5)}) == {"a": (100_000, -5)}


def test_differences_name_node_and_key():
    after = edited(
        hello={"kind": "play", "say": {"hi": "नमस्कार", "en": "Hello"}, "next": "q"},
        more={"kind": "play"},
    )
    after["start"] = "more"
    assert changes(BASE, after) == [
        Change("", "start", "hello", "more"),
        Change("hello", "say.hi", "नमस्ते", "नमस्कार"),
        Change("more", "", None, {"kind": "play"}),
    ]


def test_two_people_who_changed_nodes_of_their_own_need_not_be_asked():
    mine = edited(hello={"kind": "play", "next": "bye"})
    theirs = edited(bye={"kind": "hang_up", "result": "partial"}, new={"kind": "play"})
    both = merged(BASE, mine, theirs)
    assert both is not None
    assert both["nodes"] == {
        "hello": {"kind": "play", "next": "bye"},
        "q": BASE["nodes"]["q"],  # type: ignore[index]
        "bye": {"kind": "hang_up", "result": "partial"},
        "new": {"kind": "play"},
    }


def test_two_people_who_changed_one_node_are_asked():
    mine = edited(hello={"kind": "play", "next": "bye"})
    assert merged(BASE, mine, edited(hello={"kind": "play"})) is None


def test_what_one_took_out_and_the_other_left_is_taken_out():
    kept = BASE["nodes"]
    assert isinstance(kept, dict)
    mine = {**BASE, "nodes": {n: v for n, v in kept.items() if n != "q"}}
    both = merged(BASE, mine, edited(new={"kind": "play"}))
    assert both is not None and set(both["nodes"]) == {"hello", "bye", "new"}  # type: ignore[call-overload]
