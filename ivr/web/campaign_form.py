"""The wizard's forms and a campaign's keys, each made from the other. Pure.

What a form says is put into the document as it is; ivr/settings says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from typing import Any, NamedTuple

from ivr.web.texts import N_

Fields = Callable[[str], Sequence[str]]  # a field's name to what was given for it
Document = Mapping[str, Any]

MOST_QUESTIONS, MOST_OPTIONS = 12, 12
DAYS_OFF = ("sunday", "saturday", "listed_holidays")


class Step(NamedTuple):
    """One page of the wizard, and the keys of a campaign that it fills."""

    number: int
    title: str
    keys: tuple[str, ...]


STEPS = (
    Step(
        1,
        N_("Purpose and kind"),
        (
            "campaign",
            "title",
            "organisation",
            "class",
            "starts_on",
            "ends_on",
            "only_admin_starts",
            "note",
        ),
    ),
    Step(2, N_("Whom to call"), ("lists", "filters")),
    Step(
        3,
        N_("What is said"),
        ("flow", "trunk", "caller_id", "script", "questions"),
    ),
    Step(
        4,
        N_("When, how, by whom"),
        ("mode", "centres", "routing", "windows", "off_days", "caps", "wrap_up_s"),
    ),
    Step(5, N_("Check and forecast"), ()),
)


# What a key is called on the screens.
KEY_NAMES = {
    "campaign": N_("Short name (a-z, 0-9, -)"),
    "title": N_("Title"),
    "organisation": N_("In whose name is called"),
    "class": N_("Kind of call"),
    "starts_on": N_("First day"),
    "ends_on": N_("Last day"),
    "lists": N_("Lists"),
    "filters": N_("Only some districts"),
    "flow": N_("Flow"),
    "trunk": N_("Number that people see"),
    "caller_id": N_("Number that people see"),
    "script": N_("Script"),
    "questions": N_("Questions"),
    "mode": N_("How calls are launched"),
    "centres": N_("Whose telecallers"),
    "routing": N_("Skills that a telecaller needs"),
    "windows": N_("Hours of calling, one span on each line"),
    "off_days": N_("Days off"),
    "caps": N_("Limits"),
    "wrap_up_s": N_("Seconds to note after a talk"),
}


def step_of(key: str) -> int:
    """Return the step whose form fills that key of a campaign; 5 for others."""
    top = key.partition(".")[0]
    return next((step.number for step in STEPS if top in step.keys), 5)


def merged(document: Document, step: int, fields: Fields) -> dict[str, Any]:
    """Return the document with what the step's form says; empty fields leave it."""
    said = _SAYS[step](document, fields)
    kept = dict(document) | said
    return {key: one for key, one in kept.items() if one not in ("", None, [], {})}


def _one(fields: Fields, name: str) -> str:
    return next(iter(fields(name)), "").strip()


def _purpose(document: Document, fields: Fields) -> dict[str, Any]:
    title = {"hi": _one(fields, "title_hi"), "en": _one(fields, "title_en")}
    return {
        "campaign": _one(fields, "campaign") or slug(title["en"]),
        "title": {key: one for key, one in title.items() if one},
        "organisation": _one(fields, "organisation"),
        "class": _one(fields, "class"),
        "starts_on": _one(fields, "starts_on"),
        "ends_on": _one(fields, "ends_on"),
        "only_admin_starts": _one(fields, "only_admin_starts") == "yes" or None,
        "note": _one(fields, "note"),
    }


def _whom(document: Document, fields: Fields) -> dict[str, Any]:
    filters = {
        name: _several(fields, name) for name in ("districts", "schemes", "languages")
    }
    return {
        "lists": _several(fields, "lists"),
        "filters": {key: one for key, one in filters.items() if one},
    }


def _said(document: Document, fields: Fields) -> dict[str, Any]:
    trunk, _, caller_id = _one(fields, "line").partition("|")
    return {
        "flow": _one(fields, "flow"),
        "trunk": trunk,
        "caller_id": caller_id,
        "script": _one(fields, "script").replace("\r\n", "\n"),
        "questions": _questions(document, fields),
    }


def _when(document: Document, fields: Fields) -> dict[str, Any]:
    caps = dict(document.get("caps") or {})
    for name in (
        "attempts_per_day",
        "attempts_per_campaign",
        "calls_per_s",
        "channels",
    ):
        value = _number(_one(fields, name))
        caps[name] = value
    routing = dict(document.get("routing") or {})
    routing["skills"] = _words(_one(fields, "skills"))
    days = _several(fields, "off_days") + _words(_one(fields, "off_dates"))
    return {
        "mode": _one(fields, "mode"),
        "centres": _several(fields, "centres"),
        "routing": _filled(routing),
        "windows": _lines(_one(fields, "windows")),
        # Chosen none is a choice: left out, the mode's own would count.
        "off_days": days or (() if _one(fields, "off_days_given") else None),
        "caps": _filled(caps),
        "wrap_up_s": _number(_one(fields, "wrap_up_s")),
    }


