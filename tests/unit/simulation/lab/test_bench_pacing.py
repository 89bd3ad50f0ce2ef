"""The command `bench pacing`, on a few short runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from ivr.cli.bench import app
from ivr.simulation.lab.chart import STYLES
from ivr.simulation.lab.fates import Change, Talk
from ivr.simulation.lab.grid import Grid, hours_of, play, seeds_of
from ivr.simulation.lab.registry import policies

FEW = ["pacing", "--agents", "3,6", "--rates", "0.35", "--talk", "short,heavy"]
SHORT = ["--change", "changing", "--hours", "0.05", "--seeds", "2", "--jobs", "1"]
TWO = ["--policies", "progressive,vicidial-tapered"]


def run(*more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*FEW, *SHORT, *TWO, *more])
    return result.exit_code, result.stdout


def test_without_our_policy_nothing_is_judged_and_the_exit_code_is_one() -> None:
    code, text = run()
    assert code == 1
    assert "nothing to judge" in text
    assert "vicidial-tapered" in text


def test_json_has_every_cell_of_every_policy() -> None:
    _, text = run("--json")
    said = json.loads(text)
    assert len(said["figures"]) == 2 * 2 * 2
    assert said["grid"]["seeds"] == 2
    assert said["verdict"]["judged"] == 0
    assert {row["seeds"] for row in said["figures"]} == {2}


def test_csv_is_the_same_every_time() -> None:
    _, text = run("--csv")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["telecallers"] for row in rows] == ["3", "3", "6", "6"] * 2
    assert run("--csv")[1] == text


def test_the_chart_is_a_picture_with_every_policy_in_it(tmp_path: Path) -> None:
    run("--chart", str(tmp_path / "pacing.svg"))
    text = (tmp_path / "pacing.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2 * 2  # two kinds of talk, two policies
    assert text.count("<circle") == 2 * 2 * 2
    assert ">vicidial-tapered</text>" in text


@pytest.mark.parametrize(
    "wrong",
    [
        ["--agents", "0"],
        ["--agents", "six"],
        ["--rates", "1.5"],
        ["--talk", "long"],
        ["--policies", "nobody"],
    ],
)
def test_what_cannot_be_read_is_refused(wrong: list[str]) -> None:
    assert run(*wrong)[0] == 2


def test_every_policy_has_a_line_of_its_own_style() -> None:
    assert set(policies()) <= set(STYLES)
    assert len(set(STYLES.values())) == len(STYLES)


@pytest.mark.parametrize(
    ("telecallers", "hours", "seeds"),
    [(3, 4.0, 4), (12, 4.0, 4), (30, 2.0, 4), (100, 1.0, 2), (300, 1.0, 2)],
)
def test_larger_teams_play_less(telecallers: int, hours: float, seeds: int) -> None:
    assert hours_of(telecallers, 4.0) == hours
    assert seeds_of(telecallers, 4) == seeds


def test_the_longest_runs_begin_first_and_one_seed_stays_one() -> None:
    grid = Grid(
        (3, 300), (0.35,), (Talk.SHORT,), (Change.STEADY,), ("progressive",), 1, 4.0
    )
    tasks = grid.tasks()
    assert [task.cell.telecallers for task in tasks] == [300, 3]
    assert play(tasks[1]) == play(tasks[1])
