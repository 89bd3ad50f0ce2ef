"""The writes that may wait in the spool, each as the call that it was, and as text.

Not SQL is kept but what was asked for, under a name and a version that stay: a newer
program reads what an older one left (docs/decisions/027). Whoever changes the fields of
one raises its VERSION and says in OLDER what became of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, get_args

from pydantic import TypeAdapter, ValidationError

from ivr.core.call import Call
from ivr.core.model import (
    Answer,
    CallId,
    CampaignId,
    ContactId,
    DeskState,
    Disposition,
    PhoneNumber,
    Refused,
    TelecallerId,
)
from ivr.errors import BadInput, SetupFailed
from ivr.store import answers, attempts, cards, desks, learned, queue
from ivr.store.group_commit import Spoolable, Write


class _Named:
    """What a kind of write is called in the spool, for ever."""

    __slots__ = ()
    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @property
    def name(self) -> str:
        return self.NAME


@dataclass(frozen=True, slots=True)
class KeepAnswer(_Named):
    NAME = "answer"
    answer: Answer
    place: str = ""  # where the call is in the flow by then

    def write(self, *, again: bool = False) -> Write:
        return answers.answer_kept(self.answer, self.place)


@dataclass(frozen=True, slots=True)
class KeepOptOut(_Named):
    NAME = "opt_out"
    number: PhoneNumber
    at: datetime
    source: str
    call_id: CallId | None

    def write(self, *, again: bool = False) -> Write:
        return answers.opt_out_kept(self.number, self.at, self.source, self.call_id)


@dataclass(frozen=True, slots=True)
class KeepCallback(_Named):
    NAME = "callback"
    call_id: CallId
    due_at: datetime
    at: datetime

    def write(self, *, again: bool = False) -> Write:
        return answers.callback_kept(self.call_id, self.due_at, self.at, again=again)


@dataclass(frozen=True, slots=True)
class SaveCall(_Named):
    NAME = "call"
    call: Call

    def write(self, *, again: bool = False) -> Write:
        return attempts.saved(self.call)


@dataclass(frozen=True, slots=True)
class CloseAttempt(_Named):
    NAME = "close"
    call: Call
    disposition: Disposition
    next_at: datetime | None
    because: str

    def write(self, *, again: bool = False) -> Write:
        return attempts.closed(self.call, self.disposition, self.next_at, self.because)


@dataclass(frozen=True, slots=True)
class GiveBack(_Named):
    NAME = "give_back"
    call: Call

    def write(self, *, again: bool = False) -> Write:
        return attempts.given_back(self.call)


@dataclass(frozen=True, slots=True)
class Refuse(_Named):
    NAME = "refuse"
    campaign_id: CampaignId
    contact_id: ContactId
    why: Refused

    def write(self, *, again: bool = False) -> Write:
        return queue.refused(self.campaign_id, self.contact_id, self.why)


@dataclass(frozen=True, slots=True)
class KeepDeskState(_Named):
    NAME = "desk_state"
    telecaller_id: TelecallerId
    state: DeskState
    at: datetime
    reason: str
    call_id: CallId | None

    def write(self, *, again: bool = False) -> Write:
        kept = desks.desk_state_kept_again if again else desks.desk_state_kept
        return kept(self.telecaller_id, self.state, self.at, self.reason, self.call_id)


@dataclass(frozen=True, slots=True)
class KeepConversation(_Named):
    NAME = "conversation"
    call_id: CallId
    telecaller_id: TelecallerId
    joined_at: datetime
    parted_at: datetime | None

    def write(self, *, again: bool = False) -> Write:
        return desks.conversation_kept(
            self.call_id, self.telecaller_id, self.joined_at, self.parted_at
        )


@dataclass(frozen=True, slots=True)
class KeepOutcome(_Named):
    NAME = "outcome"
    call_id: CallId
    telecaller_id: TelecallerId
    outcome: str
    notes: str
    at: datetime

    def write(self, *, again: bool = False) -> Write:
        return desks.outcome_kept(
            self.call_id, self.telecaller_id, self.outcome, self.notes, self.at
        )


@dataclass(frozen=True, slots=True)
class KeepFormAnswer(_Named):
    NAME = "form_answer"
    call_id: CallId
    place: int
    question: str
    value: str
    at: datetime

    def write(self, *, again: bool = False) -> Write:
        return cards.form_answer_kept(
            self.call_id, self.place, self.question, self.value, self.at
        )


@dataclass(frozen=True, slots=True)
class KeepLearned(_Named):
    NAME = "learned"
    about: str
    state: str
    at: datetime

    def write(self, *, again: bool = False) -> Write:
        return learned.learned_kept(self.about, self.state, self.at)


SpoolCall = (
    KeepAnswer
    | KeepOptOut
    | KeepCallback
    | SaveCall
    | CloseAttempt
    | GiveBack
    | Refuse
    | KeepDeskState
    | KeepConversation
    | KeepOutcome
    | KeepFormAnswer
    | KeepLearned
)
KINDS: dict[str, type[SpoolCall]] = {kind.NAME: kind for kind in get_args(SpoolCall)}
# By name and version: what makes of such fields those of the version after it.
OLDER: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


@cache
def _adapter(name: str) -> TypeAdapter[SpoolCall]:
    return TypeAdapter(KINDS[name])


def to_bytes(call: Spoolable) -> bytes:
    """Return the call as text. Raises BadInput: the database would not take it."""
    kind = KINDS[call.name]
    assert isinstance(call, kind)
    try:
        fields = _adapter(kind.NAME).dump_json(call)
    except ValueError as exc:  # half of a UTF-16 pair
        raise BadInput("a text that cannot be kept") from exc
    return f"{kind.NAME} {kind.VERSION} ".encode() + fields


def from_bytes(text: bytes) -> SpoolCall:
    """Return the call. Raises SetupFailed: a newer program wrote it."""
    name, version, fields = text.split(b" ", 2)
    kind = KINDS.get(name.decode())
    if kind is None or int(version) > kind.VERSION:
        raise SetupFailed(
            f"the spool holds writes ({name.decode()}, version {int(version)}) of a "
            "newer Samvad: start that one once, so that it stores them"
        )
    try:
        if int(version) == kind.VERSION:
            return _adapter(kind.NAME).validate_json(fields)
        older = json.loads(fields)
        for step in range(int(version), kind.VERSION):
            older = OLDER[kind.NAME, step](older)
        return _adapter(kind.NAME).validate_json(json.dumps(older))
    except ValidationError as exc:
        raise SetupFailed(f"a write in the spool cannot be read: {exc}") from exc
