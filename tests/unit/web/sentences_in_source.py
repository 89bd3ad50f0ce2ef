"""Every sentence that the rooms write for people, read from their source by `ast`.

A sentence is a template as in `ivr.web.sentences`: f"there is no flow {flow_id!r}"
is `there is no flow {flow_id}`. What cannot be read from the source (another room's
message, handed on) is not given: it is found where it was written.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).parents[3] / "ivr"
# Whose messages reach a page: which arguments are sentences.
CALLS: dict[str, tuple[int | str, ...]] = {
    "BadInput": (0, "remedy"),
    "TooBig": (0, "remedy"),
    "SetupFailed": (0,),
    "StoreUnavailable": (0,),
    "SwitchGone": (0,),
    "TrialRefused": (1,),
    "Refused": (1,),
    "No": (1,),
    "Held": (1,),
    "Problem": (2, 3),
    "Wrong": (1, 2),
    "KeyProblem": (1, 2),
    "PacingDecision": (1, "because"),
    "FloorCampaign": ("because",),
}
# Names that mean something else in other rooms.
IN_ROOM: dict[str, dict[str, tuple[int | str, ...]]] = {
    "settings": {"ValueError": (0,)},  # a shape's own rule: pydantic hands it on
    "web": {"HTTPForbidden": ("text",), "HTTPConflict": ("text",)},
    "workshop": {"ok": (1,), "note": (1, 2), "wrong": (1, 2)},
}
DEEPEST = 5


@dataclass
class _Module:
    """A file: its constants and functions, by name."""

    file: str
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                if node.value is not None:
                    self.constants[node.target.id] = node.value
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions[node.name] = node


@dataclass
class Found:
    """The sentences, and the places (`where`) that are one word, each with its file."""

    sentences: dict[str, str] = field(default_factory=dict)
    wheres: dict[str, str] = field(default_factory=dict)


@cache
def found(room: str, whole: tuple[tuple[str, str], ...] = ()) -> Found:
    """Return what a room says; of functions in `whole`, all that they give back."""
    result = Found()
    for path in sorted((ROOT / room).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        module = _Module(name, ast.parse(path.read_text("utf-8")))
        for text in _of_module(module, room, whole):
            result.sentences.setdefault(text, name)
        for call in _calls(module.tree):
            given = _argument(call, "where") if _called(call) == "BadInput" else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                result.wheres.setdefault(given.value, name)
    return result


def _of_module(
    module: _Module, room: str, whole: tuple[tuple[str, str], ...]
) -> Iterator[str]:
    calls = CALLS | IN_ROOM.get(room, {})
    for function in [None, *module.functions.values()]:
        reader = _Reader(module, function)
        for call in _calls(function or module.tree):
            for place in calls.get(_called(call), ()):
                if (given := _argument(call, place)) is not None:
                    yield from reader.sentences(given)
        for given in _assigned(function or module.tree):
            yield from reader.sentences(given)
        if function is not None and _is_whole(module.file, function.name, whole):
            for given in [*_given_back(function), *_in_tables(function)]:
                yield from reader.sentences(given)


def _is_whole(file: str, name: str, whole: tuple[tuple[str, str], ...]) -> bool:
    return (file, name) in whole or (file, "*") in whole


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _argument(call: ast.Call, place: int | str) -> ast.expr | None:
    if isinstance(place, str):
        return next((k.value for k in call.keywords if k.arg == place), None)
    before = call.args[: place + 1]
    is_there = len(before) > place
    return None if not is_there or _starred(before) else before[place]


def _starred(given: list[ast.expr]) -> bool:
    return any(isinstance(one, ast.Starred) for one in given)


def _given_back(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            value = node.value
            yield from value.elts if isinstance(value, ast.Tuple) else [value]


def _assigned(function: ast.AST) -> Iterator[ast.expr]:
    """Yield what is kept as the reason of a decision."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="because")], value=value):
                yield value
            case ast.AnnAssign(
                target=ast.Name(id="because"), value=ast.Constant() as v
            ):
                yield v


def _in_tables(function: ast.AST) -> Iterator[ast.expr]:
    """Yield the sentences in a function's tables: their keys and values."""
    for node in ast.walk(function):
        match node:
            case ast.Dict(keys=keys, values=values):
                yield from (one for one in [*keys, *values] if _has_words(one))
            case ast.Subscript(slice=ast.JoinedStr() as key):
                yield key


def _has_words(given: ast.expr | None) -> bool:
    match given:
        case ast.Constant(value=str(text)):
            return " " in text
    return isinstance(given, ast.JoinedStr)


