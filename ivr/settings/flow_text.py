"""Flow files as data for the editor, and back, leaving alone what was not edited.

`rewritten` changes only the lines of what differs: comments, order, quotes and folds
of everything else stay as somebody wrote them, byte for byte. What the editor adds is
written in one canonical way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from ivr.core.flow_document import FlowData, bounded
from ivr.errors import BadInput, OurBug
from ivr.settings.yaml_lines import LOADER, parse

SCHEMA_LINE = "# yaml-language-server: $schema=../schema/flow.schema.json\n"
INDENT = 2
WIDTH = 88  # a small mapping that fits is written on one line

_PLAIN = re.compile(r"[a-z][a-z0-9_-]*")
_PLAIN_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_WORDS = frozenset({"true", "false", "null"})  # plain, they are no text
# Letters that YAML takes for line breaks, or does not take at all.
_NOT_RAW = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_Edit = tuple[int, int, str]  # from, to, and what stands there instead


def read_document(text: str, name: str) -> FlowData:
    """Return the file's content as data. Raises BadInput with the line."""
    data = parse(text.removeprefix("\ufeff"), Path(f"{name}.yaml")).data
    if not isinstance(data, dict):
        raise BadInput("a flow is a list of keys", where=f"{name}.yaml")
    return bounded(data)


def new_text(data: FlowData) -> str:
    """Return `data` as a file of its own, in canonical form."""
    lines = "".join(_entry(str(key), value, 0) for key, value in data.items())
    return SCHEMA_LINE + lines


def rewritten(text: str, data: FlowData) -> str:
    """Return `text` changed so that it says `data`, and otherwise as it was.

    A file too unusual to be changed in place (anchors, one long line) is written
    anew.
    """
    text = text.removeprefix("\ufeff")
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:  # a file that somebody broke by hand
        root = None
    if isinstance(root, yaml.MappingNode) and not root.flow_style:
        patched = _applied(text, list(_patches(text, root, _data_of(text), data)))
        if _says(patched, data):
            return patched
    whole = new_text(data)
    if not _says(whole, data):
        raise BadInput(
            "a name or text in the flow has letters that no file keeps",
            remedy="write it with the letters of a keyboard",
        )
    return whole


def _data_of(text: str) -> FlowData:
    data = parse(text, Path("flow.yaml")).data
    return data if isinstance(data, dict) else {}


def _says(text: str, data: FlowData) -> bool:
    try:
        return _data_of(text) == data
    except BadInput:
        return False


def _patches(
    text: str, node: yaml.MappingNode, old: FlowData, new: FlowData
) -> Iterator[_Edit]:
    """Yield the edits that make the block mapping `node` say `new`."""
    indent = node.start_mark.column
    end = _line_end(text, _end(text, node))
    added = [key for key in new if key not in old]
    if added:
        before = "" if text[:end].endswith("\n") else "\n"
        lines = "".join(_entry(key, new[key], indent) for key in added)
        yield end, end, before + lines
    for key_node, value_node in node.value:
        key = key_node.value
        if key not in new:
            start = key_node.start_mark.index - key_node.start_mark.column
            yield start, _line_end(text, _end(text, value_node)), ""
        elif new[key] != old[key]:
            yield from _changed(text, (key_node, value_node), old[key], new[key])


def _changed(
    text: str, entry: tuple[yaml.Node, yaml.Node], old: object, new: object
) -> Iterator[_Edit]:
    key_node, value_node = entry
    if (
        isinstance(value_node, yaml.MappingNode)
        and not value_node.flow_style
        and isinstance(old, dict)
        and isinstance(new, Mapping)
        and any(key in new for key in old)
    ):
        yield from _patches(text, value_node, old, new)
        return
    start = text.index(":", key_node.end_mark.index) + 1
    indent = key_node.start_mark.column
    yield start, _end(text, value_node), _value(key_node.value, new, indent)


def _end(text: str, node: yaml.Node) -> int:
    """Return where the value's own letters end: before comments and blank lines."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _applied(text: str, edits: list[_Edit]) -> str:
    # From the back, so that places stay true. Of two at one place the outer one
    # comes first, and the inner one then goes before it.
    for start, end, instead in sorted(edits, key=lambda edit: -edit[0]):
        text = text[:start] + instead + text[end:]
    return text


# The canonical form.


def _entry(key: str, value: object, indent: int) -> str:
    return f"{' ' * indent}{_key(key)}:{_value(key, value, indent)}\n"


def _value(key: str, value: object, indent: int) -> str:
    """Return what follows the colon: on the same line, or as a block below it."""
    line = _on_one_line(value)
    if not isinstance(value, Mapping | list | tuple) or not value:
        return f" {line}"
    fits = indent + len(key) + 2 + len(line) <= WIDTH
    if _is_small(value) and fits:
        return f" {line}"
    if isinstance(value, Mapping):
        inside = [_entry(str(k), v, indent + INDENT) for k, v in value.items()]
        return "\n" + "".join(inside).removesuffix("\n")
    pad = " " * (indent + INDENT)
    return "".join(f"\n{pad}- {_on_one_line(each)}" for each in value)


def _is_small(value: object) -> bool:
    inside = value.values() if isinstance(value, Mapping) else value
    assert not isinstance(inside, str)
    return not any(isinstance(v, Mapping | list | tuple) for v in inside)  # type: ignore[attr-defined]


def _on_one_line(value: object) -> str:
    match value:
        case Mapping():
            inside = (f"{_key(str(k))}: {_on_one_line(v)}" for k, v in value.items())
            return "{" + ", ".join(inside) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_on_one_line, value)) + "]"
        case str():
            return _text(value)
        case None | bool() | int():
            return json.dumps(value)
        case float():
            return _number(value)
        case _:
            raise OurBug(f"{type(value).__name__} is nothing that a flow can hold")


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _quoted(key)


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text not in _WORDS
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    said = json.dumps(text, ensure_ascii=False)
    return _NOT_RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", said)


def _number(number: float) -> str:
    written = repr(number)
    return written if "e" not in written else f"{number:.6f}"
