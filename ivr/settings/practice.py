"""config/practice/*.yaml: the virtual voters with whom telecallers practise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from ivr.core.model import DeskOption, DeskQuestion
from ivr.core.practice import PracticePerson, Scenario
from ivr.core.results import Words
from ivr.core.talk_outcomes import OUTCOMES
from ivr.errors import BadInput
from ivr.settings.checked import Strict, read_yaml
from ivr.settings.desk_shape import DeskOptionShape, Script, Text, Word

FOLDER = "config/practice"
MAX_LINES = 30
NAME = r"[a-z0-9][a-z0-9-]{0,39}"


class BothShape(Strict):
    hi: Text
    en: Text

    def words(self) -> Words:
        return Words(self.hi, self.en)


class PersonShape(Strict):
    """Somebody invented; a real person has no place here."""

    name: Text
    village: str = ""
    district: str = ""
    schemes: tuple[Word, ...] = ()
    facts: Mapping[Text, Text] = Field(default_factory=dict)


class PracticeQuestionShape(Strict):
    """A question of the form, and the answer that a good telecaller finds out."""

    id: Word
    hi: Text
    en: Text
    options: Annotated[tuple[DeskOptionShape, ...], Field(min_length=2, max_length=12)]
    expected: Word

    @model_validator(mode="after")
    def _expected_is_an_option(self) -> Self:
        if self.expected not in {one.value for one in self.options}:
            raise ValueError(f"{self.expected!r} is none of the options")
        return self

    def question(self) -> DeskQuestion:
        options = tuple(DeskOption(one.value, one.hi, one.en) for one in self.options)
        return DeskQuestion(self.id, self.hi, self.en, options)


def _known(outcome: str) -> str:
    if outcome not in OUTCOMES:
        raise ValueError(f"known outcomes: {', '.join(OUTCOMES)}")
    return outcome


class ScenarioShape(Strict):
    """One file of config/practice."""

    title: BothShape
    about: BothShape
    person: PersonShape
    voice: Annotated[str, Field(pattern=r"^[a-z]{2}_[a-z]{2,20}$")]
    patience_s: Annotated[float, Field(ge=2, le=60)] = 8.0
    silence: Text
    script: Script = ""
    lines: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_LINES)]
    questions: Annotated[tuple[PracticeQuestionShape, ...], Field(max_length=12)] = ()
    outcome: Annotated[str, AfterValidator(_known)]

    def scenario(self, scenario_id: str) -> Scenario:
        who = self.person
        return Scenario(
            scenario_id=scenario_id,
            title=self.title.words(),
            about=self.about.words(),
            person=PracticePerson(
                who.name,
                who.village,
                who.district,
                who.schemes,
                tuple(who.facts.items()),
            ),
            lines=self.lines,
            silence=self.silence,
            patience_s=self.patience_s,
            script=self.script,
            questions=tuple(one.question() for one in self.questions),
            expected={one.id: one.expected for one in self.questions},
            outcome=self.outcome,
        )


def load_scenarios(folder: Path) -> tuple[tuple[Scenario, str], ...]:
    """Return every scenario and the voice that speaks it, by name. Raises BadInput."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        if not _is_name(path.stem):
            raise BadInput(
                "is no name for a scenario",
                where=str(path),
                remedy="small letters, digits and '-'",
            )
        shape = read_yaml(path, ScenarioShape)
        found.append((shape.scenario(path.stem), shape.voice))
    return tuple(found)


def _is_name(stem: str) -> bool:
    return re.fullmatch(NAME, stem) is not None
