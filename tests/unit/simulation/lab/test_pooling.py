"""Ten centres against one group: what is promised, and the command `bench pooling`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ivr.cli.bench import app
from ivr.core.model import Routing
from ivr.core.organisation import Level
from ivr.simulation.lab.fates import Talk
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.pooling import Compared, Run, Task, compared, play, tasks
from ivr.simulation.lab.scoring import figures

SHORT = ["pooling", "--hours", "0.02", "--seeds", "1", "--jobs", "1"]


def score(busy: float, abandoned: int = 0) -> Score:
    return Score(2000, 1000, 1000, abandoned, 1000 - abandoned, 1000 * busy, 1000.0)


def one(
    group: float = 0.90, pool: float = 0.90, own: int = 70, abandoned: int = 20
) -> Compared:
    served = {Level.CENTRE: own, Level.STATE: 100 - own}
    return Compared(figures([score(group)]), figures([score(pool, abandoned)]), served)


def test_a_pool_close_to_the_group_with_most_in_their_own_centre_keeps_it() -> None:
    assert one().broken() == []
    assert one(pool=0.881, own=60, abandoned=30).broken() == []
    assert one(pool=0.95).broken() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pool": 0.87}, "3.0 points behind one group, more than 2"),
        ({"own": 59}, "59.0% served by their own centre, less than 60%"),
        ({"abandoned": 31}, "3.1% abandoned, more than 3.0%"),
    ],
)
def test_each_promise_that_is_broken_is_named(
    changes: dict[str, float], words: str
) -> None:
    assert one(**changes).broken() == [words]  # type: ignore[arg-type]


def test_who_served_whom_is_added_up_over_the_seeds_of_the_pool() -> None:
    runs = [
        (task, Run(score(0.9), {Level.CENTRE: task.seed} if task.pooled else {}))
        for task in reversed(tasks(3, 1.0, Routing()))
    ]
    found = compared(runs)
    assert list(found) == [Talk.SHORT, Talk.HEAVY]
    assert found[Talk.SHORT].served == {Level.CENTRE: 6}
    assert found[Talk.HEAVY].share(Level.CENTRE) == 1.0
    assert found[Talk.HEAVY].group.seeds == 3


def test_the_same_task_plays_the_same() -> None:
    task = Task(Talk.SHORT, True, 1, 0.02, Routing())
    assert play(task) == play(task)
    assert play(task) != play(replace(task, seed=2))


def test_centres_of_two_divisions_serve_each_other_as_the_state_does() -> None:
    apart = Task(Talk.SHORT, True, 1, 0.02, Routing(), divisions=2)
    assert Level.STATE not in play(replace(apart, divisions=1)).served
    assert Level.STATE in play(apart).served


def test_json_tells_both_and_the_verdict() -> None:
    result = CliRunner().invoke(app, [*SHORT, "--json"])
    said = json.loads(result.stdout)
    assert set(said["talks"]) == {"short", "heavy"}
    assert set(said["talks"]["short"]["served"]) == {"centre", "division", "state"}
    assert result.exit_code == (0 if said["verdict"]["kept"] else 1)
    assert said["routing"]["division_after_s"] == Routing().division_after_s


def test_the_table_has_a_row_for_the_group_and_one_for_the_pool() -> None:
    result = CliRunner().invoke(app, SHORT)
    assert result.stdout.count("one group") >= 2
    assert result.stdout.count("ten centres") == 2
