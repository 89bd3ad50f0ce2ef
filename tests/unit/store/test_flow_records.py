"""A flow as the store keeps it."""

from __future__ import annotations

import pytest

from ivr.core.flow_model import NodeKind, Otherwise, When
from ivr.store.records import flow_from_json, flow_to_json
from tests.fakes.flow_files import flow, hang_up, node


@pytest.mark.parametrize("otherwise", [*Otherwise, "bye", None])
@pytest.mark.parametrize("when", list(When))
def test_what_a_telecaller_node_says_is_kept_as_it_is(
    when: When, otherwise: Otherwise | str | None
) -> None:
    person = node(
        "person", NodeKind.TELECALLER, when=when, otherwise=otherwise, next="bye"
    )
    kept = flow_from_json(flow_to_json(flow(person, hang_up())))
    assert kept == flow(person, hang_up())
    found = kept.nodes[person.node_id]
    assert type(found.otherwise) is type(otherwise)
    assert found.when is when
