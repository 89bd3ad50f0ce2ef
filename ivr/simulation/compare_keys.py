"""Every key that was pressed against every key that is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ivr.core.model import Answer
from ivr.simulation.agreement import CheckLine, KnownCall, Pair, line
from ivr.simulation.lived import Lived, PressedKey

SPEECH = "speech"
HESITATED_S = 1.2
TURN = timedelta(seconds=0.8)
KEY_EARLY, KEY_LATE = timedelta(seconds=1), timedelta(seconds=8)


def stored_keys(known: KnownCall) -> list[tuple[str, Answer]]:
    """Return every key of the call as stored, one by one, in order."""
    answers = sorted(known.answers, key=lambda answer: answer.seq)
    return [(k, a) for a in answers if a.kind != SPEECH for k in a.value]


def align(
    pressed: Sequence[PressedKey], stored: Sequence[str]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return the pairs (pressed, stored) that agree in order, what was lost, and
    what was made up. A key that is not sure is lost only as a last resort."""
    rows, columns = len(pressed), len(stored)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            skip = max(best[i + 1][j], best[i][j + 1])
            same = pressed[i].key == stored[j]
            weight = 2 if pressed[i].is_sure else 1
            best[i][j] = max(skip, best[i + 1][j + 1] + weight) if same else skip
    i = j = 0
    pairs: list[tuple[int, int]] = []
    while i < rows and j < columns:
        weight = 2 if pressed[i].is_sure else 1
        same = pressed[i].key == stored[j]
        if same and best[i][j] == best[i + 1][j + 1] + weight:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    taken_i, taken_j = {i for i, _ in pairs}, {j for _, j in pairs}
    lost = [i for i in range(rows) if i not in taken_i]
    made_up = [j for j in range(columns) if j not in taken_j]
    return pairs, lost, made_up


def check_keys(pairs: Sequence[Pair]) -> list[CheckLine]:
    sure = stored = unsure_lost = 0
    lost_text: list[str] = []
    extra_text: list[str] = []
    for pair in pairs:
        pressed, kept = pair.lived.keys, stored_keys(pair.known)
        _, lost, made_up = align(pressed, [key for key, _ in kept])
        sure += sum(key.is_sure for key in pressed)
        stored += len(kept)
        for i in lost:
            if pressed[i].is_sure:
                lost_text.append(f"{pair.lived}: {_key_text(pressed, i)} not stored")
            else:
                unsure_lost += 1
        extra_text += [
            f"{pair.lived}: {kept[j][0]} at {kept[j][1].node} never pressed"
            for j in made_up
        ]
    total = sum(len(pair.lived.keys) for pair in pairs)
    found = total - len(lost_text) - unsure_lost
    return [
        line(
            "No key press is lost",
            total - unsure_lost,
            found,
            lost_text,
        ),
        line("No key press is made up", stored - len(extra_text), stored, extra_text),
        CheckLine(
            "Keys in the call's last breath (either is right)",
            True,
            total - sure,
            total - sure - unsure_lost,
        ),
    ]


def _key_text(pressed: Sequence[PressedKey], i: int) -> str:
    return f"key {i + 1} of {len(pressed)} ({pressed[i].key})"


def check_questions(pairs: Sequence[Pair]) -> CheckLine:
    """Each stored key carries a question, at the time it was pressed, and the one
    that the voter had heard, where the voter understood it."""
    wrong: list[str] = []
    expected = found = 0
    for pair in pairs:
        pressed, kept = pair.lived.keys, stored_keys(pair.known)
        agreed, _, _ = align(pressed, [key for key, _ in kept])
        for i, j in agreed:
            expected += 1
            why = _wrong_question(pair.lived, pressed[i], kept[j][1])
            if why:
                wrong.append(f"{pair.lived}: {_key_text(pressed, i)} {why}")
            else:
                found += 1
    return line("Every key press is with its question", expected, found, wrong)


def _is_next(lived: Lived, key: PressedKey, answer: Answer) -> bool:
    """Whether the voter hesitated so long that the flow had just gone on.

    The key then cut the next question short before a word of it was heard.
    """
    heard_before = {node for at, node in lived.prompts if at <= key.at}
    return key.waited_s >= HESITATED_S and answer.node not in heard_before


def _wrong_question(lived: Lived, key: PressedKey, answer: Answer) -> str:
    if not answer.node:
        return "has no question"
    # A key pressed as one question gave way to the next may be for either.
    turns = {node for at, node in lived.prompts if abs(at - key.at) < TURN}
    if (
        key.node
        and answer.node not in {key.node, *turns}
        and not _is_next(lived, key, answer)
    ):
        return f"pressed at {key.node}, stored at {answer.node}"
    if answer.at and not key.at - KEY_EARLY <= answer.at <= key.at + KEY_LATE:
        return f"stored {(answer.at - key.at).total_seconds():.1f} s after"
    return ""
