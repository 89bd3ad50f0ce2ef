"""The screens' words in the user's language: Babel's catalogues, read as they are.

A message is written in English in the source; the Hindi is in locale/hi. Several
catalogues (one for each part of the screens) make one language. A test fails on a
message without its Hindi.

The sentences that the rooms inside write (refusals, faults, reasons) come finished and
in English: refusals_*.po has their Hindi, found by ivr.web.sentences.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from ivr.core.funnel import GATES
from ivr.errors import BadInput
from ivr.web.sentences import Sentences

LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("hi", "en")  # the first is the default
REFUSALS = "refusals_"  # how the catalogues of finished sentences begin
WHERE = "where"  # the context of a field's name


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal in its parts: what is wrong, where, and what to do."""

    message: str
    where: str | None = None
    remedy: str | None = None


def parts_of(exc: Exception) -> Said:
    """Return what an exception says, in English."""
    if isinstance(exc, BadInput):
        return Said(exc.message, exc.where, exc.remedy)
    return Said(str(exc))


@dataclass(frozen=True)
class Texts:
    """One language. English needs no catalogue: the messages are English."""

    language: str
    messages: Mapping[str, str]
    sentences: Sentences = field(default_factory=Sentences)
    wheres: Mapping[str, str] = field(default_factory=dict)

    def gettext(self, message: str, **values: object) -> str:
        """Return the message in this language, %(names)s filled in, not escaped."""
        text = self.messages.get(message, message)
        return text % values if values else text

    def known(self, sentence: str) -> str | None:
        """Return a finished English sentence in this language; None: not known."""
        if self.language == "en":
            return sentence
        return self.sentences.find(sentence)

    def told(self, said: Said | str) -> tuple[str, str]:
        """Return a refusal, fault or reason, and the language it is in."""
        if isinstance(said, str):
            said = Said(said)
        message = self.known(said.message)
        remedy = said.remedy and (self.known(said.remedy) or said.remedy)
        where = said.where and self.wheres.get(said.where, said.where)
        text = message or said.message
        text = f"{where}: {text}" if where else text
        text = f"{text} ({remedy})" if remedy else text
        return text, "en" if message is None else self.language

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
        self._texts = {name: _texts(name, folder / name) for name in LANGUAGES}

    def of(self, language: str) -> Texts:
        return self._texts.get(language) or self._texts[LANGUAGES[0]]


def _texts(language: str, folder: Path) -> Texts:
    files = sorted((folder / "LC_MESSAGES").glob("*.po"))
    finished = [file for file in files if file.name.startswith(REFUSALS)]
    words = {reason: gate.hi for gate in GATES for reason in gate.reasons}
    sentences = {
        str(entry.id): str(entry.string)
        for entry in _entries(finished, language)
        if not entry.context
    }
    messages = {
        str(entry.id): str(entry.string)
        for entry in _entries(set(files) - set(finished), language)
    }
    wheres = {
        str(entry.id): str(entry.string)
        for entry in _entries(finished, language)
        if entry.context == WHERE
    }
    return Texts(language, messages, Sentences(words | sentences, messages), wheres)


def _entries(files: Iterable[Path], language: str) -> Iterator[Message]:
    for file in sorted(files):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=language, abort_invalid=True)
        for entry in catalogue:
            if entry.id and isinstance(entry.id, str) and isinstance(entry.string, str):
                if entry.string and not entry.fuzzy:
                    yield entry


def N_(message: str) -> str:
    """Mark a message that is translated later, where it is shown."""
    return message
