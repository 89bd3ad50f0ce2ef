"""A YAML file against its shape; a complaint names the file's line, key and remedy.

For the files that people write by hand again and again: campaigns and calendars.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ivr.errors import BadInput
from ivr.settings.checked import read_text
from ivr.settings.yaml_lines import Document, Key, parse

Shape = TypeVar("Shape", bound=BaseModel)


def read_located(path: Path, shape: type[Shape]) -> tuple[Shape, Document]:
    """Return the file as `shape`, and where its parts stand. Raises BadInput."""
    document = parse(read_text(path).removeprefix("\ufeff"), path)
    data = {} if document.data is None else document.data
    try:
        return shape.model_validate(data), document
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        more = exc.error_count() - 1
        location = tuple(part for part in error["loc"] if part != "[key]")
        message, remedy = explained(error, location, shape)
        raise BadInput(
            message + (f" (and {more} more)" if more else ""),
            where=f"{path}:{document.line(location)}",
            remedy=remedy,
        ) from exc


def explained(
    error: ErrorDetails, location: tuple[Key, ...], shape: type[BaseModel]
) -> tuple[str, str | None]:
    """Return an error of a shape in words, and the remedy where there is one."""
    place = ", ".join(str(p + 1 if isinstance(p, int) else p) for p in location)
    given = error["input"]
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {place}", _nearest(
                str(location[-1]), sorted(_keys_at(shape, location[:-1]))
            )
        case "missing":
            return f"{place} is missing", "add it"
        case "enum" | "literal_error":
            known = str(error.get("ctx", {}).get("expected", ""))
            words = [w.strip("' ") for w in known.replace(" or ", ", ").split(",")]
            return f"{place}: {given!r} is not known here", _nearest(str(given), words)
        case "value_error":
            return f"{place}: {error['msg'].removeprefix('Value error, ')}", None
    shown = "" if isinstance(given, dict | list) else f" (it is {given!r})"
    return f"{place or 'whole file'}: {error['msg']}{shown}", None


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"


def _keys_at(shape: type[BaseModel], location: tuple[Key, ...]) -> set[str]:
    """Return the keys known at `location`: of every shape that may stand there."""
    shapes = [shape]
    for part in location:
        named = [s.model_fields[str(part)] for s in shapes if part in s.model_fields]
        if named:
            shapes = [m for field in named for m in _models(field.annotation)]
    return {f.alias or name for s in shapes for name, f in s.model_fields.items()}


def _models(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inside in get_args(kind):
        yield from _models(inside)