def _nothing(document: Document, fields: Fields) -> dict[str, Any]:
    return {}


_SAYS: dict[int, Callable[[Document, Fields], dict[str, Any]]] = {
    1: _purpose,
    2: _whom,
    3: _said,
    4: _when,
    5: _nothing,
}


def _questions(document: Document, fields: Fields) -> list[dict[str, Any]]:
    """Return the questions; what was there keeps its words for results."""
    given = [
        (hindi, number)
        for number in range(MOST_QUESTIONS + 1)
        if (hindi := _one(fields, f"question_{number}_hi"))
    ]
    before = _rows(document.get("questions"))
    names = _Names(before, "id", [hindi for hindi, _ in given])
    known = {one.get("hi"): one for one in reversed(before)}
    found: list[dict[str, Any]] = []
    for hindi, number in given:
        english = _one(fields, f"question_{number}_en")
        name = names.of(hindi, english, "question", number + 1)
        row: dict[str, Any] = {"id": name, "hi": hindi}
        if english:
            row["en"] = english
        text = _one(fields, f"question_{number}_options")
        options = _options(known.get(hindi, {}), text)
        if options:
            row["options"] = options
        found.append(row)
    return found


def _options(known: Mapping[str, Any], text: str) -> list[dict[str, str]]:
    """Read lines of "हाँ | Yes" into options."""
    given = [[part.strip() for part in line.partition("|")] for line in _lines(text)]
    names = _Names(_rows(known.get("options")), "value", [row[0] for row in given])
    found = []
    for place, (hindi, _, english) in enumerate(given, 1):
        row = {"value": names.of(hindi, english, "option", place), "hi": hindi}
        found.append(row | ({"en": english} if english else {}))
    return found


class _Names:
    """Words for results: each row keeps the one it has, and no two have the same."""

    def __init__(
        self, before: Sequence[Mapping[str, Any]], key: str, given: Sequence[str]
    ) -> None:
        self._kept: dict[str, list[str]] = {}
        for row in before:
            hindi, name = str(row.get("hi", "")), str(row.get(key) or "")
            if name and len(self._kept.get(hindi, ())) < given.count(hindi):
                self._kept.setdefault(hindi, []).append(name)
        self._taken = {name for names in self._kept.values() for name in names}

    def of(self, hindi: str, english: str, kind: str, place: int) -> str:
        """Return the row's own word, or one of its English, or its kind and place.

        What is taken gives way to the next number that is free.
        """
        if self._kept.get(hindi):
            return self._kept[hindi].pop(0)
        own = word(english)
        stem, first = (own[:36], 2) if own else (kind, place)
        numbered = (f"{stem}_{number}" for number in count(first))
        tries = chain([own] if own else [], numbered)
        name = next(one for one in tries if one not in self._taken)
        self._taken.add(name)
        return name


def question_rows(document: Document) -> list[dict[str, str]]:
    """Return the questions as the form shows them, and an empty one more."""
    rows = [
        {
            "hi": str(one.get("hi", "")),
            "en": str(one.get("en", "")),
            "options": "\n".join(
                " | ".join(filter(None, (o.get("hi"), o.get("en"))))
                for o in _rows(one.get("options"))
            ),
        }
        for one in _rows(document.get("questions"))
    ]
    empty = {"hi": "", "en": "", "options": ""}
    return [*rows, empty][:MOST_QUESTIONS]


def _rows(value: object) -> list[Mapping[str, Any]]:
    rows = value if isinstance(value, list | tuple) else []
    return [one for one in rows if isinstance(one, Mapping)]


def slug(text: str) -> str:
    """Return a campaign's id made of its English title: feedback-on-schemes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def word(text: str) -> str:
    """Return a word for results made of English text: did_not_say."""
    found = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].strip("_")
    return found if found[:1].isalpha() else ""


def _several(fields: Fields, name: str) -> list[str]:
    return [one.strip() for one in fields(name) if one.strip()]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return [one for one in re.split(r"[\s,;]+", text) if one]


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in row.items() if one not in ("", None, [], ())}


def _number(text: str) -> int | float | str:
    """Return the number; what is none stays text, and is refused where it counts."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
