"""The table of promises: what is near a fault counts for its kind."""

from __future__ import annotations

import json
from dataclasses import replace

from ivr.chaos.kinds import Kind
from ivr.chaos.promises import judge
from ivr.chaos.table import Cell, alike, as_json, rows, shown, story, violations
from tests.unit.chaos.made_up_lives import at, broken, facts, key, known, lived, quiet

WENT_ON = [(at(1.2), "first"), (at(4.3), "second")]
LOST = facts(
    [lived(keys=[key("1", 4)], prompts=WENT_ON)],
    [known()],
    broken=[broken(Kind.KILL_CONTROLLER, 4.5), broken(Kind.CUT_AMI, 30, 1)],
)


def test_a_violation_counts_for_the_kinds_near_it_and_for_the_whole() -> None:
    killed, cut, whole = rows(LOST, judge(LOST))
    assert (killed.kind, killed.faults) == (Kind.KILL_CONTROLLER, 1)
    assert killed.cells[1] == Cell(1, 1)
    assert cut.cells[1] == Cell(0, 0)
    assert (whole.kind, whole.faults, whole.cells[1]) == (None, 2, Cell(1, 1))


def test_a_story_tells_both_sides_and_what_was_broken() -> None:
    [(number, item)] = violations(judge(LOST))
    told = story(LOST, number, item)
    assert "promise 1, answers kept: +9198…001 no. 1" in told
    assert "pressed 1 at first" in told and "heard second" in told
    assert "Samvad: completed" in told
    assert "controller killed" in told and "AMI cut" not in told


def test_what_is_not_built_is_not_said_to_be_fine() -> None:
    *_, whole = rows(LOST, judge(LOST))
    assert shown(whole, 7, None) == "–"
    assert shown(whole, 1, None) == "1 / 1"


def test_the_table_is_there_for_programs() -> None:
    judged = judge(LOST)
    said = json.loads(json.dumps(as_json(LOST, judged, rows(LOST, judged))))
    assert said["rows"][-1]["promises"]["1"] == {"checked": 1, "violations": 1}
    assert said["journal"] == "not built yet"
    assert len(said["violations"]) == 1


def test_violations_of_one_sort_are_told_together() -> None:
    lives = [
        lived(f"s{n}", keys=[key(value, 4)], prompts=WENT_ON)
        for n, value in enumerate("12")
    ]
    lost = violations(judge(facts(lives, [known("s0"), known("s1")])))
    [(number, items), *_] = alike(lost)
    assert (number, len(items)) == (1, 2)


def test_a_call_that_neither_the_voter_nor_the_flow_ended_was_dropped() -> None:
    heard_out, gave_up, cut_off = lived("s1"), lived("s2", hung_up=True), lived("s3")
    completed = replace(known("s1").call, completed=True)
    memory = [replace(known("s1"), call=completed), known("s2"), known("s3")]
    [whole] = rows(one := facts([heard_out, gave_up, cut_off], memory), judge(one))
    assert whole.dropped == 1


def test_the_longest_silence_of_ours_is_told() -> None:
    some = [
        lived("s1", keys=[key("1", 4)], silences=[quiet(4.2, 1.7)]),
        lived("s2", silences=[quiet(3, 6)]),  # a question waits for its key
        lived("s3", silences=[quiet(3, 9)]),
    ]
    killed = [broken(Kind.KILL_ASTERISK, 20)]
    [_, whole] = rows(one := facts(some, broken=killed), judge(one))
    assert round(whole.silence_s, 3) == 4
