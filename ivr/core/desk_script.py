"""A campaign's script for telecallers, with a contact's fields put in. Pure.

A script is plain text in paragraphs, with placeholders such as {name} and
{district}. What comes out is text still: whoever shows it encodes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.core.say import PLACEHOLDER, Slot, parse

NOT_KNOWN = "……"  # what a telecaller reads where the list says nothing
_BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")


def placeholders(script: str) -> tuple[str, ...]:
    """Return the fields that the script names, each once, in their order.

    Raises BadInput on a brace that is no placeholder.
    """
    names = (part.name for part in parse(script) if isinstance(part, Slot))
    return tuple(dict.fromkeys(names))


def paragraphs(script: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the script's paragraphs with `values` in place of its placeholders.

    Text within a value stays as it is, braces too: nothing is merged twice.
    """
    found = (_merged(part, values) for part in _BETWEEN_PARAGRAPHS.split(script))
    return tuple(part for part in found if part)


def _merged(paragraph: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return values.get(match[1], "").strip() or NOT_KNOWN

    return PLACEHOLDER.sub(value, paragraph).strip()
