"""What an IVR flow is made of, what it asks for, and what it is told.

A `Flow` is data (written as YAML in config/flows/). `core.flow` walks it: given
a state and a `FlowEvent` it returns the next state and the `FlowCommand`s to
carry out. No clock, no sound, no I/O.

Text to be spoken is a template such as "नमस्ते {name} जी". `core.say` turns a
template and the contact's fields into `Clip`s: each is one piece of finished
audio, found by its language and text in audio/ (manifest.json).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ivr.core.model import FlowId, NodeId


class NodeKind(StrEnum):
    PLAY = "play"
    MENU = "menu"
    COLLECT = "collect"
    RATING = "rating"
    RECORD = "record"
    BRANCH = "branch"
    SET = "set"
    LANGUAGE = "language"
    TELECALLER = "telecaller"
    CALLBACK = "callback"
    OPT_OUT = "opt_out"
    SUB_FLOW = "sub_flow"
    HANG_UP = "hang_up"


class When(StrEnum):
    """When a telecaller node may hand over, or offer to."""

    FREE = "free"  # a desk is free, and nobody else was promised it
    SOON = "soon"  # one very likely is, by the time it is needed (core.offer)
    ALWAYS = "always"  # whatever the desks do; who finds nobody free was abandoned


class Otherwise(StrEnum):
    """What a telecaller node does with whom it cannot join: `else` in the file."""

    CONTINUE = "continue"  # on to `next`; the following telecaller node tries again
    CALLBACK = "callback"  # ask for a call back, say so, and on to `next`
    WAIT = "wait"  # say a message and try again, `retries` times; then on to `next`


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of audio: `text` in `language`, as listed in the manifest.

    `kind` is "prompt" (a whole sentence), "block" (a number, month or unit) or
    "field" (a person's or place's name); a missing "field" clip is skipped, a
    missing prompt or block is an error that `flow_check` reports.
    """

    language: str
    text: str
    kind: str = "prompt"


# Commands: what the flow wants done now. Exactly one of Ask, Record, MayOffer,
# ConnectTelecaller or HangUp ends each list: the flow then waits for its event.


@dataclass(frozen=True, slots=True)
class Ask:
    """Play `clips`; take up to `max_digits` keys, during them or after.

    Answered by KeysPressed (also with "" when nothing came in time).
    `first_timeout_s` runs from the end of the audio. With `max_digits` 1 any
    key ends the prompt at once (barge-in).
    """

    node: NodeId
    clips: tuple[Clip, ...]
    max_digits: int = 1
    first_timeout_s: float = 5.0
    between_timeout_s: float = 2.5
    terminator: str = "#"


@dataclass(frozen=True, slots=True)
class Record:
    """Play `clips`, beep, record until silence, '#' or the maximum.

    Answered by SpeechRecorded.
    """

    node: NodeId
    clips: tuple[Clip, ...]
    max_s: float = 60.0
    silence_s: float = 3.0
    beep: bool = True


@dataclass(frozen=True, slots=True)
class MayOffer:
    """May this voter be offered a telecaller now? Answered by OfferAllowed or
    OfferHeld. `asks`: they are asked first, and may decline."""

    node: NodeId
    when: When
    asks: bool = False


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The voter took the offer that was allowed, or did not."""

    node: NodeId
    accepted: bool


@dataclass(frozen=True, slots=True)
class ConnectTelecaller:
    """Join the voter to a free telecaller. Answered by TelecallerTalked or
    TelecallerUnavailable. `clips` are not played yet: who is joined at once would
    wait for them, and who waits hears music.

    `keep_s`: how long they may wait; None: the campaign's patience. `tries_again`:
    whom nobody takes stays in the flow with their wish, and is not lost yet.
    """

    node: NodeId
    clips: tuple[Clip, ...] = ()
    keep_s: float | None = None
    tries_again: bool = False


@dataclass(frozen=True, slots=True)
class HangUp:
    node: NodeId
    completed: bool  # True: the flow reached an end of its own


@dataclass(frozen=True, slots=True)
class KeepAnswer:
    """Store this before carrying out the commands that follow."""

    node: NodeId
    kind: str
    value: str
    accepted: bool
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class OptOut:
    """Put the number on do-not-call, for the whole organisation, now."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """The person asked to be called back; `delay_s` None: next good moment."""

    node: NodeId
    delay_s: float | None = None


FlowCommand = (
    Ask
    | Record
    | MayOffer
    | OfferAnswered
    | ConnectTelecaller
    | HangUp
    | KeepAnswer
    | OptOut
    | RequestCallback
)


# Events: what came of the last command.


@dataclass(frozen=True, slots=True)
class KeysPressed:
    """`keys` without the terminator; "" when nothing was pressed in time."""

    keys: str
    terminated: bool = False  # ended by '#'


@dataclass(frozen=True, slots=True)
class SpeechRecorded:
    file: str  # "" when nothing was recorded
    duration_s: float
    stopped_by: str = "silence"  # silence, key, maximum
    key: str = ""  # the key that stopped it


@dataclass(frozen=True, slots=True)
class TelecallerTalked:
    talk_s: float


@dataclass(frozen=True, slots=True)
class TelecallerUnavailable:
    """Nobody came within the campaign's patience, or the command's."""


@dataclass(frozen=True, slots=True)
class OfferAllowed:
    """A desk is free for this voter, or very likely will be in time."""


@dataclass(frozen=True, slots=True)
class OfferHeld:
    """Not now: who would accept might find nobody."""


FlowEvent = (
    KeysPressed
    | SpeechRecorded
    | TelecallerTalked
    | TelecallerUnavailable
    | OfferAllowed
    | OfferHeld
)


# The flow itself. Nodes are kept as data close to their YAML.

# Where `next` of a part's last node leads: back to the flow that entered it.
RETURN = NodeId("return")


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a menu."""

    key: str
    meaning: str  # a stable word for results: yes, very_good
    label_hi: str = ""
    label_en: str = ""
    goto: NodeId | None = None  # None: the node's `next`


