"""Whether an arm of a branch holds: what was answered, who it is, what time it is.

A subject is written `answer.NODE`, `var.NAME`, `contact.COLUMN`,
`contact.schemes`, `time.hour` or `time.weekday`. A value is a literal, a range
of whole numbers ("10-16", both included), or one of the SPECIAL words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ivr.core.flow_model import Case, FlowFacts
from ivr.core.say import as_date, as_decimal

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

# What a value may be besides a literal or a range.
SPECIAL: Mapping[str, Callable[[str], bool]] = {
    "*": lambda text: bool(text.strip()),  # anything at all
    "": lambda text: not text.strip(),  # nothing
    "*number": lambda text: as_decimal(text) is not None,
    "*date": lambda text: as_date(text) is not None,
}

ROOMS = ("answer", "var", "contact", "time")  # what a subject may begin with
TIMES = ("hour", "weekday")


def holds(
    case: Case,
    *,
    answers: Mapping[str, str],
    variables: Mapping[str, str],
    facts: FlowFacts,
) -> bool:
    """Return whether every condition of `case` holds."""
    return all(
        any(
            _fits(value, text)
            for value in values
            for text in _texts(subject, answers, variables, facts)
        )
        for subject, values in case.when.items()
    )


def span_of(value: str) -> tuple[int, int] | None:
    """Return both ends of a range like "10-16", or None."""
    span = re.fullmatch(r"(\d+)-(\d+)", value)
    return (int(span[1]), int(span[2])) if span else None


def _texts(
    subject: str,
    answers: Mapping[str, str],
    variables: Mapping[str, str],
    facts: FlowFacts,
) -> tuple[str, ...]:
    """Return what the subject is now; several for schemes, "" when unknown."""
    room, _, name = subject.partition(".")
    match room:
        case "answer":
            return (answers.get(name, ""),)
        case "var":
            return (variables.get(name, ""),)
        case "time":
            return (_time(name, facts),)
        case _:
            return _contact(name, facts)


def _contact(name: str, facts: FlowFacts) -> tuple[str, ...]:
    if name == "schemes":
        return facts.schemes or ("",)
    if name == "language":
        return (facts.language,)
    return (facts.fields.get(name, ""),)


def _time(name: str, facts: FlowFacts) -> str:
    if facts.now is None:
        return ""
    return str(facts.now.hour) if name == "hour" else WEEKDAYS[facts.now.weekday()]


def _fits(value: str, text: str) -> bool:
    if value in SPECIAL:
        return SPECIAL[value](text)
    if text.strip().casefold() == value.strip().casefold():
        return True
    span = span_of(value)
    if span is None or not text.isdecimal():
        return False
    return span[0] <= int(text) <= span[1]
