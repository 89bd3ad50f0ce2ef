"""The screens' words in the user's language: Babel's catalogues, read as they are.

A message is written in English in the source; the Hindi is in locale/hi. Several
catalogues (one for each part of the screens) make one language. A test fails on a
message without its Hindi.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("hi", "en")  # the first is the default


@dataclass(frozen=True)
class Texts:
    """One language. English needs no catalogue: the messages are English."""

    language: str
    messages: Mapping[str, str]

    def gettext(self, message: str, **values: object) -> str:
        """Return the message in this language, %(names)s filled in, not escaped."""
        text = self.messages.get(message, message)
        return text % values if values else text

    @property
    def as_json(self) -> str:
        return json.dumps(dict(self.messages), ensure_ascii=False, sort_keys=True)

    @cached_property  # every page and part asks
    def version(self) -> str:
        """Return what changes when a word does: browsers keep the words by it."""
        return hashlib.sha256(self.as_json.encode()).hexdigest()[:12]


class Catalogues:
    """All languages."""

    def __init__(self, folder: Path = LOCALE) -> None:
        self._texts = {name: Texts(name, _read(folder / name)) for name in LANGUAGES}

    def of(self, language: str) -> Texts:
        return self._texts.get(language) or self._texts[LANGUAGES[0]]


def _read(folder: Path) -> dict[str, str]:
    messages: dict[str, str] = {}
    for file in sorted((folder / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=folder.name, abort_invalid=True)
        for entry in catalogue:
            if entry.id and isinstance(entry.id, str) and isinstance(entry.string, str):
                if entry.string and not entry.fuzzy:
                    messages[entry.id] = entry.string
    return messages


def N_(message: str) -> str:
    """Mark a message that is translated later, where it is shown."""
    return message
