"""What a pacing policy sees and is told in the laboratory, and how it is scored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class What(StrEnum):
    """What an Outcome tells of; what its seconds mean."""

    ANSWERED = "answered"  # by a person: age since the call was placed
    MACHINE = "machine"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no_answer"
    CONNECTED = "connected"  # how long the person had waited
    ABANDONED = "abandoned"  # the same
    TALK_OVER = "talk_over"  # how long it was
    WRAP_OVER = "wrap_over"
    ACCEPTED = "accepted"  # in a survey, a telecaller who was offered: age since answer
    DECLINED = "declined"
    LEFT = "left"  # the survey, without wanting a telecaller


@dataclass(frozen=True, slots=True)
class Outcome:
    what: What
    seconds: float
    at_s: float  # on the world's clock


@dataclass(frozen=True, slots=True)
class View:
    """All that a policy may know of the moment. Ages in seconds."""

    now_s: float = 0.0
    ready: int = 0
    talking_s: tuple[float, ...] = ()
    wrapping_s: tuple[float, ...] = ()
    ringing_s: tuple[float, ...] = ()
    waiting: int = 0  # answered, and nobody has taken them yet
    logged_in: int = 0  # at work: who is on a break is not
    answered: int = 0  # by a person, so far
    abandoned: int = 0
    in_flow_s: tuple[float, ...] = ()  # since they answered: in a survey, undecided
    promised_s: tuple[float, ...] = ()  # since a telecaller was offered: undecided
    held_s: tuple[float, ...] = ()  # who accepted and hears a question: since it began
    offerable: int = 0  # of those in the flow, who were not offered one yet


class Policy(Protocol):
    """Decides for one world. A new one for each run."""

    name: str

    def decide(self, view: View) -> int:
        """Return how many calls to place now."""

    def saw(self, outcome: Outcome) -> None:
        """Learn of what happened, or do not."""


@dataclass(frozen=True, slots=True)
class Score:
    """What came of a run."""

    placed: int
    answered: int  # by a person
    wanted: (
        int  # a telecaller: everybody who answered, but in a survey those who accept
    )
    abandoned: int
    connected: int
    busy_s: float  # talk and wrap-up within the run
    work_s: float  # logged in, less breaks
    wait_p95_s: float = 0.0  # of those connected
    waited_s: float = 0.0  # in a survey, all that those who accepted waited, of it
    message_s: float = 0.0  # with a message, and
    question_s: float = 0.0  # with the next question

    @property
    def utilisation(self) -> float:
        return self.busy_s / self.work_s if self.work_s else 0.0

    @property
    def abandonment(self) -> float:
        return self.abandoned / self.wanted if self.wanted else 0.0

    @property
    def silence_s(self) -> float:
        """Return how long those who accepted heard nothing."""
        return self.waited_s - self.message_s - self.question_s

    @property
    def connects_per_hour(self) -> float:
        """Return those of one telecaller."""
        return self.connected / (self.work_s / 3600) if self.work_s else 0.0

    @property
    def dials_per_connect(self) -> float:
        return self.placed / self.connected if self.connected else 0.0
