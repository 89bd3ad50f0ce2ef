"""Flow files, good and bad: what is read, and how a mistake is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.core.flow_check import check
from ivr.core.flow_model import NodeKind
from ivr.errors import BadInput
from ivr.settings.flows import SCHEMA_FILE, load_flow, load_flows, write_schemas

FLOW = """\
flow: trial
title: जाँच
start: hello
opt_out: stop
defaults: {invalid_say: गलत बटन, retries: 1}
nodes:
  hello:
    kind: play
    say: "{organisation} की कॉल"
    next: q
  q:
    kind: menu
    say: {hi: सवाल, en: Question}
    options:
      1: {meaning: yes, hi: हाँ}
      2: {meaning: no, goto: stop}
    next: b
  b:
    kind: branch
    cases:
      - {when: {time.hour: [9, 10-12], contact.x: ~}, goto: bye}
    next: bye
  stop: {kind: opt_out, next: bye}
  bye: {kind: hang_up}
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "trial") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as told:
        load_flow(path)
    return told.value


def test_a_flow_is_read_as_people_write_it(write: Write) -> None:
    flow = load_flow(write("\ufeff" + FLOW))
    question = flow.nodes["q"]
    assert flow.title_hi == "जाँच"
    assert question.kind is NodeKind.MENU
    assert question.say == {"hi": "सवाल", "en": "Question"}
    assert [(o.key, o.meaning, o.goto) for o in question.options] == [
        ("1", "yes", None),  # not True
        ("2", "no", "stop"),
    ]
    assert question.invalid_say == {"hi": "गलत बटन"}
    assert question.retries == 1
    assert flow.nodes["b"].cases[0].when == {
        "time.hour": ("9", "10-12"),
        "contact.x": ("",),
    }


def test_the_version_changes_with_the_text_and_with_a_parts(
    write: Write, tmp_path: Path
) -> None:
    part = "flow: part\npart: true\ntitle: भाग\nstart: e\nnodes: {e: {kind: hang_up}}\n"
    with_part = FLOW.replace(
        "stop: {kind: opt_out, next: bye}", "stop: {kind: sub_flow, flow: part}"
    )
    path = write(with_part)
    (tmp_path / "part.yaml").write_text(part, "utf-8")
    first = load_flow(path).version
    assert len(first) == 12
    (tmp_path / "part.yaml").write_text(part + "# changed\n", "utf-8")
    assert load_flow(path).version != first
    assert list(load_flows(tmp_path)) == ["trial"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("kind: menu", "kind: menuu", 11, 'did you mean "menu"?'),
        ("kind: menu", "kind: मेनू", 11, "known here: play, menu"),
        ("    kind: menu\n", "", 11, "kind is missing"),
        ("    options:", "    optoins:", 14, 'did you mean "options"?'),
        ("{meaning: yes", "{meanin: yes", 15, 'did you mean "meaning"?'),
        ("{meaning: yes", "{meaning: हाँ", 15, "small Latin letters"),
        ("      1: {", "      १: {", 15, "write 1 in Latin digits"),
        ("      2: {", "      1: {", 16, "1 is given twice"),
        ("goto: stop", "gto: stop", 16, 'did you mean "goto"?'),
        ("  hello:\n", "  नमस्ते:\n", 7, "small Latin letters"),
        ("{when:", "{wen:", 21, 'did you mean "when"?'),
        ("retries: 1", "retries: 99", 5, "less than or equal to 5 (it is 99)"),
        ("retries: 1", "retires: 1", 5, 'did you mean "retries"?'),
        ("start: hello", "begin: hello", 3, "unknown key 'begin'"),
        ("start: hello\n", "", 1, "start: this is missing (add it)"),
        ("{organisation}", "{organisation", 9, "a brace without its pair"),
        ("{organisation}", "{organisation:x}", 9, "there is no form 'x'"),
        ('"{organisation} की कॉल"', '"।"', 9, "nothing to say"),
        ('"{organisation} की कॉल"', "क्या: नाम", 9, "double quotes"),
        ("    next: q", "\tnext: q", 10, "this is not YAML"),
        (
            "stop: {kind: opt_out, next: bye}",
            "stop: {kind: telecaller, if_none_free: bye, next: bye}",
            23,
            "write else: bye",
        ),
        ("flow: trial", "flow: other", 1, "write flow: trial"),
        ("next: b\n", "next: [b]\n", 17, "node q, next"),
        ("title: जाँच", "? [a, b]\n: x", 2, "a name must be plain text"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(
    write: Write, right: str, wrong: str, line: int, told: str
) -> None:
    assert right in FLOW
    path = write(FLOW.replace(right, wrong, 1))
    refused = refusal(path)
    assert told in str(refused)
    assert refused.where == f"{path}:{line}"


def test_a_part_that_is_not_there_is_told_with_the_nearest(write: Write) -> None:
    text = FLOW.replace("kind: opt_out, next: bye", "kind: sub_flow, flow: trail")
    assert 'did you mean "trial"?' in str(refusal(write(text)))


def test_a_flow_that_enters_itself_is_refused(write: Write) -> None:
    text = FLOW.replace("kind: opt_out, next: bye", "kind: sub_flow, flow: trial")
    assert "trial -> trial" in str(refusal(write(text)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "42",
        "a: &a [*a]",
        "a: !!python/object:os.system x",
        "\x00",
        "- - -",
    ],
)
def test_a_file_that_is_no_flow_is_refused_in_one_line(write: Write, text: str) -> None:
    assert "\n" not in str(refusal(write(text)))


def test_references_that_multiply_are_refused(write: Write) -> None:
    grow = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    grow += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "without end" in str(refusal(write("\n".join(grow))))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in str(refusal(tmp_path / "gone.yaml"))
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in str(refusal(path))
    with pytest.raises(BadInput, match="no such folder"):
        load_flows(tmp_path / "gone")


def test_numbers_in_values_stay_as_written(write: Write) -> None:
    given = "{n: 5, f: 2.5, d: 2026-12-06, z: 0755, t: 10:30}"
    setting = f"  c: {{kind: set, values: {given}, next: b}}\n  b:\n"
    text = FLOW.replace("  b:\n", setting)
    values = load_flow(write(text)).nodes["c"].values
    assert values == {
        "n": "5",
        "f": "2.5",
        "d": "2026-12-06",
        "z": "0755",
        "t": "10:30",
    }


def test_the_published_schema_is_current(tmp_path: Path) -> None:
    (written,) = write_schemas(tmp_path)
    published = Path("config/schema") / SCHEMA_FILE
    assert written.read_text("utf-8") == published.read_text("utf-8"), (
        "run: dialer.py schema"
    )
    assert "nodes" in json.loads(written.read_text("utf-8"))["properties"]


def test_the_shipped_folder_can_be_copied_elsewhere(tmp_path: Path) -> None:
    shutil.copytree("config/flows", tmp_path / "flows")
    assert (
        load_flows(tmp_path / "flows").keys() == load_flows(Path("config/flows")).keys()
    )


def test_the_example_in_the_docs_is_a_sound_flow(write: Write, tmp_path: Path) -> None:
    docs = Path("docs/flows.md").read_text("utf-8")
    example = docs.split("```yaml\n")[1].split("```")[0]
    for part in ("person", "opt-out"):
        shutil.copy(f"config/flows/{part}.yaml", tmp_path)
    assert check(load_flow(write(example, "water"))) == []
