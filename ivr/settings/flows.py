"""config/flows/*.yaml into core flows: every key checked, every complaint placed.

Whether a flow makes sense (dead ends, loops, missing prompts) is for
`core.flow_check`; here only its form is read.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ivr.core.flow_check import Problem
from ivr.core.flow_document import FlowData
from ivr.core.flow_model import Case, Flow, Node, NodeKind, Option
from ivr.core.model import FlowId, NodeId
from ivr.errors import BadInput
from ivr.settings.checked import Strict, read_text
from ivr.settings.flow_shape import (
    AnyNode,
    Asking,
    CaseShape,
    Defaults,
    FlowShape,
    NodeShape,
    OptionShape,
    SubFlow,
)
from ivr.settings.yaml_lines import Document, Key, parse

SCHEMA_FILE = "flow.schema.json"

_SHAPES: Mapping[str, type[NodeShape]] = {
    get_args(shape.model_fields["kind"].annotation)[0]: shape
    for shape in get_args(get_args(AnyNode)[0])
}


def load_flow(path: Path, *folders: Path) -> Flow:
    """Return the flow in `path` with the parts it uses, from the first of `folders`
    that has them; default: the same folder.

    Raises BadInput with file, line, node and remedy.
    """
    return _built(_read(path), folders or (path.parent,), ())


def flow_file(folders: Sequence[Path], name: str) -> Path | None:
    """Return the flow's file: of the first folder that has it.

    What this installation made itself lies in a folder before the shipped one.
    """
    paths = (folder / f"{name}.yaml" for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def flow_of_text(text: str, name: str, folders: Sequence[Path]) -> Flow:
    """Return the flow that `text` would be as NAME.yaml in the first of `folders`.

    Raises BadInput as load_flow does.
    """
    path = Path(f"{name}.yaml")
    return _built(_shaped(text.removeprefix("\ufeff"), path), tuple(folders), ())


def flow_of_data(data: FlowData, name: str, folders: Sequence[Path]) -> Flow:
    """Return the flow that an edit would be; its version is none that is published.

    Raises BadInput as load_flow does, without lines.
    """
    path, document = Path(f"{name}.yaml"), Document(data, {})
    try:
        shape = FlowShape.model_validate(data)
    except ValidationError as exc:
        raise complaint(path, document, exc) from exc
    text = json.dumps(data, ensure_ascii=False)
    return _built(_File(path, text, document, shape), tuple(folders), ())


def form_problems(data: FlowData, name: str) -> list[Problem]:
    """Return everything that is wrong with the form of an edit, each at its node."""
    try:
        shape = FlowShape.model_validate(data)
    except ValidationError as exc:
        found = exc.errors(include_url=False)
        return [_problem(FlowId(name), each) for each in found]
    if shape.flow != name:
        remedy = f"write flow: {name}"
        return [Problem(FlowId(name), "", "it is named otherwise in itself", remedy)]
    return []


def _problem(flow_id: FlowId, error: ErrorDetails) -> Problem:
    location = _location(error["loc"])
    said, remedy = _explained(error, location)
    node, inside = "", location
    if location[:1] == ("nodes",) and len(location) > 1:
        node, inside = str(location[1]), location[2:]
    place = ", ".join(str(p + 1) if isinstance(p, int) else p for p in inside)
    return Problem(flow_id, node, f"{place}: {said}" if place else said, remedy or "")


def load_flows(*folders: Path) -> dict[FlowId, Flow]:
    """Return every flow that can be called; parts are inside them.

    Of two files with one name, that in the earlier folder counts. The last folder
    must be there.
    """
    if not folders[-1].is_dir():
        raise BadInput("there is no such folder", where=str(folders[-1]))
    flows = [load_flow(path, *folders) for path in flow_files(*folders)]
    return {flow.flow_id: flow for flow in flows if not flow.is_part}


def flow_files(*folders: Path) -> list[Path]:
    """Return every flow's file, by name; an earlier folder's goes before."""
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in folder.glob("*.yaml"):
            paths.setdefault(path.stem, path)
    return [paths[name] for name in sorted(paths)]


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of flow files, for editors; return the paths."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **FlowShape.model_json_schema(),
    }
    path = folder / SCHEMA_FILE
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return [path]


@dataclass(frozen=True, slots=True)
class _File:
    """One file, read and of the right form."""

    path: Path
    text: str
    document: Document
    shape: FlowShape


def _built(file: _File, folders: tuple[Path, ...], inside: tuple[str, ...]) -> Flow:
    shape = file.shape
    if shape.flow in inside:
        raise BadInput(
            f"the flow enters itself: {' -> '.join([*inside, shape.flow])}",
            where=str(file.path),
            remedy="let one of these sub_flow nodes lead elsewhere",
        )
    parts = {
        part: _built(
            _read(_part_path(file, node, part, folders)),
            folders,
            (*inside, shape.flow),
        )
        for node, part in _parts(shape).items()
    }
    text = "\0".join([file.text, *(parts[part].version for part in sorted(parts))])
    return Flow(
        flow_id=FlowId(shape.flow),
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        title_hi=shape.title.get("hi", ""),
        title_en=shape.title.get("en", ""),
        start=NodeId(shape.start),
        nodes={
            NodeId(name): _node(name, node, shape.defaults)
            for name, node in shape.nodes.items()
        },
        languages=tuple(shape.languages),
        opt_out_node=NodeId(shape.opt_out) if shape.opt_out else None,
        telecaller_node=NodeId(shape.telecaller) if shape.telecaller else None,
        sub_flows={FlowId(part): flow for part, flow in parts.items()},
        is_part=shape.part,
    )


def _read(path: Path) -> _File:
    return _shaped(read_text(path).removeprefix("\ufeff"), path)


def _shaped(text: str, path: Path) -> _File:
    document = parse(text, path)
    try:
        shape = FlowShape.model_validate(document.data)
    except ValidationError as exc:
        raise complaint(path, document, exc) from exc
    if shape.flow != path.stem:
        raise BadInput(
            f"the flow is named {shape.flow!r} in a file named {path.name!r}",
            where=f"{path}:{document.line(('flow',))}",
            remedy=f"write flow: {path.stem}",
        )
    return _File(path, text, document, shape)


def _parts(shape: FlowShape) -> dict[str, str]:
    """Return node -> part, each part once."""
    entered = {n: s.flow for n, s in shape.nodes.items() if isinstance(s, SubFlow)}
    first = {part: node for node, part in reversed(entered.items())}
    return {node: part for part, node in first.items()}


def _part_path(file: _File, node: str, part: str, folders: tuple[Path, ...]) -> Path:
    path = flow_file(folders, part)
    if path is not None:
        return path
    known = sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})
    raise BadInput(
        f"node {node}: there is no flow {part!r}",
        where=f"{file.path}:{file.document.line(('nodes', node, 'flow'))}",
        remedy=_nearest(part, known),
    )


def _node(name: str, shape: NodeShape, defaults: Defaults) -> Node:
    given = shape.model_dump(
        exclude_none=True, exclude={"kind", "question", "options", "cases"}
    )
    if isinstance(shape, Asking):
        given = {**defaults.model_dump(exclude_none=True), **given}
    question = shape.question or {}
    return Node(
        node_id=NodeId(name),
        kind=NodeKind(getattr(shape, "kind")),  # noqa: B009 each shape has its own
        question_hi=question.get("hi", ""),
        question_en=question.get("en", ""),
        options=_options(getattr(shape, "options", None) or {}),
        cases=tuple(
            Case(
                {subject: tuple(v) for subject, v in case.when.items()},
                NodeId(case.goto),
            )
            for case in getattr(shape, "cases", ())
        ),
        **given,
    )


def _options(options: Mapping[str, OptionShape]) -> tuple[Option, ...]:
    return tuple(
        Option(key, o.meaning, o.hi, o.en, NodeId(o.goto) if o.goto else None)
        for key, o in options.items()
    )


def complaint(path: Path, document: Document, exc: ValidationError) -> BadInput:
    """Return one of pydantic's errors as people can use it.

    A mistyped key comes first: the key that it should be is then missing too.
    """
    errors = exc.errors(include_url=False)
    error = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    location = _location(error["loc"])
    more = exc.error_count() - 1
    message, remedy = _explained(error, location)
    return BadInput(
        f"{_place(location)}{message}" + (f" (and {more} more)" if more else ""),
        where=f"{path}:{document.line(location)}",
        remedy=remedy,
    )


def _location(loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """Leave out what pydantic adds: the kind of node, and [key]."""
    if loc[:1] == ("nodes",) and len(loc) > 2 and loc[2] in _SHAPES:
        loc = (*loc[:2], *loc[3:])
    return tuple(part for part in loc if part != "[key]")


def _place(location: tuple[Key, ...]) -> str:
    if location[:1] == ("nodes",) and len(location) > 1:
        inside = [str(p + 1) if isinstance(p, int) else p for p in location[2:]]
        return f"node {location[1]}{''.join(f', {part}' for part in inside)}: "
    return f"{', '.join(map(str, location))}: " if location else ""


def _explained(
    error: ErrorDetails, location: tuple[Key, ...]
) -> tuple[str, str | None]:
    """Return what is wrong and what to do about it."""
    given = error["input"]
    match error["type"]:
        case "extra_forbidden":
            if location[-1] == "if_none_free":
                return "if_none_free is now else", f"write else: {given}"
            known = _known_keys(error["loc"])
            return f"unknown key {location[-1]!r}", _nearest(str(location[-1]), known)
        case "missing":
            return "this is missing", "add it"
        case "union_tag_not_found":
            return "kind is missing", f"add kind: one of {', '.join(_SHAPES)}"
        case "union_tag_invalid":
            kind = str(error.get("ctx", {}).get("tag", ""))
            return f"there is no kind {kind!r}", _nearest(kind, list(_SHAPES))
        case "string_pattern_mismatch":
            return f"{given!r} cannot stand here", _latin(str(given))
        case "value_error":
            return error["msg"].removeprefix("Value error, "), None
        case _:
            shown = "" if isinstance(given, dict | list) else f" (it is {given!r})"
            return f"{error['msg']}{shown}", None


def _known_keys(loc: tuple[Key, ...]) -> list[str]:
    shape: type[Strict] = FlowShape
    if loc[0] == "defaults" and len(loc) > 1:
        shape = Defaults
    if loc[0] == "nodes" and len(loc) > 3:
        shape = _SHAPES[str(loc[2])]
        inside: dict[str, type[Strict]] = {"options": OptionShape, "cases": CaseShape}
        if len(loc) > 4:
            shape = inside[str(loc[3])]
    return [field.alias or name for name, field in shape.model_fields.items()]


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known here: {', '.join(known)}"


def _latin(given: str) -> str:
    if re.fullmatch(r"\d+", given):  # Devanagari digits are digits too
        return f"write {int(given)} in Latin digits; a key is one of 0-9 and *"
    return "use small Latin letters, digits and _, beginning with a letter"
