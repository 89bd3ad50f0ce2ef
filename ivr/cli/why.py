"""dialer.py why: where a campaign's contacts stand, and what holds dialling back."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from ivr.core.access import subtree
from ivr.core.dial_stops import stop_of_campaign, stop_of_person
from ivr.core.funnel import GATES, gate_counts, holding_back
from ivr.core.model import CampaignId, CampaignState, CentreCode, Mode
from ivr.core.organisation import Tree
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.settings.people import load_centres
from ivr.store.engine import open_store
from ivr.store.floor import SqlFloorStore

BAR = 30  # letters


def why(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    centre: Annotated[
        str, typer.Option(help="Only this centre's people, and those below it.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why is nobody being dialled? Each contact's gate, and what is in the way."""
    settings = settings_of(config, home)
    answer = run(_ask(settings, CampaignId(campaign), CentreCode(centre)))
    live = _live(settings, campaign)
    answer["gates"]["running"] = int(answer["state"] == CampaignState.RUNNING)
    answer["gates"]["switch_up"] = int(live["switch_up"])
    if live["telecallers_ready"] is not None:
        answer["gates"]["telecallers_ready"] = live["telecallers_ready"]
    answer["holding_back"] = holding_back(answer["gates"])
    if answer["stopped"] and answer["state"] == CampaignState.RUNNING:
        answer["holding_back"] = f"डायलिंग रोकी गई है | {answer['stopped']}"
    answer["because"] = live["because"]
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    _show(answer, settings)


async def _ask(
    settings: Settings, campaign_id: CampaignId, centre: CentreCode
) -> dict[str, Any]:
    now, tree = datetime.now(UTC), _tree(settings)
    if centre and centre not in tree:
        raise BadInput(f'there is no centre "{centre}"', remedy="see centres.yaml")
    centres = subtree(centre, tree) if centre else None
    async with await open_store(settings.database_url) as store:
        floor = SqlFloorStore(store)
        campaign = await store.campaign(campaign_id)
        state = await store.campaign_state(campaign_id)
        counts = await floor.gates(campaign_id, now, centres)
        following = await floor.next_due_of(campaign_id, now, centres)
        stops = await floor.dial_stops()
    stop = stop_of_campaign(stops, campaign, tree)
    if centre:
        stop = stop or stop_of_person(stops, campaign_id, centre, tree)
    gates = gate_counts(counts)
    gates["needs_telecaller"] = int(
        campaign.mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE)
    )
    return {
        "campaign": campaign_id,
        "title_hi": campaign.title_hi,
        "state": str(state),
        "in_lists": counts.get("in_lists", 0),
        "not_enrolled": counts.get("not_enrolled", 0),
        "same_number": counts.get("same_number", 0),
        "gates": gates,
        "next_due_at": following.isoformat() if following else None,
        "stopped": str(stop) if stop else "",
    }


def _tree(settings: Settings) -> Tree:
    centres = load_centres(settings.project / "config/centres.yaml")
    return {one.code: one for one in centres}


def _live(settings: Settings, campaign: str) -> dict[str, Any]:
    """What only the running Samvad knows."""
    client = Client(settings)
    try:
        views = client.get("/api/v1/campaigns")
        desks = client.get("/api/v1/desks")
    except NotRunning:
        because = "Samvad is not running: dialer.py up"
        return {"switch_up": False, "telecallers_ready": None, "because": because}
    mine = [view for view in views if view["campaign_id"] == campaign]
    return {
        "switch_up": True,
        "telecallers_ready": sum(desk["state"] == "ready" for desk in desks),
        "because": mine[0]["because"] if mine else "",
    }


def _show(answer: Mapping[str, Any], settings: Settings) -> None:
    out.print(
        f"[bold]{escape(answer['title_hi'])}[/] ({answer['campaign']}) is "
        f"{answer['state']}; {answer['in_lists']:,} contacts in its lists"
    )
    gates = answer["gates"]
    most = max((gates.get(gate.name, 0) for gate in GATES), default=0) or 1
    table = Table("चरण", "gate", "contacts", "")
    for gate in GATES:
        count = gates.get(gate.name, 0)
        if count:
            bar = "█" * max(1, round(BAR * count / most))
            table.add_row(gate.hi, gate.en, f"{count:,}", bar)
    for key, hi in (
        ("not_enrolled", "अभी अभियान में नहीं लिए गए"),
        ("same_number", "वही नंबर"),
    ):
        if answer[key]:
            table.add_row(hi, key.replace("_", " "), f"{answer[key]:,}", "")
    out.print(table)
    out.print(f"[bold yellow]→ {escape(answer['holding_back'])}[/]")
    if answer["because"]:
        out.print(f"  now: {escape(answer['because'])}")
    if answer["next_due_at"]:
        at = datetime.fromisoformat(answer["next_due_at"])
        local = at.astimezone(ZoneInfo(settings.timezone))
        out.print(f"  next due: {local:%d.%m.%Y %H:%M:%S}")
