"""The command `dialer.py simulate`, on short runs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from ivr.cli.simulate import simulate
from ivr.errors import BadInput

PROJECT = Path(__file__).parents[4]
SIX = PROJECT / "config" / "scenarios" / "six-telecallers.yaml"
CONFIG = ["--config", str(PROJECT / "config" / "samvad.toml")]
QUICK = ["--seeds", "2", "--days", "0.01"]

app = typer.Typer()
app.command()(simulate)


def run(*more: str, file: Path = SIX) -> str:
    result = CliRunner().invoke(app, [str(file), *CONFIG, *more])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def evil(tmp_path: Path) -> Path:
    path = tmp_path / "six-telecallers.yaml"
    words = '"<script>alert(1)</script>[bold]"'
    text = SIX.read_text("utf-8").replace("छह साथियों का केंद्र", words)
    path.write_text(text, "utf-8")
    return path


def test_the_table_is_in_hindi_first_and_has_the_answers() -> None:
    text = run(*QUICK)
    assert "साथी कितने" in text
    assert "busy" in text
    assert "█" in text


def test_json_has_every_case_with_intervals_and_runs() -> None:
    asked = ["--what-if", "answer-rate=0.5", "--telecallers", "4..5"]
    found = json.loads(run(*QUICK, *asked, "--json"))["cases"]
    assert [one["telecallers"] for one in found] == [6, 6, 4, 5]
    assert found[1]["answer_rate"] == pytest.approx(0.175)
    for one in found:
        busy = one["utilisation"]
        assert busy["low"] <= busy["value"] <= busy["high"]
        assert [run["seed"] for run in one["runs"]] == [1, 2]
        assert all(r["placed"] == r["ended"] + r["up"] for r in one["runs"])


def test_the_same_question_has_the_same_answer() -> None:
    assert run(*QUICK, "--json") == run(*QUICK, "--json")


def test_the_page_has_a_picture_and_nothing_of_the_file_is_taken_for_html(
    tmp_path: Path,
) -> None:
    page = tmp_path / "forecast.html"
    run(*QUICK, "--what-if", "pool", "--html", str(page), file=evil(tmp_path))
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    picture = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    assert ElementTree.fromstring(picture).tag.endswith("svg")


def test_on_paper_shows_each_line_of_the_arithmetic() -> None:
    data = json.loads(run("--on-paper", "--what-if", "people=45000000", "--json"))
    many = data["people=45000000"]
    assert many["calls"] > 45_000_000
    assert all(line["hi"] and line["en"] for line in many["lines"])
    assert "calls per" in run("--on-paper")


@pytest.mark.parametrize(
    "asked",
    [
        ["--what-if", "pol"],
        ["--telecallers", "9..4"],
        ["--from-campaign", "nobody-knows-it"],
    ],
)
def test_a_question_that_is_not_understood_is_refused(
    asked: list[str], tmp_path: Path
) -> None:
    with pytest.raises(BadInput):
        run(*QUICK, *asked, "--home", str(tmp_path))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        run(file=tmp_path / "none.yaml")
