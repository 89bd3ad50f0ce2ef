"""A text with placeholders, made into the clips that say it. Pure: no audio here.

A template is literal text with `{name}` placeholders. `{x}` is spoken as it is
(a name, a place); `{x:rupees}`, `{x:number}`, `{x:digits}`, `{x:phone}` and
`{x:date}` are spoken from number blocks. The literal text between placeholders
becomes one clip each, so the prompt builder and the call agree on every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from ivr.core.digits import (
    all_block_texts,
    date_clips,
    digits_clips,
    number_clips,
    phone_clips,
    rupees_clips,
)
from ivr.core.flow_model import Clip, Flow, Node
from ivr.errors import BadInput, OurBug

ORGANISATION = "organisation"  # who is calling: a call never goes on without it
KEYS = "keys"  # the digits just pressed, in a read-back

READ_BACK_SAY: Mapping[str, str] = {
    "hi": "आपने दबाया {keys:digits}। सही है तो एक, गलत है तो दो दबाएँ।",
    "en": "You pressed {keys:digits}. If right press one, if wrong press two.",
}

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder; `form` is "" for a plain field."""

    name: str
    form: str = ""


def parse(template: str) -> tuple[str | Slot, ...]:
    """Return the template's texts and slots in order. Raises BadInput."""
    parts: list[str | Slot] = []
    end = 0
    for match in PLACEHOLDER.finditer(template):
        parts.append(template[end : match.start()])
        parts.append(Slot(match[1], match[2] or ""))
        end = match.end()
    parts.append(template[end:])
    for part in parts:
        if isinstance(part, Slot):
            _check_slot(part)
        elif "{" in part or "}" in part:
            raise BadInput(
                f"a brace without its pair, or a wrong placeholder, in {part!r}",
                remedy="write {name} or {amount:rupees}, in small Latin letters",
            )
    return tuple(p for p in map(_tidied, parts) if p)


def clips(
    say: Mapping[str, str], fields: Mapping[str, str], language: str
) -> tuple[Clip, ...]:
    """Return what says `say` in `language` (in Hindi if it has no such text).

    A field that is missing, or is no number or date where one is meant, is left
    out; the flow should branch on it first. The organisation may not be missing.
    """
    if not say:
        return ()
    spoken = next(c for c in (language, "hi", *say) if c in say)
    said: list[Clip] = []
    for part in parse(say[spoken]):
        if isinstance(part, Slot):
            said += _slot_clips(part, fields, spoken)
        else:
            said.append(Clip(spoken, part))
    return tuple(said)


def slots(say: Mapping[str, str]) -> Iterator[Slot]:
    """Yield the placeholders of every language."""
    for template in say.values():
        yield from (part for part in parse(template) if isinstance(part, Slot))


def all_says(node: Node) -> Iterator[Mapping[str, str]]:
    """Yield everything `node` may say, the read-back's shipped text included."""
    yield from (node.say, node.invalid_say, node.silence_say)
    yield from (node.offer_say, node.otherwise_say)
    if node.read_back:
        yield node.read_back_say or READ_BACK_SAY


def with_parts(flow: Flow) -> Iterator[Flow]:
    """Yield `flow`, its parts, their parts, and so on."""
    yield flow
    for part in flow.sub_flows.values():
        yield from with_parts(part)


def prompt_texts(flow: Flow, organisation: str | None = None) -> set[Clip]:
    """Return every fixed clip that `flow` and its parts can play.

    Number blocks are in it for each language that speaks a number; names and
    places are not. With `organisation`, so is the caller's name.
    """
    wanted: set[Clip] = set()
    for each in with_parts(flow):
        for node in each.nodes.values():
            for say in all_says(node):
                wanted |= fixed_clips(say, flow.languages)
    if organisation:
        wanted.add(Clip("hi", organisation.strip()))
    return wanted


def as_decimal(text: str) -> Decimal | None:
    """Return an amount as people write it (₹6,000.50, ६०००), or None."""
    bare = re.sub(r"^(₹|rs\.?|inr|रु\.?|रुपये)|/-$|[,\s]", "", text.strip().lower())
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def as_date(text: str) -> date | None:
    """Return a date written 2026-11-24, 24/11/2026, 24-11-2026 or 24.11.2026."""
    if match := re.match(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?\s*$", text):
        year, month, day = match.groups()
    elif match := re.match(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*$", text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _number(text: str, language: str) -> tuple[Clip, ...]:
    amount = as_decimal(text)
    return () if amount is None else number_clips(int(amount), language)


def _rupees(text: str, language: str) -> tuple[Clip, ...]:
    amount = as_decimal(text)
    return () if amount is None else rupees_clips(amount, language)


def _date(text: str, language: str) -> tuple[Clip, ...]:
    day = as_date(text)
    return () if day is None else date_clips(day, language)


FORMS: Mapping[str, Callable[[str, str], tuple[Clip, ...]]] = {
    "number": _number,
    "rupees": _rupees,
    "digits": digits_clips,
    "phone": phone_clips,
    "date": _date,
}


def _check_slot(slot: Slot) -> None:
    if slot.form and slot.form not in FORMS:
        raise BadInput(
            f"{{{slot.name}:{slot.form}}}: there is no form {slot.form!r}",
            remedy=f"use one of {', '.join(FORMS)}",
        )


def _slot_clips(
    slot: Slot, fields: Mapping[str, str], language: str
) -> tuple[Clip, ...]:
    if slot.name == ORGANISATION:
        if not fields.get(ORGANISATION, "").strip():
            raise OurBug("the call's facts do not name the organisation that calls")
        return (Clip("hi", fields[ORGANISATION].strip()),)
    value = fields.get(slot.name, "").strip()
    if not value:
        return ()
    if slot.form:
        return FORMS[slot.form](value, language)
    # Names and places are written in Devanagari and spoken by the Hindi voice,
    # also inside an English sentence.
    return (Clip("hi", value, "field"),)


def _tidied(part: str | Slot) -> str | Slot:
    """Return a text as one line without the stop that follows a placeholder."""
    if isinstance(part, Slot):
        return part
    text = " ".join(part.split()).lstrip(" ।,;:.!?-–")
    return text if any(letter.isalnum() for letter in text) else ""


def fixed_clips(say: Mapping[str, str], languages: tuple[str, ...]) -> set[Clip]:
    """Return the clips of `say` that are the same for every contact."""
    wanted: set[Clip] = set()
    for language, template in say.items():
        if language not in languages:
            continue
        for part in parse(template):
            if isinstance(part, str):
                wanted.add(Clip(language, part))
            elif part.form:
                wanted |= _blocks_of(part.form, language)
    return wanted


def _blocks_of(form: str, language: str) -> set[Clip]:
    if form in ("digits", "phone"):
        return set(digits_clips("0123456789", language))
    return {Clip(language, text, "block") for text in all_block_texts(language)}
