"""What a flow file may contain: one shape for each kind of node.

These shapes are also the published JSON Schema, so each key is described here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ivr.core.flow_model import Otherwise, When
from ivr.core.say import parse
from ivr.errors import BadInput
from ivr.settings.checked import Strict

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # of a node
Meaning = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
FlowName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Digit = Annotated[str, Field(pattern=r"^[0-9*]$")]


def _by_language(value: object) -> object:
    """A plain text is Hindi."""
    return {"hi": value} if isinstance(value, str) else value


def _speakable(say: dict[str, str]) -> dict[str, str]:
    for language, template in say.items():
        try:
            parts = parse(template)
        except BadInput as exc:
            raise ValueError(str(exc)) from exc
        if not parts:
            raise ValueError(f"the text in {language!r} has nothing to say")
    return say


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


def _as_texts(value: object) -> object:
    values = value if isinstance(value, list) else [value]
    return [_as_text("" if each is None else each) for each in values]


_TEXT_SCHEMA = WithJsonSchema(
    {
        "description": "A text in Hindi, or texts by language: {hi: ..., en: ...}",
        "oneOf": [
            {"type": "string"},
            {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z]{2,3}$"},
                "additionalProperties": {"type": "string"},
            },
        ],
    }
)
Texts = Annotated[dict[Language, str], BeforeValidator(_by_language), _TEXT_SCHEMA]
Say = Annotated[Texts, AfterValidator(_speakable)]
Value = Annotated[str, BeforeValidator(_as_text)]
Values = Annotated[
    list[str],
    BeforeValidator(_as_texts),
    WithJsonSchema(
        {
            "type": ["string", "integer", "array"],
            "items": {"type": ["string", "integer"]},
        }
    ),
]
Seconds = Annotated[float, Field(gt=0, le=600)]
Retries = Annotated[int, Field(ge=0, le=5)]


class NodeShape(Strict):
    question: Texts | None = Field(None, description="The question's name in reports")
    opt_out_key: bool = Field(True, description="Key 9 opts out here")
    telecaller_key: bool = Field(True, description="Key 0 asks for a person here")


class Onward(NodeShape):
    next: Name | None = Field(None, description="The node that follows, or: return")


class Asking(Onward):
    """What all questions share."""

    say: Say
    invalid_say: Say | None = Field(None, description="Said after a wrong key")
    silence_say: Say | None = Field(None, description="Said after a silence")
    retries: Retries | None = Field(None, description="How often to ask once more")
    timeout_s: Seconds | None = Field(None, description="Patience after the question")
    on_invalid: Name | None = Field(None, description="After the last wrong key")
    on_silence: Name | None = Field(None, description="After the last silence")


class OptionShape(Strict):
    meaning: Meaning = Field(description="A stable word for results: yes, very_good")
    hi: str = Field("", description="The answer in Hindi reports")
    en: str = Field("", description="The answer in English reports")
    goto: Name | None = Field(None, description="Where it leads; else to next")


Options = dict[Digit, OptionShape]


class Play(Onward):
    kind: Literal["play"]
    say: Say


class Menu(Asking):
    kind: Literal["menu"]
    options: Options = Field(min_length=1)


class Collect(Asking):
    kind: Literal["collect"]
    min_digits: int = Field(1, ge=1, le=30)
    max_digits: int = Field(1, ge=1, le=30)
    min_value: int | None = None
    max_value: int | None = None
    read_back: bool = Field(False, description="Say the digits and ask if right")
    read_back_say: Say | None = Field(None, description="With {keys:digits} in it")
    may_skip: bool = Field(False, description="'#' alone goes on without an answer")


class Rating(Asking):
    kind: Literal["rating"]
    min_value: int = Field(1, ge=0, le=9)
    max_value: int = Field(5, ge=0, le=9)


class RecordSpeech(Onward):
    kind: Literal["record"]
    say: Say
    max_s: Seconds = 60.0
    silence_s: Seconds = Field(3.0, description="A silence this long ends it")
    beep: bool = True
    on_silence: Name | None = Field(None, description="When nothing was said")


class CaseShape(Strict):
    when: dict[str, Values] = Field(
        min_length=1,
        description="answer.NODE, contact.COLUMN, var.NAME, time.hour ...: values",
    )
    goto: Name


class Branch(Onward):
    kind: Literal["branch"]
    cases: list[CaseShape] = Field(min_length=1)


class SetValues(Onward):
    kind: Literal["set"]
    values: dict[Name, Value] = Field(min_length=1)


class ChooseLanguage(Onward):
    kind: Literal["language"]
    say: Say | None = None
    options: Options | None = Field(None, description="The meaning is the language")
    language: Language | None = Field(None, description="Without options: this one")
    invalid_say: Say | None = None
    silence_say: Say | None = None
    retries: Retries = 0
    timeout_s: Seconds | None = None


class ToTelecaller(Onward):
    kind: Literal["telecaller"]
    say: Say | None = None
    when: When = Field(
        When.ALWAYS,
        description="Hand over (or offer to): with a free desk, with one that is "
        "very likely free in time, or whatever the desks do",
    )
    offer_say: Say | None = Field(
        None, description="Asked first: who presses 0 is joined, others go to next"
    )
    timeout_s: Seconds | None = Field(None, description="Patience after the offer")
    otherwise: Otherwise | Name | None = Field(
        None,
        alias="else",
        union_mode="left_to_right",
        description="With whom nobody takes: continue, callback, wait, or a node",
    )
    otherwise_say: Say | None = Field(
        None, alias="else_say", description="What callback or wait says to them"
    )
    retries: Retries = Field(2, description="else: wait says its message so often")
    delay_s: float | None = Field(None, gt=0, description="Of else: callback")


class Callback(Onward):
    kind: Literal["callback"]
    say: Say | None = None
    delay_s: float | None = Field(None, gt=0, description="None: next good moment")


class OptOutShape(Onward):
    kind: Literal["opt_out"]
    say: Say | None = None


class SubFlow(Onward):
    kind: Literal["sub_flow"]
    flow: FlowName


class HangUpShape(NodeShape):
    kind: Literal["hang_up"]
    say: Say | None = None
    result: Literal["completed", "partial"] = "completed"


AnyNode = Annotated[
    Play
    | Menu
    | Collect
    | Rating
    | RecordSpeech
    | Branch
    | SetValues
    | ChooseLanguage
    | ToTelecaller
    | Callback
    | OptOutShape
    | SubFlow
    | HangUpShape,
    Field(discriminator="kind"),
]


class Defaults(Strict):
    """Said and done at every question that does not say otherwise."""

    invalid_say: Say | None = None
    silence_say: Say | None = None
    retries: Retries | None = None
    timeout_s: Seconds | None = None


class FlowShape(Strict):
    """A Samvad flow: what a voter hears, and what each key does."""

    flow: FlowName = Field(description="The flow's name: the file's, without .yaml")
    title: Texts
    part: bool = Field(False, description="Only for use by other flows")
    languages: list[Language] = Field(["hi"], min_length=1)
    start: Name
    opt_out: Name | None = Field(None, description="The node that key 9 leads to")
    telecaller: Name | None = Field(None, description="The node that key 0 leads to")
    defaults: Defaults = Defaults()
    nodes: dict[Name, AnyNode] = Field(min_length=1)
