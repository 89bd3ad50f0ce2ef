"""dialer.py campaign: make, list, start, pause, resume, stop, look at."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.client import Client, NotRunning
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    run,
    settings_of,
)
from ivr.cli.voters_lines import audio_library
from ivr.core.campaign_states import after
from ivr.core.model import Campaign, CampaignId, CampaignState
from ivr.settings.campaigns import load_campaign
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.workshop.campaign_parts import (
    flow_speaks,
    its_flow_file,
    somebody_serves,
    trunk_fits,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Campaigns: one purpose, one flow, some lists, and the rules of dialling.",
)

IdArgument = Annotated[str, typer.Argument(help="The campaign's id.")]


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="A campaign file (YAML).")],
    at_most: Annotated[
        int | None,
        typer.Option(min=1, help="Take only so many people: a pilot."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Check a campaign file and its flow, and take its lists into the queue.

    Run it again after a list has grown, or for other people: new ones are added, and
    who is not meant any more is not dialled again.
    """
    settings = settings_of(config, home)
    campaign, enrolled = run(make_campaign(settings, file, at_most=at_most))
    out.print(f"[green]✓[/] {campaign.campaign_id}: {escape(campaign.title_hi)}")
    out.print(f"  {enrolled:,} people taken into the queue")
    out.print(f"  next: dialer.py campaign start {campaign.campaign_id}")


async def make_campaign(
    settings: Settings,
    file: Path,
    *,
    at_most: int | None = None,
    now: datetime | None = None,
) -> tuple[Campaign, int]:
    """Store the campaign of `file`; return it and how many people are new in it."""
    campaign = load_campaign(file)
    trunk_fits(settings, campaign, str(file))
    somebody_serves(settings, campaign, str(file))
    text = await asyncio.to_thread(file.read_text, "utf-8")
    path = its_flow_file(settings, campaign, str(file))
    flow = flow_speaks(settings, path, campaign, audio_library(settings))
    flow_text = await asyncio.to_thread(path.read_text, "utf-8")
    now = now or datetime.now(UTC)
    async with await open_store(settings.database_url) as store:
        await store.save_campaign(
            campaign,
            flow,
            flow_text,
            now,
            campaign_text=text,
        )
        return campaign, await store.enrol(campaign, now, at_most=at_most)


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every campaign with its state."""
    settings = settings_of(config, home)
    rows = run(_rows(settings))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("campaign", "अभियान", "state", "mode", "to do")
    for row in rows:
        table.add_row(*(escape(str(row[key])) for key in row))
    out.print(table if rows else "No campaigns yet: dialer.py campaign new FILE")


async def _rows(settings: Settings) -> list[dict[str, object]]:
    async with await open_store(settings.database_url) as store:
        return [
            {
                "campaign": campaign.campaign_id,
                "title_hi": campaign.title_hi,
                "state": str(state),
                "mode": str(campaign.mode),
                "undone": await store.undone(campaign.campaign_id),
            }
            for campaign, state in await store.list_campaigns()
        ]


@app.command("start")
def start(
    campaign: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Begin to dial, within its windows and the law."""
    _change(settings_of(config, home), campaign, "start")


@app.command("pause")
def pause(
    campaign: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """No new calls; those in progress go on."""
    _change(settings_of(config, home), campaign, "pause")


@app.command("resume")
def resume(
    campaign: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Go on after a pause."""
    _change(settings_of(config, home), campaign, "resume")


@app.command("stop")
def stop(
    campaign: IdArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """End it: unanswered calls are dropped, people on the line are served."""
    _change(settings_of(config, home), campaign, "stop")


def _change(settings: Settings, campaign: str, verb: str) -> None:
    try:
        view = Client(settings).post(f"/api/v1/campaigns/{quote(campaign)}/{verb}")
        out.print(f"[green]✓[/] {campaign} is {view['state']}; to do: {view['undone']}")
    except NotRunning:
        state = run(_change_in_store(settings, CampaignId(campaign), verb))
        out.print(f"[green]✓[/] {campaign} is {state}")
        if state is CampaignState.RUNNING:
            out.print("  Samvad is not running: it dials after `dialer.py up`")


async def _change_in_store(
    settings: Settings, campaign_id: CampaignId, verb: str
) -> CampaignState:
    async with await open_store(settings.database_url) as store:
        state = after(verb, await store.campaign_state(campaign_id), campaign_id)
        await store.set_campaign_state(campaign_id, state, datetime.now(UTC))
        return state


@app.command("status")
def status(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the running campaigns: live calls, what is left, what pacing decided."""
    views = Client(settings_of(config, home)).get("/api/v1/campaigns")
    if as_json:
        typer.echo(json.dumps(views, ensure_ascii=False, indent=2))
        return
    table = Table("campaign", "live calls", "to do", "because")
    for view in views:
        calls = ", ".join(f"{n} {state}" for state, n in view["calls"].items())
        table.add_row(
            view["campaign_id"],
            calls or "none",
            str(view["undone"]),
            escape(view["because"]),
        )
    out.print(table if views else "No campaign is running.")
