"""The truth log: what every simulated voter really did, as JSON lines.

Written by the carrier, which knows nothing of Samvad's memory; read by
`compare`. A line is one fact; its time is when it happened, not when written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from ivr.core.model import PhoneNumber

Fact = str | int | float | bool | None


class Happening(StrEnum):
    """What a line tells."""

    INVITED = "invited"  # a call came in: with the fate drawn for it
    RANG = "rang"
    REFUSED = "refused"  # with `sip_code`
    ANSWERED = "answered"
    PROMPT = "prompt"  # a voice began to speak
    SENTENCE = "sentence"  # understood: `text`, and its `node` in the flow
    BEEP = "beep"
    KEY = "key"  # with `key`, `mode`, and `sure` False when it may not have arrived
    SPEECH = "speech"  # with `file`, `duration_s`
    TELECALLER = "telecaller"  # heard, by their mark: `telecaller`, `talk` 1, 2 ...
    SILENCE = "silence"  # longer than a breath, with `lasted_s`; told at the end
    HUNG_UP = "hung_up"  # the voter ended the call
    ENDED = "ended"  # the call is over; `by` voter or caller


@dataclass(frozen=True, slots=True)
class TruthLine:
    at: datetime
    call: str  # SIP Call-ID: one INVITE
    number: PhoneNumber
    attempt: int  # 1 for the first INVITE to this number
    event: Happening
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def as_json(self) -> str:
        head = {
            "at": self.at.isoformat(timespec="milliseconds"),
            "call": self.call,
            "number": self.number,
            "attempt": self.attempt,
            "event": self.event.value,
        }
        return json.dumps({**head, **self.facts}, ensure_ascii=False)


HEAD = frozenset({"at", "call", "number", "attempt", "event"})


def read_truth(file: Path) -> Iterator[TruthLine]:
    """Yield the lines of a truth log; a last line cut short by a crash is left."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                return
            row = json.loads(line)
            yield TruthLine(
                at=datetime.fromisoformat(row["at"]),
                call=row["call"],
                number=PhoneNumber(row["number"]),
                attempt=row["attempt"],
                event=Happening(row["event"]),
                facts={k: v for k, v in row.items() if k not in HEAD},
            )


class TruthLog:
    """Appends lines to the file, and counts them by event."""

    def __init__(
        self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._file = file
        self._now = now
        self._out: IO[str] | None = None
        self._attempts: dict[PhoneNumber, int] = {}
        self.counts: dict[Happening, int] = dict.fromkeys(Happening, 0)

    def open(self) -> None:
        """Open for appending; attempts already in the file are counted on."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            for line in read_truth(self._file):
                if line.event is Happening.INVITED:
                    self.next_attempt(line.number)
        self._out = self._file.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None

    def next_attempt(self, number: PhoneNumber) -> int:
        """Return the number of this attempt: 1 for the first call ever."""
        self._attempts[number] = self._attempts.get(number, 0) + 1
        return self._attempts[number]

    def of(self, call: str, number: PhoneNumber, attempt: int) -> CallTruth:
        return CallTruth(self, call, number, attempt)

    def now(self) -> datetime:
        return self._now()

    def write(self, line: TruthLine) -> None:
        self.counts[line.event] += 1
        if self._out is not None:
            self._out.write(line.as_json() + "\n")


@dataclass(frozen=True, slots=True)
class CallTruth:
    """The truth log, of one call."""

    log: TruthLog
    call: str
    number: PhoneNumber
    attempt: int

    def tell(
        self, event: Happening, *, at: datetime | None = None, **facts: Fact
    ) -> None:
        moment = at or self.log.now()
        self.log.write(
            TruthLine(moment, self.call, self.number, self.attempt, event, facts)
        )
