"""What a telecaller sees of the person they talk to, and the script they read. Pure.

The number is masked: a telecaller dials by the card, never by a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.core.flow_model import Flow, Node
from ivr.core.flow_questions import nodes_by_name
from ivr.core.model import (
    CallId,
    CampaignId,
    Contact,
    ContactId,
    DeskQuestion,
    masked,
)
from ivr.core.results import Words
from ivr.core.summary_answers import words_of

# Names that lists give to the place and the village, as the importer keeps them.
VILLAGE_FIELDS = ("village", "ग्राम", "ग्राम / वार्ड", "गाँव", "गांव", "ward", "वार्ड")


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """What came of a call before this one to the same number."""

    at: datetime
    campaign_id: CampaignId
    disposition: str
    telecaller: str = ""  # whom they talked to, by name
    outcome: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A question of the flow and what the person answered, in words."""

    question: Words
    answer: Words


@dataclass(frozen=True, slots=True)
class Card:
    """One person, for the desk that serves them."""

    call_id: CallId | None  # None: a preview, nobody has been dialled
    contact_id: ContactId
    campaign_id: CampaignId
    title_hi: str
    title_en: str
    name: str
    number: str  # masked
    village: str
    district: str  # its name in Hindi
    constituency: str
    schemes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # the list's other columns
    answers: tuple[Told, ...]  # as the IVR heard them
    earlier: tuple[EarlierCall, ...]
    script: tuple[str, ...]  # paragraphs, with the person's fields in them
    questions: tuple[DeskQuestion, ...] = ()  # what to ask, as a form


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A telecaller's own figures of the day."""

    talks: int
    talk_s: float
    outcomes: Mapping[str, int]


def village_of(contact: Contact) -> str:
    """Return the person's village, under whatever name the list has it."""
    for name in VILLAGE_FIELDS:
        if contact.fields.get(name):
            return contact.fields[name]
    return ""


def facts_of(contact: Contact) -> tuple[tuple[str, str], ...]:
    """Return the other columns that have something to say, in the list's order."""
    return tuple(
        (name, value)
        for name, value in contact.fields.items()
        if value and name not in VILLAGE_FIELDS
    )


def told(flow: Flow, heard: Sequence[tuple[str, str]]) -> tuple[Told, ...]:
    """Return (node, meaning) pairs in the words of the flow."""
    nodes = nodes_by_name(flow)
    return tuple(
        Told(words_of(flow, name), _answer(nodes.get(name), meaning))
        for name, meaning in heard
    )


# What keys mean that are no answer to the question itself.
ASIDE = {
    "telecaller": Words("किसी साथी से बात चाही", "asked for a person"),
    "opt_out": Words("आगे कॉल नहीं चाहिए", "wants no more calls"),
}


def _answer(node: Node | None, meaning: str) -> Words:
    if meaning in ASIDE:
        return ASIDE[meaning]
    for option in node.options if node else ():
        if option.meaning == meaning and option.label_hi:
            return Words(option.label_hi, option.label_en or option.label_hi)
    return Words(meaning, meaning)


def script_values(
    contact: Contact, *, district: str, telecaller: str
) -> dict[str, str]:
    """Return what the script's placeholders stand for: the list's columns and these."""
    return {
        **contact.fields,
        "name": contact.name,
        "district": district,
        "village": village_of(contact),
        "constituency": contact.constituency,
        "telecaller": telecaller,
    }


def number_shown(contact: Contact) -> str:
    """Return the number as telecallers see it: 98•••••345."""
    return masked(contact.number)
