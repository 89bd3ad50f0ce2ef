"""dialer.py report as an operator uses it."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ivr.cli.report import report, write_html
from ivr.core.model import CampaignId
from ivr.errors import BadInput
from ivr.settings.config import load_settings
from ivr.store.engine import open_store
from tests.fakes.filled_store import CAMPAIGN, PROJECT, fill, make_past

app = typer.Typer()
app.command()(report)

Report = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose campaign has been dialled."""
    folder = tmp_path_factory.mktemp("home")

    async def write() -> None:
        async with await open_store(f"sqlite:///{folder}/samvad.db") as store:
            await store.change(fill, make_past(people=300))

    asyncio.run(write())
    return folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(PROJECT)
    monkeypatch.delenv("SAMVAD_DATABASE_URL", raising=False)

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--home", str(home)])

    return command


def test_tables_are_what_is_shown_unless_asked_otherwise(run: Report):
    result = run(CAMPAIGN)
    assert result.exit_code == 0
    assert "योजनाओं पर आपकी राय" in result.output
    assert "सबसे ज़रूरी काम" in result.output


def test_html_goes_to_the_home_folder_and_the_path_is_printed(run: Report, home: Path):
    result = run(CAMPAIGN, "--format", "html")
    file = home / "reports/feedback.html"
    assert result.output.strip() == str(file)
    text = file.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "इंदौर संभाग" in text  # names from the project's geography
    assert [f.name for f in file.parent.iterdir()] == ["feedback.html"]


def test_csv_goes_into_a_file_that_excel_reads(run: Report, tmp_path: Path):
    file = tmp_path / "new folder/out.csv"
    assert run(CAMPAIGN, "-f", "csv", "-o", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfsection,")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {"funnel", "question benefit", "abandonment"} <= {r["section"] for r in rows}


def test_json_can_be_piped_on(run: Report):
    data = json.loads(run(CAMPAIGN, "--format", "json").output)
    assert data["title"]["campaign_id"] == CAMPAIGN
    assert data["figures"]["tried"] > 200


def test_tables_in_a_file_have_no_colours(run: Report, tmp_path: Path):
    file = tmp_path / "out.txt"
    run(CAMPAIGN, "-o", str(file))
    assert "\x1b" not in file.read_text("utf-8")


def test_an_unknown_campaign_is_told_with_those_that_are_known(run: Report):
    result = run("lost")
    assert isinstance(result.exception, BadInput)
    assert "no campaign 'lost' (known: feedback)" in str(result.exception)


def test_where_there_is_no_campaign_yet_the_next_step_is_told(tmp_path: Path):
    result = CliRunner().invoke(app, ["lost", "--home", str(tmp_path)])
    assert "campaign new FILE" in str(result.exception)


def test_a_file_that_cannot_be_written_is_told(run: Report, tmp_path: Path):
    (tmp_path / "file").write_text("")
    result = run(CAMPAIGN, "-f", "csv", "-o", str(tmp_path / "file/out.csv"))
    assert isinstance(result.exception, BadInput)
    assert "--output" in str(result.exception)


def test_no_persons_number_or_name_is_in_any_rendering(run: Report, home: Path):
    past = make_past(people=300)
    numbers = {row["number"].removeprefix("+91") for row in past.rows["contacts"]}
    run(CAMPAIGN, "--format", "html")
    page = (home / "reports/feedback.html").read_text("utf-8").partition("</style>")[2]
    for text in (
        page,
        run(CAMPAIGN, "-f", "csv").output,
        run(CAMPAIGN, "-f", "json").output,
    ):
        assert not [number for number in numbers if number in text]
        assert "रामकिशोर" not in text


async def test_the_demo_writes_the_same_page(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SAMVAD_DATABASE_URL", raising=False)
    settings = load_settings(PROJECT / "config/demo.toml").replace(home=home)
    file = await write_html(settings, CampaignId(CAMPAIGN))
    assert file == home / "reports/feedback.html"
