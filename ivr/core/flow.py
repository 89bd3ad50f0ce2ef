"""Walks a flow: given a state and what came of the last command, says what next.

Pure: no clock, no sound, no I/O. Each list of commands ends with exactly one of Ask,
Record, MayOffer, ConnectTelecaller or HangUp; the state then waits for its event.
Every key that arrives is kept by a KeepAnswer before anything is made of it.

Key 9 opts out and key 0 asks for a person wherever the voter may press a key,
unless the node says otherwise or gives the key a meaning of its own.
"""

from __future__ import annotations

from dataclasses import replace

from ivr.core.flow_model import (
    Flow,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    KeysPressed,
    Node,
    NodeKind,
    OfferAllowed,
    OfferHeld,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_state import FlowState, Waiting
from ivr.core.flow_walk import MAX_STEPS, Walk
from ivr.errors import UnexpectedEvent

OPT_OUT_KEY = "9"
TELECALLER_KEY = "0"
CONFIRM_KEY, AGAIN_KEY = "1", "2"  # in a read-back
HASH = "#"  # ends digits and recordings; alone, it is a key like any other

RATING_SCALE = (1, 5)


def start(flow: Flow, facts: FlowFacts) -> tuple[FlowState, list[FlowCommand]]:
    """Return the first state and commands: what is done when a person answers."""
    language = facts.language if facts.language in flow.languages else flow.languages[0]
    walk = Walk(flow, facts, FlowState(node=flow.start, language=language))
    walk.enter(flow.start)
    return walk.state, walk.commands


def step(
    flow: Flow, state: FlowState, event: FlowEvent, facts: FlowFacts
) -> tuple[FlowState, list[FlowCommand]]:
    """Return the state and commands after `event`.

    Raises UnexpectedEvent, changing nothing, for an event that `state` does not
    wait for.
    """
    walk = Walk(flow, facts, replace(state, steps=state.steps + 1))
    match state.waiting, event:
        case Waiting.SPOKEN, KeysPressed():
            _message_ended(walk, _pressed(event))
        case Waiting.QUESTION, KeysPressed():
            _answered(walk, event)
        case Waiting.READ_BACK, KeysPressed():
            _read_back_answered(walk, _pressed(event))
        case Waiting.RECORDING, SpeechRecorded():
            _recorded(walk, event)
        case Waiting.OFFER, OfferAllowed():
            walk.offer(walk.node)
        case Waiting.OFFER, OfferHeld():
            walk.held_back(walk.node)
        case Waiting.OFFERED, KeysPressed():
            _offer_answered(walk, _pressed(event))
        case Waiting.HELD, KeysPressed():
            _held(walk, _pressed(event))
        case Waiting.TELECALLER, TelecallerTalked():
            walk.state = replace(walk.state, wants=False)
            walk.go(walk.node.next)
        case Waiting.TELECALLER, TelecallerUnavailable():
            walk.nobody_free(walk.node)
        case _:
            raise UnexpectedEvent(
                f"{type(event).__name__} while the flow waits for {state.waiting}"
            )
    if walk.state.steps >= MAX_STEPS and not walk.state.ended:
        walk.cut_short()
    return walk.state, walk.commands


def resume(
    flow: Flow, state: FlowState, facts: FlowFacts
) -> tuple[FlowState, list[FlowCommand]]:
    """Return the commands by which what `state` waits for is asked once more.

    For a voter whose line was let go of in the middle: the message or question they
    were at comes again, and nothing that was kept is kept twice.
    """
    walk = Walk(flow, facts, state)
    match state.waiting:
        case Waiting.SPOKEN if walk.node.kind is NodeKind.TELECALLER:
            walk.speak(replace(walk.node, say=walk.node.otherwise_say))
        case Waiting.SPOKEN:
            walk.speak(walk.node)
        case Waiting.QUESTION:
            walk.ask(())
        case Waiting.READ_BACK:
            walk.read_back()
        case Waiting.RECORDING:
            walk.record(walk.node)
        case Waiting.TELECALLER:
            walk.connect(walk.node)
        case Waiting.HELD:
            walk.keep_waiting(walk.node)
        case Waiting.OFFER | Waiting.OFFERED:  # what was promised then is forgotten
            walk.enter_telecaller(walk.node)
        case Waiting.NOTHING:
            walk.hang_up(completed=state.completed)
    return walk.state, walk.commands


def scale(node: Node) -> tuple[int, int]:
    """Return the lowest and highest key of a rating."""
    lowest = RATING_SCALE[0] if node.min_value is None else node.min_value
    highest = RATING_SCALE[1] if node.max_value is None else node.max_value
    return lowest, highest


def _pressed(event: KeysPressed) -> str:
    return event.keys or (HASH if event.terminated else "")


def _message_ended(walk: Walk, keys: str) -> None:
    if keys:
        if _global_key(walk, keys):
            return
        walk.keep("key", keys, accepted=False)
    walk.leave(walk.node)


def _answered(walk: Walk, event: KeysPressed) -> None:
    keys = _pressed(event)
    if not keys:
        _silent(walk)
    elif walk.node.kind is NodeKind.COLLECT:
        _collected(walk, keys)
    elif walk.node.kind is NodeKind.RATING:
        _rated(walk, keys)
    else:
        _chosen(walk, keys)


def _silent(walk: Walk) -> None:
    node = walk.node
    if walk.may_try():
        walk.ask(walk.said(node.silence_say))
    else:
        walk.go(node.on_silence or node.next)


def _chosen(walk: Walk, keys: str) -> None:
    node = walk.node
    option = next((o for o in node.options if o.key == keys), None)
    if option is None:
        _no_answer(walk, "key", keys)
        return
    walk.accept("key", keys, option.meaning, option.meaning)
    if node.kind is NodeKind.LANGUAGE:
        walk.state = replace(walk.state, language=option.meaning)
    walk.go(option.goto or node.next)


def _rated(walk: Walk, keys: str) -> None:
    lowest, highest = scale(walk.node)
    if keys in {str(key) for key in range(lowest, highest + 1)}:
        walk.accept("rating", keys, keys, keys)
        walk.go(walk.node.next)
    else:
        _no_answer(walk, "rating", keys)


def _collected(walk: Walk, keys: str) -> None:
    node = walk.node
    if keys == HASH and node.may_skip:
        walk.keep("key", HASH, accepted=False, meaning="skipped")
        walk.go(node.next)
    elif not _fits(node, keys):
        _no_answer(walk, "digits", keys)
    else:
        walk.accept("digits", keys, keys, keys)
        if node.read_back:
            walk.state = replace(walk.state, pending=keys)
            walk.read_back()
        else:
            walk.go(node.next)


def _fits(node: Node, keys: str) -> bool:
    if not (keys.isdecimal() and node.min_digits <= len(keys) <= node.max_digits):
        return False
    if node.min_value is not None and int(keys) < node.min_value:
        return False
    return node.max_value is None or int(keys) <= node.max_value


def _no_answer(walk: Walk, kind: str, keys: str) -> None:
    """Act on 9 and 0; for anything else ask again, or go on after the last try."""
    if _global_key(walk, keys):
        return
    walk.keep(kind, keys, accepted=False)
    _ask_again(walk)


def _ask_again(walk: Walk) -> None:
    node = walk.node
    if walk.may_try():
        walk.ask(walk.said(node.invalid_say))
    else:
        walk.go(node.on_invalid or node.next)


def _read_back_answered(walk: Walk, keys: str) -> None:
    node = walk.node
    if keys == CONFIRM_KEY:
        walk.keep("key", keys, accepted=True, meaning="confirm")
        walk.go(node.next)
    elif keys == AGAIN_KEY:
        walk.keep("key", keys, accepted=True, meaning="again")
        walk.forget()
        if walk.may_try():
            walk.ask(())
        else:
            walk.go(node.on_invalid or node.next)
    elif not (keys and _global_key(walk, keys)):
        if keys:
            walk.keep("key", keys, accepted=False)
        if walk.may_try():
            walk.read_back()
        else:  # digits that nobody called wrong stand
            walk.go(node.next)


def _recorded(walk: Walk, event: SpeechRecorded) -> None:
    node = walk.node
    length = f"{event.duration_s:.1f} s"
    spoke = bool(event.file) and event.duration_s > 0
    if spoke:
        walk.accept("speech", event.file, length, event.file)
    elif event.file:
        walk.keep("speech", event.file, accepted=False, meaning=length)
    if event.key and event.key != HASH:
        if _global_key(walk, event.key):
            return
        walk.keep("key", event.key, accepted=False)
    walk.go(node.next if spoke else node.on_silence or node.next)


def _offer_answered(walk: Walk, keys: str) -> None:
    """Key 0 takes the offer; any other key, or none, declines it."""
    if keys == TELECALLER_KEY:
        walk.keep("key", keys, accepted=True, meaning="telecaller")
        walk.answer_offer(accepted=True)
    elif not (keys and _global_key(walk, keys)):
        if keys:
            walk.keep("key", keys, accepted=False)
        walk.answer_offer(accepted=False)


def _held(walk: Walk, keys: str) -> None:
    """Try again for who heard the message; key 9 still opts out."""
    if keys == OPT_OUT_KEY and _global_key(walk, keys):
        return
    if keys:
        walk.keep("key", keys, accepted=False)
    walk.enter_telecaller(walk.node)


def _global_key(walk: Walk, keys: str) -> bool:
    """Act on 9 and 0 where they hold; return whether that was it."""
    node = walk.node
    if keys == OPT_OUT_KEY and node.opt_out_key and not walk.state.opted_out:
        walk.keep("key", keys, accepted=True, meaning="opt_out")
        home = walk.home_of("opt_out")
        walk.opt_out()
    elif keys == TELECALLER_KEY and node.telecaller_key:
        home = walk.home_of("telecaller")
        if home is None:
            return False
        walk.keep("key", keys, accepted=True, meaning="telecaller")
    else:
        return False
    if home is None:
        walk.hang_up(completed=False)
    else:
        walk.jump(home)
    return True