class _Reader:
    """Reads expressions inside one function, or outside of all."""

    def __init__(self, module: _Module, function: ast.AST | None) -> None:
        self._module = module
        self._local: dict[str, list[ast.expr]] = defaultdict(list)
        self._added: dict[str, list[ast.expr]] = defaultdict(list)
        self._aside: list[ast.expr] = []
        self._seen: set[str] = set()
        for node in ast.walk(function) if function is not None else ():
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._local[name].append(value)
                case ast.Assign(targets=[ast.Tuple(elts=to)], value=ast.Tuple(elts=by)):
                    for name, value in zip(to, by, strict=False):
                        if isinstance(name, ast.Name):
                            self._local[name.id].append(value)
                case ast.AugAssign(target=ast.Name(id=name), value=value):
                    self._added[name].append(value)

    def sentences(self, given: ast.expr) -> Iterator[str]:
        """Yield the templates with words that an expression can be."""
        for pieces in self._forms(given, 0):
            if (text := _template(pieces)) is not None:
                yield text
        while self._aside:  # what fills a place may be a sentence too
            for pieces in self._forms(self._aside.pop(), 0):
                if (text := _template(pieces)) is not None:
                    yield text

    def _forms(self, given: ast.expr, depth: int) -> list[list[str | ast.expr]]:
        """Return every form of a text: what is fixed, and expressions between."""
        if depth > DEEPEST:
            return [[given]]
        match given:
            case ast.Constant(value=str(text)):
                return [[text]]
            case ast.Constant():
                return []
            case ast.JoinedStr(values=values):
                return self._joined(values, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [self._forms(side, depth + 1) for side in (left, right)]
                return [[*a, *b] for a, b in product(*sides)]
            case ast.IfExp(body=body, orelse=orelse):
                return self._forms(body, depth + 1) + self._forms(orelse, depth + 1)
            case ast.BoolOp(values=values):
                return [f for value in values for f in self._forms(value, depth + 1)]
            case ast.Name(id=name):
                return self._named(given, name, depth)
            case ast.Subscript(value=ast.Name(id=name)):
                table = self._module.constants.get(name)
                if isinstance(table, ast.Dict):
                    return [f for v in table.values for f in self._forms(v, depth + 1)]
            case ast.Call(func=ast.Name(id=name)) if name in self._module.functions:
                return self._returned(given, name, depth)
            case ast.Call(func=ast.Name(id="N_"), args=[text]):
                return self._forms(text, depth + 1)
        return [[given]]

    def _joined(self, values: list[ast.expr], depth: int) -> list[list[str | ast.expr]]:
        pieces: list[str | ast.expr] = []
        for value in values:
            match value:
                case ast.Constant(value=str(text)):
                    pieces.append(text)
                case ast.FormattedValue(value=inside):
                    pieces.append(inside)
                    self._look_later(inside)
        return [pieces]

    def _look_later(self, inside: ast.expr) -> None:
        key = ast.unparse(inside)
        has_more = isinstance(inside, ast.Name | ast.BoolOp | ast.IfExp | ast.Call)
        if has_more and key not in self._seen:
            self._seen.add(key)
            self._aside.append(inside)

    def _named(
        self, given: ast.expr, name: str, depth: int
    ) -> list[list[str | ast.expr]]:
        values = self._local.get(name) or []
        if not values and name in self._module.constants:
            values = [self._module.constants[name]]
        forms = [f for value in values for f in self._forms(value, depth + 1)]
        for added in self._added.get(name, ()):
            forms += [[given, *f] for f in self._forms(added, depth + 1)]
        return forms or [[given]]

    def _returned(
        self, given: ast.expr, name: str, depth: int
    ) -> list[list[str | ast.expr]]:
        function = self._module.functions[name]
        reader = _Reader(self._module, function)
        reader._aside, reader._seen = self._aside, self._seen
        forms = []
        for value in _given_back(function):
            forms += reader._forms(value, depth + 1)
        return forms or [[given]]


def _template(pieces: list[str | ast.expr]) -> str | None:
    """Return a form as a template; None when it has no words of its own."""
    fixed = "".join(piece for piece in pieces if isinstance(piece, str))
    if not any(letter.isascii() and letter.isalpha() for letter in fixed):
        return None
    names: dict[str, str] = {}
    text = ""
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=True):
        if isinstance(piece, str):
            text += piece.replace("{", "{{").replace("}", "}}")
        elif isinstance(after, str):  # of two places side by side, the second
            text += f"{{{_place(piece, names)}}}"
    text = text.strip(" :")
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def shape(template: str) -> str:
    """Return a template without the names of its places."""
    parts = Formatter().parse(template)
    return "".join(text + ("" if place is None else "\0") for text, place, *_ in parts)


def _place(given: ast.expr, names: dict[str, str]) -> str:
    """Return the place's name: one for one expression."""
    whole = ast.unparse(given)
    if whole not in names:
        name = _word(given) or "value"
        taken = list(names.values())
        count = 1 + sum(t == name or t.startswith(f"{name}_") for t in taken)
        names[whole] = name if name not in taken else f"{name}_{count}"
    return names[whole]


def _word(given: ast.expr) -> str:
    """Return the word that says most of an expression."""
    match given:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return key if key.isidentifier() else _word(value)
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return _word(value)
        case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[first, *_]):
            return _word(first)  # ", ".join(names)
        case ast.Call(func=ast.Name(), args=[first, *_]) if _word(first):
            return _word(first)  # len(names)
        case ast.Call(func=ast.Name(id=name)):
            return name.strip("_").lower()
        case ast.Call(func=ast.Attribute(value=value)):
            return _word(value)
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _word(first)
        case ast.BinOp(left=left, right=right):
            return _word(left) or _word(right)
        case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
            return _word(elt)
        case ast.List(elts=[first, *_]) | ast.Tuple(elts=[first, *_]):
            return _word(first)
    return ""
