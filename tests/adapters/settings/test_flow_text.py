"""The editor's way through a flow file and back touches only what was changed."""

from __future__ import annotations

import copy
import difflib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.core.flow_document import MAX_NODES
from ivr.errors import BadInput
from ivr.settings.flow_text import new_text, read_document, rewritten
from ivr.settings.flows import flow_of_text, form_problems, load_flow

FLOWS = Path("config/flows")
SHIPPED = sorted(path.stem for path in FLOWS.glob("*.yaml"))
ANY_SHIPPED = st.sampled_from(SHIPPED)
LETTERS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
)


def text_of(name: str) -> str:
    return (FLOWS / f"{name}.yaml").read_text("utf-8")


def changed_lines(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0)
    return [line for line in diff if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_flow_that_nobody_edited_keeps_every_byte(name: str):
    text = text_of(name)
    assert rewritten(text, read_document(text, name)) == text


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_flow_written_anew_is_an_equal_flow(name: str):
    written = new_text(read_document(text_of(name), name))
    again = flow_of_text(written, name, [FLOWS])
    shipped = load_flow(FLOWS / f"{name}.yaml")
    assert again.nodes == shipped.nodes
    assert again.languages == shipped.languages
    assert again.start == shipped.start
    assert again.opt_out_node == shipped.opt_out_node
    assert again.telecaller_node == shipped.telecaller_node


def test_one_changed_text_changes_one_line():
    text = text_of("person")
    data = copy.deepcopy(read_document(text, "person"))
    data["nodes"]["call_back"]["say"]["hi"] = "ठीक है। नमस्ते।"  # type: ignore[index]
    after = rewritten(text, data)
    assert changed_lines(text, after) == [
        '-      hi: "ठीक है, हम आपको वापस कॉल करेंगे। धन्यवाद, नमस्ते।"',
        '+      hi: "ठीक है। नमस्ते।"',
    ]


def test_comments_beside_and_above_what_is_changed_stay():
    text = text_of("person")
    data = copy.deepcopy(read_document(text, "person"))
    data["nodes"]["busy"]["retries"] = 1  # type: ignore[index]
    assert changed_lines(text, rewritten(text, data)) == [
        "-    retries: 0  # said once: they have waited long enough",
        "+    retries: 1  # said once: they have waited long enough",
    ]


def test_a_node_taken_out_and_one_added_leave_the_others_alone():
    text = text_of("survey-and-person")
    data = copy.deepcopy(read_document(text, "survey-and-person"))
    nodes = data["nodes"]
    assert isinstance(nodes, dict)
    del nodes["stars"]
    nodes["more"] = {"kind": "play", "say": {"hi": "और।"}, "next": "thanks"}
    after = rewritten(text, data)
    assert read_document(after, "x") == data
    lines = changed_lines(text, after)
    assert [line for line in lines if line[0] == "+"] == [
        "+  more:",
        "+    kind: play",
        '+    say: {hi: "और।"}',
        "+    next: thanks",
    ]
    assert "# जिसने पहले हाँ कहा" in after


def test_a_file_with_anchors_is_written_anew_and_says_the_same():
    text = (
        "flow: x\ntitle: &t {hi: क}\nstart: a\nnodes:\n  a: {kind: hang_up, say: *t}\n"
    )
    data = copy.deepcopy(read_document(text, "x"))
    data["nodes"]["a"]["say"]["hi"] = "ख"  # type: ignore[index]
    after = rewritten(text, data)
    assert read_document(after, "x")["title"] == {"hi": "क"}
    assert read_document(after, "x") == data


def test_a_file_that_was_broken_by_hand_is_written_anew():
    data = {"flow": "x", "title": "क", "nodes": {"a": {"kind": "hang_up"}}}
    assert read_document(rewritten("flow: [x\n  oh: }", data), "x") == data


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_edit_of_any_shipped_flow_reads_back_as_it_was_meant(data: st.DataObject):
    name = data.draw(ANY_SHIPPED)
    text = text_of(name)
    document = copy.deepcopy(dict(read_document(text, name)))
    nodes = document["nodes"]
    assert isinstance(nodes, dict)
    for _ in range(data.draw(st.integers(1, 4))):
        node = data.draw(st.sampled_from([*nodes, "new_one"]))
        match data.draw(st.sampled_from(["say", "drop", "keys", "key", "title"])):
            case "say":
                say = {"hi": data.draw(LETTERS), "en": data.draw(LETTERS)}
                nodes.setdefault(node, {"kind": "play"})["say"] = say
            case "drop" if len(nodes) > 1:
                nodes.pop(node, None)
            case "keys":
                options = {
                    key: {"meaning": "yes", "hi": data.draw(LETTERS)}
                    for key in data.draw(st.lists(st.sampled_from("123*"), unique=True))
                }
                nodes.setdefault(node, {"kind": "menu"})["options"] = options
            case "key":
                values = st.none() | st.booleans() | st.integers(-9, 9) | LETTERS
                nodes.setdefault(node, {})[data.draw(LETTERS)] = data.draw(
                    values | st.floats(0.1, 600)
                )
            case _:
                document["title"] = data.draw(LETTERS)
    written = rewritten(text, document)
    assert read_document(written, name) == document


def test_a_document_with_ten_thousand_nodes_is_refused():
    nodes = {f"n{i}": {"kind": "hang_up"} for i in range(10_000)}
    with pytest.raises(BadInput, match=f"10,000 nodes; {MAX_NODES} are allowed"):
        read_document(new_text({"flow": "x", "nodes": nodes}), "x")


def test_every_fault_of_form_stands_at_its_node():
    text = (
        "flow: x\ntitle: क\nstart: a\nnodes:\n"
        "  a: {kind: play, sya: क, next: b}\n  b: {kind: menu, say: ख}\n"
    )
    data = read_document(text, "x")
    found = {(each.node, each.problem) for each in form_problems(data, "x")}
    assert found == {
        ("a", "say: this is missing"),
        ("a", "sya: unknown key 'sya'"),
        ("b", "options: this is missing"),
    }
