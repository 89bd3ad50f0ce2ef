"""What a campaign file may say to the telecaller's desk: script and questions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from ivr.core.desk_script import placeholders
from ivr.core.model import DeskOption, DeskQuestion
from ivr.errors import BadInput
from ivr.settings.checked import Strict

MAX_QUESTIONS = 12
MAX_OPTIONS = 12


def _script(value: str) -> str:
    try:
        placeholders(value)
    except BadInput as exc:
        raise ValueError(str(exc)) from None
    return value


Script = Annotated[
    str,
    Field(max_length=6000, pattern=r"^[^\x00-\x08\x0b-\x1f]*$"),
    AfterValidator(_script),
]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]
TextOrNone = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f]*$")]


class DeskOptionShape(Strict):
    """One answer of a question."""

    value: Word = Field(description="a stable word for results: yes, very_good")
    hi: Text
    en: TextOrNone = ""


class DeskQuestionShape(Strict):
    """One question; without options its answer is written as text."""

    id: Word = Field(description="a stable word for results")
    hi: Text
    en: TextOrNone = ""
    options: Annotated[tuple[DeskOptionShape, ...], Field(max_length=MAX_OPTIONS)] = ()

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        _once([option.value for option in self.options])
        return self

    def question(self) -> DeskQuestion:
        """Return it as the core knows it."""
        options = tuple(DeskOption(one.value, one.hi, one.en) for one in self.options)
        return DeskQuestion(self.id, self.hi, self.en, options)


def _each_id_once(
    questions: tuple[DeskQuestionShape, ...],
) -> tuple[DeskQuestionShape, ...]:
    _once([question.id for question in questions])
    return questions


def _once(words: list[str]) -> None:
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise ValueError(f"given twice: {', '.join(twice)}")


Questions = Annotated[
    tuple[DeskQuestionShape, ...],
    Field(max_length=MAX_QUESTIONS),
    AfterValidator(_each_id_once),
]
