"""dialer.py dialling: the kill switch. Stop new dials, see what is stopped, go on."""

from __future__ import annotations

import getpass
import json
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

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
from ivr.cli.user import BY
from ivr.controller.users import AuditEntry
from ivr.core.dial_stops import DialStop, StopScope, as_kept
from ivr.core.model import CampaignId, CentreCode
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.settings.people import load_centres
from ivr.store.engine import open_store
from ivr.store.floor import SqlFloorStore
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers

app = typer.Typer(
    no_args_is_help=True,
    help="The kill switch: no new dials for everything, a campaign or a centre.",
)


@app.command("stop")
def stop(
    why: Annotated[str, typer.Option(help="What others must know.")],
    everything: Annotated[bool, typer.Option("--all", help="All dialling.")] = False,
    campaign: Annotated[str, typer.Option(help="A campaign's id.")] = "",
    centre: Annotated[
        str, typer.Option(help="A centre's code; all below it too.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Stop new dials at once, over restarts too; conversations go on."""
    settings = settings_of(config, home)
    scope, about = _meant(everything, campaign, centre)
    wish = {"scope": str(scope), "about": about, "why": why}
    try:
        made = Client(settings).post("/api/v1/dial-stops", wish)
        stop_id = made["stop_id"]
    except NotRunning:
        stop_id = run(_stop_in_store(settings, scope, about, why))
        out.print("  Samvad is not running: the stop holds from its start on")
    out.print(f"[green]✓[/] stopped: {scope} {escape(about)}")
    out.print(f"  to go on: dialer.py dialling resume {stop_id}")


def _meant(everything: bool, campaign: str, centre: str) -> tuple[StopScope, str]:
    given = [
        (scope, about)
        for scope, about, is_given in (
            (StopScope.ALL, "", everything),
            (StopScope.CAMPAIGN, campaign, bool(campaign)),
            (StopScope.CENTRE, centre, bool(centre)),
        )
        if is_given
    ]
    if len(given) != 1:
        raise BadInput(
            "say what to stop", remedy="one of --all, --campaign ID, --centre CODE"
        )
    return given[0]


async def _stop_in_store(
    settings: Settings, scope: StopScope, about: str, why: str
) -> str:
    stop_id, now = f"s-{secrets.token_hex(6)}", datetime.now(UTC)
    async with await open_store(settings.database_url) as store:
        if scope is StopScope.CAMPAIGN:
            await store.campaign_state(CampaignId(about))
        if scope is StopScope.CENTRE:
            _known(settings, about)
        made = as_kept(DialStop(stop_id, scope, about, getpass.getuser(), why, now))
        await SqlFloorStore(store).keep_dial_stop(made)
        await _note(store, "dialling_stopped", made, {"why": made.why})
    return stop_id


async def _note(
    store: SqlStore, action: str, stop: DialStop, detail: dict[str, str]
) -> None:
    """Write a line of the audit log, as a running Samvad does of this command."""
    centre = CentreCode(stop.about) if stop.scope is StopScope.CENTRE else None
    by = {"system_user": getpass.getuser()}
    entry = AuditEntry(
        datetime.now(UTC), BY, action, stop.what, centre, detail=detail | by
    )
    await SqlUsers(store).keep_audit(entry)


def _known(settings: Settings, centre: str) -> None:
    centres = load_centres(settings.project / "config/centres.yaml")
    if centre not in {one.code for one in centres}:
        raise BadInput(f'there is no centre "{centre}"', remedy="see centres.yaml")


@app.command("resume")
def resume(
    stop_id: Annotated[str, typer.Argument(help="See: dialer.py dialling list.")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Lift a stop: who was held by it is due again."""
    settings = settings_of(config, home)
    try:
        Client(settings).post(f"/api/v1/dial-stops/{stop_id}/lift")
    except NotRunning:
        run(_lift_in_store(settings, stop_id))
    out.print(f"[green]✓[/] lifted: {escape(stop_id)}")


async def _lift_in_store(settings: Settings, stop_id: str) -> None:
    async with await open_store(settings.database_url) as store:
        floor = SqlFloorStore(store)
        stops = {one.stop_id: one for one in await floor.dial_stops()}
        if stop_id not in stops:
            raise BadInput(f"there is no stop {stop_id!r}", remedy="see: dialling list")
        await _note(store, "dialling_resumed", stops[stop_id], {})
        await floor.lift_dial_stop(stop_id, getpass.getuser(), datetime.now(UTC))


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is stopped now, by whom and why."""
    settings = settings_of(config, home)
    stops = run(_stops(settings))
    if as_json:
        typer.echo(json.dumps(stops, ensure_ascii=False, indent=2))
        return
    table = Table("stop", "what", "since", "by", "why")
    zone = ZoneInfo(settings.timezone)
    for one in stops:
        at = datetime.fromisoformat(one["at"]).astimezone(zone)
        what = f"{one['scope']} {one['about']}"
        cells = (one["stop_id"], what, f"{at:%d.%m.%Y %H:%M}", one["by"], one["why"])
        table.add_row(*(escape(cell) for cell in cells))
    out.print(table if stops else "Nothing is stopped.")


async def _stops(settings: Settings) -> list[dict[str, Any]]:
    async with await open_store(settings.database_url) as store:
        return [
            {
                "stop_id": one.stop_id,
                "scope": str(one.scope),
                "about": one.about,
                "by": one.by,
                "why": one.why,
                "at": one.at.isoformat(),
            }
            for one in await SqlFloorStore(store).dial_stops()
        ]
