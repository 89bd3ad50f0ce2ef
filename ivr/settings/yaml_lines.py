"""YAML as people write it, with the line of every value, for good complaints.

Less is read into words than YAML 1.1 does: yes, no, on and off are words, not
truth values; dates and times stay text; every key is text. A key given twice is
refused, where YAML would silently keep the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ivr.errors import BadInput

Key = str | int
MAX_VALUES = 50_000  # a file of references to references could grow for ever

# Ten times as fast where PyYAML was built with libyaml, as its wheels are.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INT = re.compile(r"[-+]?(0|[1-9]\d*)")
_FLOAT = re.compile(r"[-+]?\d+\.\d+")
_WORDS: Mapping[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content, and where each part of it stands."""

    data: object
    lines: Mapping[tuple[Key, ...], int]

    def line(self, location: tuple[Key, ...]) -> int:
        """Return the line of `location`, or of the nearest thing that holds it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def parse(text: str, path: Path) -> Document:
    """Return the document in `text`. Raises BadInput with the line."""
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise BadInput(
            f"this is not YAML: {exc.problem or exc.context}",
            where=f"{path}:{mark.line + 1}" if mark else str(path),
            remedy="check the indent, and put a text with : ? # or { in double quotes",
        ) from exc
    except yaml.YAMLError as exc:
        raise BadInput(
            f"this is not YAML: {' '.join(str(exc).split())}", where=str(path)
        ) from exc
    reader = _Reader(path)
    data = reader.value(root, ()) if root is not None else None
    return Document(data, reader.lines)


class _Reader:
    """Turns YAML nodes into values and notes their lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[tuple[Key, ...], int] = {}
        self.open: list[yaml.Node] = []
        self.count = 0

    def value(self, node: yaml.Node, location: tuple[Key, ...]) -> object:
        self.count += 1
        self.lines[location] = node.start_mark.line + 1
        if node in self.open or self.count > MAX_VALUES:
            raise self.refuse(node, "the file refers to itself without end")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        self.open.append(node)
        if isinstance(node, yaml.SequenceNode):
            made: object = [
                self.value(n, (*location, i)) for i, n in enumerate(node.value)
            ]
        else:
            made = self.mapping(node, location)
        self.open.pop()
        return made

    def mapping(self, node: yaml.Node, location: tuple[Key, ...]) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.refuse(key, "a name must be plain text")
            if key.value in made:
                raise self.refuse(key, f"{key.value} is given twice")
            made[key.value] = self.value(value, (*location, key.value))
            self.lines[(*location, key.value)] = key.start_mark.line + 1
        return made

    def refuse(self, node: yaml.Node, message: str) -> BadInput:
        line = node.start_mark.line + 1
        return BadInput(message, where=f"{self.path}:{line}", remedy="keep one of them")


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style:  # quoted, or a block of text ("" or None: plain)
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