@dataclass(frozen=True, slots=True)
class Case:
    """One arm of a branch: the first whose conditions all hold wins.

    `when` maps a subject to the values it may have: "answer.q1", "contact.district",
    "contact.schemes", "var.x", "time.hour" (values like "10-16", both included),
    "time.weekday" (monday ...). core.conditions knows the special values.
    """

    when: Mapping[str, tuple[str, ...]]
    goto: NodeId


@dataclass(frozen=True, slots=True)
class Node:
    """One step. Which fields matter depends on `kind`; see docs/flows.md."""

    node_id: NodeId
    kind: NodeKind
    say: Mapping[str, str] = field(default_factory=dict)  # language -> template
    invalid_say: Mapping[str, str] = field(default_factory=dict)
    silence_say: Mapping[str, str] = field(default_factory=dict)
    question_hi: str = ""  # for reports; default: the text said
    question_en: str = ""
    options: tuple[Option, ...] = ()
    cases: tuple[Case, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)  # set: variables
    retries: int = 2
    timeout_s: float = 5.0
    min_digits: int = 1
    max_digits: int = 1
    min_value: int | None = None
    max_value: int | None = None
    terminator: str = "#"
    read_back: bool = False
    read_back_say: Mapping[str, str] = field(default_factory=dict)
    may_skip: bool = False  # collect: '#' alone goes on without an answer
    max_s: float = 60.0
    silence_s: float = 3.0
    beep: bool = True
    delay_s: float | None = None
    flow: FlowId | None = None  # sub_flow: which
    next: NodeId | None = None
    on_invalid: NodeId | None = None  # after the last retry; default: `next`
    on_silence: NodeId | None = None
    when: When = When.ALWAYS  # telecaller
    otherwise: Otherwise | NodeId | None = None  # telecaller: whom nobody takes
    otherwise_say: Mapping[str, str] = field(default_factory=dict)
    offer_say: Mapping[str, str] = field(default_factory=dict)  # who presses 0 takes it
    opt_out_key: bool = True  # key 9 here
    telecaller_key: bool = True  # key 0 here
    language: str | None = None
    result: str = "completed"  # hang_up: completed or partial

    def __post_init__(self) -> None:
        # Read from a file or the store, a word of `else` looks like a node's name.
        words = {word.value: word for word in Otherwise}
        if self.otherwise is not None and self.otherwise in words:
            object.__setattr__(self, "otherwise", words[self.otherwise])


@dataclass(frozen=True, slots=True)
class Flow:
    flow_id: FlowId
    version: str  # sha256 of the file's text, first 12 hex digits
    title_hi: str
    title_en: str
    start: NodeId
    nodes: Mapping[NodeId, Node]
    languages: tuple[str, ...] = ("hi",)
    opt_out_node: NodeId | None = None  # where key 9 leads
    telecaller_node: NodeId | None = None  # where key 0 leads
    sub_flows: Mapping[FlowId, Flow] = field(default_factory=dict)
    is_part: bool = False  # only for use by other flows, as a sub-flow


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """What a flow may speak of and branch on besides the answers.

    `fields` holds "organisation" always, and by custom "caller_id", "name",
    "district" (the code), "district_name" (as spoken) and the list's own columns.
    """

    fields: Mapping[str, str]
    schemes: tuple[str, ...] = ()
    language: str = "hi"
    now: datetime | None = None  # in the contact's own zone
