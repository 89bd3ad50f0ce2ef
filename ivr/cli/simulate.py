"""dialer.py simulate: how a campaign will go, played beforehand without telephones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    err,
    out,
    run,
    settings_of,
)
from ivr.cli.report import write
from ivr.cli.simulate_show import (
    as_bars,
    as_data,
    as_html,
    as_notes,
    as_table,
    paper_data,
    paper_table,
)
from ivr.core.model import CampaignId
from ivr.core.tallies import Tallies
from ivr.errors import BadInput
from ivr.settings.calendar import load_calendar
from ivr.settings.config import Settings
from ivr.settings.people import load_centres, load_geography
from ivr.simulation.forecast.from_campaign import learned_from
from ivr.simulation.forecast.outlook import Outlook, outlook
from ivr.simulation.forecast.paper import on_paper
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.scenario_file import load_scenario
from ivr.simulation.forecast.what_if import Case, cases
from ivr.store.engine import open_store
from ivr.store.results import tallies

SEEDS = 5
DAYS = 14.0
BUSY = 0.75  # on paper: what six telecallers with talks of a minute or two reach


def simulate(
    scenario: Annotated[
        Path, typer.Argument(help="What is expected: config/scenarios/NAME.yaml.")
    ],
    telecallers: Annotated[
        str, typer.Option(help="Team sizes to compare: 4..12, 4..60..8 or 3,6,12.")
    ] = "",
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            help="One thing changed, repeatable: pool, answer-rate=0.5 (half as "
            "many answer), lines=60, talk=1.5, mode=progressive …"
        ),
    ] = None,
    from_campaign: Annotated[
        str, typer.Option(help="Take outcomes and lengths from this campaign.")
    ] = "",
    paper: Annotated[
        bool, typer.Option("--on-paper", help="Arithmetic only, line by line.")
    ] = False,
    busy: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="On paper: how busy telecallers are."),
    ] = BUSY,
    seeds: Annotated[
        int, typer.Option(min=1, max=200, help="How often each case is played.")
    ] = SEEDS,
    days: Annotated[
        float, typer.Option(min=0.01, max=400, help="Look so many days ahead.")
    ] = DAYS,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with a chart to this file.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """When a list will be done, and what it takes: telecallers, lines, abandonment."""
    settings = settings_of(config, home)
    base = _scenario(settings, scenario)
    if from_campaign:
        base = run(_learned(settings, base, CampaignId(from_campaign)))
    try:
        asked = cases(base, what_if or [], telecallers)
    except ValueError as exc:
        raise BadInput(str(exc), where="--what-if, --telecallers") from exc
    if paper:
        _on_paper(asked, busy, as_json)
        return
    began = perf_counter()
    found = list(_played(asked, seeds, days))
    took_s = perf_counter() - began
    if html is not None:
        write(html, as_html(found))
    if as_json:
        typer.echo(json.dumps(as_data(found), ensure_ascii=False, indent=2))
        return
    out.print(as_table(found))
    out.print(as_bars(found))
    out.print(as_notes(found))
    out.print(f"[dim]{took_s:.1f} s[/]" + (f" · {html}" if html else ""))


def _played(asked: Iterable[Case], seeds: int, days: float) -> Iterable[Outlook]:
    for case in asked:
        with err.status(escape(case.words)):
            found = outlook(case.words, case.scenario, seeds, days)
        yield found


def _on_paper(asked: Iterable[Case], busy: float, as_json: bool) -> None:
    data = {}
    for case in asked:
        try:
            paper = on_paper(case.scenario, busy)
        except ValueError as exc:
            raise BadInput(
                f"{exc}", where=case.words, remedy="give it telecallers or lines"
            ) from exc
        data[case.words] = paper_data(paper)
        if not as_json:
            title = f"{case.scenario.title_hi}: {case.words} · on paper"
            out.print(paper_table(paper, title))
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _scenario(settings: Settings, path: Path) -> Scenario:
    folder = settings.project / "config"
    today = datetime.now(UTC).astimezone(ZoneInfo(settings.timezone)).date()
    districts = load_geography(folder / "geography.yaml").districts
    return load_scenario(
        path,
        starts_on=today,
        tree={c.code: c for c in load_centres(folder / "centres.yaml")},
        calendar=load_calendar(folder / "calendars"),
        electors={district.code: district.electors for district in districts},
    )


async def _learned(
    settings: Settings, base: Scenario, campaign_id: CampaignId
) -> Scenario:
    """Return the scenario with what the database knows of the campaign."""
    async with await open_store(settings.database_url) as store:
        known = [campaign.campaign_id for campaign, _ in await store.list_campaigns()]
        if campaign_id not in known:
            raise BadInput(
                f"there is no campaign {campaign_id!r}",
                where="--from-campaign",
                remedy=f"known: {', '.join(known) or 'none yet'}",
            )
        counted: Tallies = await store.read(tallies, campaign_id, datetime.now(UTC))
        text = await store.learned(f"campaign {campaign_id}")
    return replace(learned_from(base, counted), known=_kept(text))


def _kept(text: str | None) -> object:
    """Return what pacing had learned; nothing, if it cannot be read."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None
