"""dialer.py import as an operator uses it, on the sample that ships."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from ivr.cli.bench_import import measure
from ivr.cli.import_ import import_contacts
from ivr.settings.config import PROJECT
from tests.adapters.intake.workbook import write_workbook

SAMPLE = PROJECT / "config/samples/sample.csv"
ORIGIN = "invented people of the sample"

app = typer.Typer()
app.command()(import_contacts)

Import = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Import:
    """Run the command in a home of its own; JSON unless told otherwise."""

    def command(file: Path, *options: str, name: str = "people") -> Result:
        given = [str(file), "--list", name, "--home", str(tmp_path / "home")]
        given += ["--rejects", str(tmp_path / "rejects.csv")]
        if "--origin" not in options:
            given += ["--origin", ORIGIN]
        return CliRunner().invoke(app, [*given, *options], env={"COLUMNS": "200"})

    return command


def stored(tmp_path: Path, question: str) -> list[tuple[object, ...]]:
    file = tmp_path / "home/samvad.db"
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sample_comes_in_and_its_figures_add_up(
    tmp_path: Path, run: Import
) -> None:
    result = run(SAMPLE, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["read"] == 10_000
    assert told["read"] == sum(
        told[part] for part in ("imported", "refused", "duplicate", "blank")
    )
    assert told["imported"] > 9_500
    assert told["refused"] == sum(told["reasons"].values())
    assert {"digits_lost", "never_dial", "std_missing", "minor", "foreign"} < set(
        told["reasons"]
    )
    assert told["columns"]["जाति वर्ग"] == "dropped"
    districts = "SELECT count(DISTINCT district) FROM contacts WHERE district <> ''"
    assert stored(tmp_path, districts) == [(55,)]
    served = "SELECT count(*) FROM contacts WHERE district <> '' AND centre IS NULL"
    assert stored(tmp_path, served) == [(0,)]
    assert stored(tmp_path, "SELECT origin, origin_kind, state FROM lists") == [
        (ORIGIN, "own_members", "ready")
    ]
    rejects = (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert len(rejects) == 1 + told["refused"] + told["duplicate"]


def test_the_guesses_and_the_sums_are_shown(run: Import) -> None:
    result = run(SAMPLE)
    assert result.exit_code == 0
    for words in (
        "हितग्राही का नाम",
        "→ field",
        "dropped",
        "जाति वर्ग",
        "10,000",
        "what to do",
    ):
        assert words in result.output
    assert "•••••" in result.output  # numbers are masked on screens


def test_no_number_is_shown_whole(run: Import) -> None:
    with open(SAMPLE, encoding="utf-8", newline="") as file:
        numbers = [row["Mobile No."] for row in list(csv.DictReader(file))[:50]]
    shown = run(SAMPLE).output
    assert not any(number in shown for number in numbers if len(number) >= 10)


def test_a_dry_run_stores_nothing(tmp_path: Path, run: Import) -> None:
    result = run(SAMPLE, "--dry-run")
    assert result.exit_code == 0
    assert "nothing was stored" in result.output
    assert not (tmp_path / "home/samvad.db").exists()
    assert (tmp_path / "rejects.csv").exists()


def test_a_workbook_comes_in_with_a_corrected_guess(
    tmp_path: Path, run: Import
) -> None:
    book = write_workbook(
        tmp_path / "list.xlsx",
        list=[["अ", "ब", "टीप"], ["राम", 9827123456, "क"], ["सीता", 9893012346, "ख"]],
    )
    result = run(book, "--map", "अ=name", "--map", "टीप=-", "--json")
    assert json.loads(result.stdout)["columns"] == {
        "अ": "name",
        "ब": "number",
        "टीप": "ignored",
    }
    assert stored(tmp_path, "SELECT name, number, fields FROM contacts") == [
        ("राम", "+919827123456", "{}"),
        ("सीता", "+919893012346", "{}"),
    ]


def test_the_origin_is_compulsory(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(SAMPLE), "--list", "x"])
    assert result.exit_code == 2
    assert "--origin" in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--origin", "list"), "origin_missing"),
        (("--origin-kind", "purchased"), "origin_purchased"),
        (("--origin-kind", "scraped"), "origin_purchased"),
        (("--origin-kind", "government_beneficiary"), "origin_government"),
        (("--map", "मोबाइल"), "does not say which column"),
        (("--map", "nowhere=name"), "no column"),
    ],
)
def test_what_may_not_be_is_refused_before_anything_is_stored(
    tmp_path: Path, run: Import, options: tuple[str, ...], complaint: str
) -> None:
    result = run(SAMPLE, *options)
    assert result.exit_code != 0
    assert complaint in str(result.exception)
    assert not (tmp_path / "home/samvad.db").exists()


@pytest.mark.parametrize("name", ["", "  ", "a\nb\x07", "x" * 61])
def test_a_list_s_name_is_one_short_line(run: Import, name: str) -> None:
    assert "no name for a list" in str(run(SAMPLE, name=name).exception)


def test_a_list_is_imported_once(tmp_path: Path, run: Import) -> None:
    path = saved(tmp_path, "mobile\n9827123456\n")
    assert run(path).exit_code == 0
    assert "is there already" in str(run(path).exception)
    assert run(path, name="again").exit_code == 0


def test_a_list_without_a_good_row_ends_in_failure(tmp_path: Path, run: Import) -> None:
    result = run(saved(tmp_path, "mobile\n108\n"))
    assert result.exit_code == 1
    assert "never_dial" in result.output


def test_the_sample_is_what_the_generator_makes(tmp_path: Path) -> None:
    made = _made(tmp_path, "--rows", "10000")
    assert made == SAMPLE.read_bytes()
    assert _made(tmp_path, "--rows", "100", "--seed", "3") != made[:1000]


def test_the_sample_is_dirty_as_told_and_its_names_can_be_voiced() -> None:
    names = yaml.safe_load((PROJECT / "config/samples/names.yaml").read_text("utf-8"))
    given = {n["hi"] for kind in names["given"].values() for n in kind}
    surnames = {n["hi"] for n in names["surnames"]}
    with open(SAMPLE, encoding="utf-8", newline="") as file:
        people = [row["हितग्राही का नाम"] or "" for row in csv.DictReader(file)]
    known = sum(
        1
        for first, _, last in (name.partition(" ") for name in people)
        if first in given and last in surnames
    )
    assert len(people) == 10_000
    assert known > 9_700


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows() -> None:
    # The database's cache and the second process's queue are full after some
    # 200,000 rows: what comes after those must cost nothing more.
    small, large = measure(200_000), measure(600_000)
    assert large["rows"] == 3 * small["rows"]
    assert large["imported"] + large["refused"] + large["duplicate"] <= large["rows"]
    assert large["peak_mb"] < small["peak_mb"] * 1.15 + 20


def _made(tmp_path: Path, *options: str) -> bytes:
    generator = PROJECT / "config/samples/make_sample.py"
    out = tmp_path / "made.csv"
    command = [sys.executable, str(generator), *options, "--out", str(out)]
    subprocess.run(command, check=True, timeout=60)
    return out.read_bytes()
