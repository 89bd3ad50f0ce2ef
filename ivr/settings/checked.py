"""A parsed file against its shape: every key checked, unknown ones refused.

What pydantic says is turned into BadInput: file, key, what is wrong, remedy.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.errors import BadInput
from ivr.settings.yaml_lines import LOADER


class Strict(BaseModel):
    """A shape that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Shape = TypeVar("Shape", bound=BaseModel)


def read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as exc:
        raise BadInput(
            f"cannot be read ({exc.strerror})",
            where=str(path),
            remedy="check that the file is there",
        ) from exc
    except UnicodeDecodeError as exc:
        raise BadInput("is not UTF-8 text", where=str(path)) from exc


def read_yaml(path: Path, shape: type[Shape]) -> Shape:
    """Return the YAML file's content as `shape`. Raises BadInput."""
    try:
        data = yaml.load(read_text(path), LOADER)
    except yaml.YAMLError as exc:
        raise BadInput(f"is not YAML: {_one_line(exc)}", where=str(path)) from exc
    return checked(path, data, shape)


def checked(path: Path, data: object, shape: type[Shape]) -> Shape:
    """Return `data`, read from `path`, as `shape`. Raises BadInput."""
    try:
        return shape.model_validate(data)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        # A misspelt key explains the missing one, not the other way round.
        first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
        location = first["loc"]
        more = len(errors) - 1
        raise BadInput(
            first["msg"] + (f" (and {more} more)" if more else ""),
            where=f"{path}: {_key(location)}",
            remedy=_remedy(shape, first["type"], location),
        ) from exc


def _key(location: Sequence[int | str]) -> str:
    """Write ("trunk", 0, "host") as a person counts: trunk 1, host."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, int) and parts:
            parts[-1] += f" {part + 1}"
        else:
            parts.append(str(part))
    return ", ".join(parts) or "whole file"


def _remedy(
    shape: type[BaseModel], kind: str, location: Sequence[int | str]
) -> str | None:
    if kind == "missing":
        return "add it"
    if kind != "extra_forbidden":
        return None
    known = _known_keys(shape, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"remove it; known here: {', '.join(known)}"


def _known_keys(shape: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    for part in location:
        if not isinstance(part, str) or part not in shape.model_fields:
            continue
        inside = shape.model_fields[part].annotation
        models = [m for m in (inside, *get_args(inside)) if _is_model(m)]
        if models:
            shape = models[0]
    return [f.alias or name for name, f in shape.model_fields.items()]


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split())
