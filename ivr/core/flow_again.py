"""What a voter pressed while nobody was there to take it. Pure.

The switch notes every key by itself. A controller that starts asks it, and what no
answer stands for yet is taken here, as if it had been pressed now.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.core.flow import HASH, step
from ivr.core.flow_model import (
    Ask,
    Flow,
    FlowCommand,
    FlowFacts,
    KeepAnswer,
    KeysPressed,
    OptOut,
    RequestCallback,
)
from ivr.core.flow_state import FlowState
from ivr.core.model import Answer

Said = KeepAnswer | OptOut | RequestCallback
SAID = (KeepAnswer, OptOut, RequestCallback)  # what a voter told us, to be kept


def untaken(pressed: str, kept: Sequence[Answer]) -> str:
    """Return the keys of `pressed` that stand in no answer of `kept`, in order.

    `#` ends digits and is in no answer itself, so it is passed over where it does not
    fit. What does not fit at all was taken in some other way: by count then.
    """
    values = "".join(one.value for one in kept if one.kind != "speech")
    place = 0
    for key in values:
        while place < len(pressed) and pressed[place] == HASH != key:
            place += 1
        if place == len(pressed):
            return ""
        if pressed[place] != key:
            return pressed[len(values) :]
        place += 1
    if kept and kept[-1].kind == "digits" and pressed[place : place + 1] == HASH:
        place += 1
    return pressed[place:]


def in_order(commands: Sequence[FlowCommand]) -> list[FlowCommand]:
    """Return `commands`: the voter's wishes first, then their answers, then the rest.

    The answer moves the call on to its next place. A crash before that repeats the
    wish, which does no harm; the other way round it would be forgotten.
    """

    def turn(command: FlowCommand) -> int:
        if isinstance(command, OptOut | RequestCallback):
            return 0
        return 1 if isinstance(command, KeepAnswer) else 2

    return sorted(commands, key=turn)


def take_keys(
    flow: Flow,
    state: FlowState,
    commands: Sequence[FlowCommand],
    keys: str,
    facts: FlowFacts,
) -> tuple[FlowState, list[Said]]:
    """Walk `keys` of a voter who is gone through the flow; return what they said.

    `commands` are those that `state` came with (core.flow.resume). Ends where the
    flow waits for something else than keys.
    """
    said = [one for one in commands if isinstance(one, SAID)]
    while keys and isinstance(ask := commands[-1], Ask):
        event, keys = first_keys(keys, ask)
        state, commands = step(flow, state, event, facts)
        said += [one for one in commands if isinstance(one, SAID)]
    return state, said


def first_keys(keys: str, ask: Ask) -> tuple[KeysPressed, str]:
    """Return what that question takes of `keys`, and the rest."""
    for length in range(min(len(keys), ask.max_digits)):
        if keys[length] == ask.terminator:
            return KeysPressed(keys[:length], terminated=True), keys[length + 1 :]
    return KeysPressed(keys[: ask.max_digits]), keys[ask.max_digits :]
