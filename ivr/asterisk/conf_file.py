"""Templates into Asterisk's configuration files, value by value through one gate.

Knows how Asterisk's parser reads a file, and nothing of what is in which.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    Undefined,
)

from ivr.errors import BadInput, SetupFailed

# Hindi spelling uses the two joiners, which Python takes for control characters.
JOINERS = {0x200C: None, 0x200D: None}


class ConfText(str):
    """Text that a template may put into a file as it is."""


def conf_value(value: object) -> str:
    """Return `value` as Asterisk's config parser will read it back.

    Refuses what could become another line, section or dialplan expression.
    """
    if isinstance(value, ConfText):
        return value
    if isinstance(value, Undefined):
        return str(value)  # a StrictUndefined raises, and says which name it was
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float | Path):
        raise BadInput(f"{value!r} is no value for a configuration file")
    text = str(value)
    if not text.translate(JOINERS).isprintable() or text != text.strip():
        raise BadInput(
            f"{text!r} has a line break, a control character or blanks at an end"
        )
    if "${" in text or "$[" in text:
        raise BadInput(f"{text!r} would be a dialplan expression")
    return text.replace(";", "\\;")  # an unescaped ; starts a comment


def dialplan_word(value: object) -> str:
    """Return `value` fit to be an argument in extensions.conf."""
    text = conf_value(value)
    if any(letter in text for letter in ",()[]{}|&\"'\\`;"):
        raise BadInput(
            f"{text!r} cannot stand in a dialplan",
            remedy="use a folder without , ( ) [ ] { } & quotes or backslashes",
        )
    return text


def render_folder(templates: Path, out: Path, values: Mapping[str, Any]) -> list[Path]:
    """Render every NAME.j2 of `templates` to `out`/NAME; return what was written.

    Files are readable by the owner only: some hold secrets. A file of `out` that
    no template makes is left alone.
    """
    environment = _environment(templates)
    sources = sorted(templates.glob("*.j2"))
    if not sources:
        raise SetupFailed(f"there are no templates in {templates}")
    out.mkdir(parents=True, exist_ok=True)
    return [_render(environment, source, out, values) for source in sources]


def render_file(template: Path, out: Path, values: Mapping[str, Any]) -> Path:
    """Render one NAME.j2 to `out`/NAME, as `render_folder` does."""
    return _render(_environment(template.parent), template, out, values)


def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        finalize=conf_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["word"] = lambda value: ConfText(dialplan_word(value))
    return environment


def _render(
    environment: Environment, source: Path, out: Path, values: Mapping[str, Any]
) -> Path:
    try:
        text = environment.get_template(source.name).render(values)
    except TemplateError as exc:
        raise SetupFailed(f"{source}: {exc}") from exc
    except BadInput as exc:
        raise BadInput(str(exc), where=str(source), remedy=exc.remedy) from exc
    target = out / source.stem
    draft = target.with_name(f".{target.name}.new")
    mode = 0o700 if text.startswith("#!") else 0o600
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(target)
    except OSError as exc:
        raise SetupFailed(f"{target} cannot be written: {exc.strerror}") from exc
    return target
