"""What a voter pressed while nobody was there to take it. Pure.

The switch notes every key by itself. A controller that starts asks it, and what no
answer stands for yet is taken here, as if it had been pressed now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
from ivr.core.model import Answer, NodeId

Said = KeepAnswer | OptOut | RequestCallback
SAID = (KeepAnswer, OptOut, RequestCallback)  # what a voter told us, to be kept
OPT_OUT_KEY = "9"  # has a meaning before any question was heard, too


@dataclass(frozen=True, slots=True)
class Untaken:
    """Keys that stand in no answer."""

    keys: str  # pressed after the last answer, in order: to be taken now
    # Pressed before a later answer, and at whose question: its time is over.
    passed_over: tuple[tuple[NodeId, str], ...] = ()


def untaken(pressed: str, kept: Sequence[Answer]) -> Untaken:
    """Return the keys of `pressed` that stand in no answer of `kept`.

    Answers and keys are matched in order, as many as can be; what is kept in another
    order counts as kept. `#` ends digits and is in no answer itself, so before a later
    answer it is passed over in silence. The wish never to be called again, key 9, is
    not over when its question is.
    """
    said = [(key, one) for one in kept if one.kind != "speech" for key in one.value]
    fits = _fits(pressed, [key for key, _ in said])
    kept_elsewhere = Counter(
        key for place, (key, _) in enumerate(said) if place not in fits.values()
    )
    last = max(fits, default=-1)
    if kept and kept[-1].kind == "digits" and pressed[last + 1 : last + 2] == HASH:
        last += 1
    keys, passed_over = "", []
    for place, key in enumerate(pressed):
        if place in fits or (place <= last and key == HASH):
            continue
        if kept_elsewhere[key]:
            kept_elsewhere[key] -= 1
        elif place > last:
            keys += key
        else:
            then = next(said[fits[n]][1] for n in range(place, last + 1) if n in fits)
            if key == OPT_OUT_KEY and then.kind != "digits":
                keys += key
            else:
                passed_over.append((then.node, key))
    return Untaken(keys, tuple(passed_over))


def _fits(pressed: str, said: Sequence[str]) -> dict[int, int]:
    """Return which key of `pressed` is which of `said`: a longest common subsequence.

    Of several, the one with the earliest keys.
    """
    rows, columns = len(pressed), len(said)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            skip = max(best[i + 1][j], best[i][j + 1])
            same = pressed[i] == said[j]
            best[i][j] = max(skip, best[i + 1][j + 1] + 1) if same else skip
    found: dict[int, int] = {}
    i = j = 0
    while i < rows and j < columns:
        if pressed[i] == said[j] and best[i][j] == best[i + 1][j + 1] + 1:
            found[i] = j
            i, j = i + 1, j + 1
        elif best[i + 1][j] == best[i][j]:
            i += 1
        else:
            j += 1
    return found


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
