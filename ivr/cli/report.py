"""dialer.py report: what became of a campaign, as tables, CSV, JSON or HTML."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    out,
    run,
    settings_of,
)
from ivr.core.model import CampaignId, Centre
from ivr.core.results import Report
from ivr.core.summary import summarise
from ivr.core.tallies import Names, PlaceName
from ivr.errors import BadInput
from ivr.report.as_csv import as_csv
from ivr.report.as_html import as_html
from ivr.report.as_json import as_json
from ivr.report.tables import as_tables
from ivr.settings.config import Settings
from ivr.settings.people import Geography, load_centres, load_geography
from ivr.store.engine import open_store
from ivr.store.results import tallies
from ivr.store.store import SqlStore

ANSWER_TIMEOUT_S = 600.0  # millions of attempts on a slow disk
TABLE_WIDTH = 120  # letters, in a file


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def report(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="How to show it.")
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Into this file. HTML goes to HOME/reports/CAMPAIGN.html by itself.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Show results: reach, answers, drop-off, telecallers, abandonment.

    The HTML report is one file without any link to the outside: mail it, print it.
    """
    settings = settings_of(config, home)
    found = run(make_report(settings, CampaignId(campaign)))
    if format_ is Format.HTML:
        output = output or html_file(settings, CampaignId(campaign))
    if output is None:
        _show(found, format_)
        return
    write(output, _text(found, format_))
    typer.echo(str(output))


async def make_report(
    settings: Settings, campaign_id: CampaignId, *, now: datetime | None = None
) -> Report:
    """Return the campaign's report. Raises BadInput when there is none of that id."""
    now = now or datetime.now(UTC)
    names = names_of(settings)
    async with await open_store(
        settings.database_url, timeout_s=ANSWER_TIMEOUT_S
    ) as store:
        await _must_be_known(store, campaign_id)
        counted = await store.read(tallies, campaign_id, now)
    return summarise(counted, names, now, ZoneInfo(settings.timezone))


async def write_html(
    settings: Settings, campaign_id: CampaignId, *, now: datetime | None = None
) -> Path:
    """Write the HTML report to its place in the home folder; return where."""
    file = html_file(settings, campaign_id)
    write(file, as_html(await make_report(settings, campaign_id, now=now)))
    return file


def html_file(settings: Settings, campaign_id: CampaignId) -> Path:
    return settings.home / "reports" / f"{campaign_id}.html"


def names_of(settings: Settings) -> Names:
    """Return what districts, divisions, schemes and centres are called."""
    folder = settings.project / "config"
    centres = load_centres(folder / "centres.yaml")
    return _names(load_geography(folder / "geography.yaml"), centres)


def _names(geography: Geography, centres: list[Centre]) -> Names:
    by_last_part = {centre.code.rpartition(".")[2]: centre for centre in centres}
    divisions: dict[str, PlaceName] = {}
    for code in {district.division for district in geography.districts}:
        centre = by_last_part.get(code)
        hi, en = (centre.name_hi, centre.name_en) if centre else (code, code)
        divisions[code] = PlaceName(code, hi, en)
    return Names(
        districts={
            d.code: PlaceName(d.code, d.name_hi, d.name_en, d.division)
            for d in geography.districts
        },
        divisions=divisions,
        schemes={
            s.tag: PlaceName(s.tag, s.name_hi, s.name_en) for s in geography.scheme_tags
        },
        centres={centre.code: centre for centre in centres},
    )


async def _must_be_known(store: SqlStore, campaign_id: CampaignId) -> None:
    known = [campaign.campaign_id for campaign, _ in await store.list_campaigns()]
    if campaign_id not in known:
        raise BadInput(
            f"there is no campaign {campaign_id!r}",
            remedy=f"known: {', '.join(known)}"
            if known
            else "there are none yet: dialer.py campaign new FILE",
        )


def _show(found: Report, format_: Format) -> None:
    if format_ is Format.TABLE:
        out.print(as_tables(found))
    else:
        typer.echo(_text(found, format_), nl=False)


def _text(found: Report, format_: Format) -> str:
    match format_:
        case Format.CSV:
            return as_csv(found)
        case Format.JSON:
            return as_json(found)
        case Format.HTML:
            return as_html(found)
        case Format.TABLE:
            console = Console(file=StringIO(), width=TABLE_WIDTH)
            with console.capture() as printed:
                console.print(as_tables(found))
            return printed.get()


def write(file: Path, text: str) -> None:
    """Write the whole file or nothing: a reader never sees half of one."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(f".{file.name}.part")
        with half.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.replace(half, file)
    except OSError as exc:
        raise BadInput(
            f"cannot be written: {exc.strerror or exc}",
            where=str(file),
            remedy="name another file with --output",
        ) from exc
