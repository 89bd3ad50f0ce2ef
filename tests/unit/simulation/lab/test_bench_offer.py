"""The command `bench offer` and the figures that it judges."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ivr.cli.bench import app
from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.offered import Offered, judge, offered
from ivr.simulation.lab.policy import Score
from ivr.simulation.lab.verdict import Cell

CELL = Cell(6, 0.35, Talk.SHORT, Change.STEADY)
GOOD = Score(
    placed=2000,
    answered=700,
    wanted=200,
    abandoned=1,
    connected=199,
    busy_s=3440.0,
    work_s=3600.0,
    wait_p95_s=7.5,
    waited_s=400.0,
    message_s=320.0,
    question_s=80.0,
)


def of(**changes: float) -> Offered:
    return offered([replace(GOOD, **changes)])  # type: ignore[arg-type]


def test_the_figures_add_up_over_seeds() -> None:
    found = offered([GOOD, replace(GOOD, waited_s=600.0, message_s=520.0)])
    assert found.accepted == 400
    assert found.mean_wait_s == pytest.approx(1000 / 400)
    assert found.message_share == pytest.approx(840 / 1000)
    assert found.question_share == pytest.approx(160 / 1000)
    assert found.silence_s == pytest.approx(0.0)
    assert found.answered_per_connect == pytest.approx(1400 / 398)


def test_a_promise_that_is_kept_is_kept() -> None:
    assert judge({CELL: of()}).is_kept


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"busy_s": 3400.0}, "busy 94.4%"),
        ({"abandoned": 2}, "never connected"),
        ({"wait_p95_s": 8.3}, "8.3 s of wait"),
        ({"message_s": 310.0}, "10.0 s of silence"),
    ],
)
def test_each_part_of_the_promise_can_be_broken(
    changes: dict[str, float], words: str
) -> None:
    verdict = judge({CELL: of(**changes)})
    assert not verdict.is_kept
    assert words in verdict.broken[0]


def test_nothing_played_is_no_kept_promise() -> None:
    assert not judge({}).is_kept
    assert offered([replace(GOOD, wanted=0, connected=0)]).mean_wait_s == 0.0


def run(*more: str) -> tuple[int, str]:
    few = ["offer", "--talk", "heavy", "--hours", "0.05", "--seeds", "1", "--jobs", "1"]
    result = CliRunner().invoke(app, [*few, *more])
    return result.exit_code, result.stdout


def test_a_few_minutes_from_a_standing_start_are_too_few_to_keep_it() -> None:
    code, text = run("--json")
    said = json.loads(text)
    assert code == 1
    assert len(said["figures"]) == 2
    assert said["verdict"]["judged"] == 2
    assert said["figures"][0]["silence_s"] == pytest.approx(0.0, abs=1e-6)


def test_the_table_says_what_was_broken() -> None:
    _, text = run("--change", "steady")
    assert "broken" in text
    assert "busy" in text
