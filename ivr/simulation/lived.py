"""The truth log as calls: what each voter lived through, one value per INVITE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ivr.core.model import PhoneNumber
from ivr.simulation.population import Kind
from ivr.simulation.truth import Happening, TruthLine


@dataclass(frozen=True, slots=True)
class PressedKey:
    key: str
    at: datetime
    is_sure: bool  # False: the call ended in the same breath
    node: str = ""  # the question, for a voter who understood it
    waited_s: float = 0.0  # in silence, before it was pressed


@dataclass(frozen=True, slots=True)
class SpokenWords:
    file: str
    at: datetime
    duration_s: float
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silence that the voter heard, from the answer on."""

    at: datetime
    lasted_s: float


@dataclass(slots=True)
class Lived:
    """One call as the far end lived it."""

    call: str
    number: PhoneNumber
    attempt: int
    invited_at: datetime
    kind: Kind = Kind.PERSON
    samvad_call: str = ""
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    refused_with: int | None = None
    ended_at: datetime | None = None
    hung_up: bool = False  # the voter did
    voices: int = 0  # times that somebody began to speak to the voter
    prompts: list[tuple[datetime, str]] = field(default_factory=list)  # node heard
    keys: list[PressedKey] = field(default_factory=list)
    speeches: list[SpokenWords] = field(default_factory=list)
    # Who was heard in the first, second ... conversation
    talks: dict[int, list[str]] = field(default_factory=dict)
    silences: list[Quiet] = field(default_factory=list)  # long ones
    invites: int = 1  # of this SIP call: more than one is the network's fault
    last_heard_at: datetime | None = None  # the last line of all

    def __str__(self) -> str:
        return f"{self.number[:5]}…{self.number[-3:]} no. {self.attempt}"


def lived_calls(lines: Iterable[TruthLine]) -> list[Lived]:
    """Return every call of the log, in the order they came in."""
    calls: dict[str, Lived] = {}
    for line in lines:
        if line.event is Happening.INVITED and line.call in calls:
            calls[line.call].invites += 1
        elif line.event is Happening.INVITED:
            calls[line.call] = Lived(
                call=line.call,
                number=line.number,
                attempt=line.attempt,
                invited_at=line.at,
                kind=Kind(str(line.facts["kind"])),
                samvad_call=str(line.facts.get("samvad_call") or ""),
            )
        elif line.call in calls:
            _add(calls[line.call], line)
    return sorted(calls.values(), key=lambda one: one.invited_at)


def _add(call: Lived, line: TruthLine) -> None:
    facts = line.facts
    call.last_heard_at = line.at
    match line.event:
        case Happening.RANG:
            call.rang_at = line.at
        case Happening.ANSWERED:
            call.answered_at = line.at
        case Happening.REFUSED:
            call.refused_with = int(facts["sip_code"] or 0)
        case Happening.HUNG_UP:
            call.hung_up = True
        case Happening.ENDED:
            call.ended_at = line.at
        case Happening.PROMPT:
            call.voices += 1
        case Happening.SENTENCE if facts.get("node"):
            call.prompts.append((line.at, str(facts["node"])))
        case Happening.KEY:
            sure = bool(facts.get("sure", True))
            node = str(facts.get("node") or "")
            waited_s = float(facts.get("waited_s") or 0)
            call.keys.append(
                PressedKey(str(facts["key"]), line.at, sure, node, waited_s)
            )
        case Happening.SPEECH:
            sure = bool(facts.get("sure", True))
            length = float(facts["duration_s"] or 0)
            call.speeches.append(SpokenWords(str(facts["file"]), line.at, length, sure))
        case Happening.SILENCE:
            call.silences.append(Quiet(line.at, float(facts["lasted_s"] or 0)))
        case Happening.TELECALLER:
            talk = int(facts.get("talk") or 1)
            call.talks.setdefault(talk, []).append(str(facts["telecaller"]))
        case _:
            pass
