"""dialer.py bench results: how long the results page's figures take to count."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from ivr.cli.options import JsonOption, err, out, run
from ivr.core.flow_model import Flow, NodeKind
from ivr.core.flow_questions import nodes_by_name
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    TrunkName,
)
from ivr.core.selection import EVERYWHERE, WHOLE, CentreScope, Slice
from ivr.settings.config import PROJECT
from ivr.settings.flows import load_flow
from ivr.settings.people import load_centres
from ivr.store import invented, selected
from ivr.store.engine import open_store
from ivr.store.result_questions import SqlResults
from ivr.store.store import SqlStore

INDIA = ZoneInfo("Asia/Kolkata")
BEGINS = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
SEHORE = "MP.BPL.SEH"
QUESTIONS = 3
OTHERS_EVERY_S = 0.005


def bench_results(
    attempts: Annotated[int, typer.Option(help="Invented calls.")] = 1_000_000,
    as_json: JsonOption = False,
) -> None:
    """Invent a campaign in an SQLite of its own and time the page's questions."""
    found = run(measure(attempts))
    if as_json:
        typer.echo(json.dumps(found))
        return
    table = Table("bench results", "")
    table.columns[1].justify = "right"
    for name, value in found.items():
        table.add_row(name, f"{value:,}")
    out.print(table)


async def measure(attempts: int) -> dict[str, float]:
    """Return seconds by what was asked; the processor's tell on a busy machine."""
    with tempfile.TemporaryDirectory(prefix="samvad-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'samvad.db'}"
        async with await open_store(url, timeout_s=900) as store:
            what = await _filled(store, attempts)
            found: dict[str, float] = {"calls": attempts}
            now = BEGINS + timedelta(days=25)
            found |= await _caught_up(store, what.campaign.campaign_id, now)
            for name, scope, part in VIEWS:
                started, worked = time.monotonic(), time.process_time()
                await store.read(
                    selected.part_tallies, what.campaign.campaign_id, scope, part
                )
                found[f"{name}, s"] = round(time.monotonic() - started, 2)
                spent = time.process_time() - worked
                found[f"{name}, processor s"] = round(spent, 2)
            return found


VIEWS: Sequence[tuple[str, CentreScope, Slice]] = (
    ("all", EVERYWHERE, WHOLE),
    ("one scheme", EVERYWHERE, Slice(EVERYWHERE, scheme="ladli")),
    (
        "one day",
        EVERYWHERE,
        Slice(
            EVERYWHERE,
            since=BEGINS + timedelta(hours=2),
            until=BEGINS + timedelta(hours=5),
        ),
    ),
    ("one centre", CentreScope(frozenset({SEHORE})), WHOLE),
)


async def _caught_up(
    store: SqlStore, campaign_id: CampaignId, now: datetime
) -> dict[str, float]:
    results = SqlResults(store)
    waited: list[float] = []
    others = asyncio.create_task(_others_write(store, waited))
    began, worked = time.monotonic(), time.process_time()
    seen_to, made = None, 0
    while True:
        step = await results.catch_up(campaign_id, INDIA, now, seen_to)
        seen_to, made = step.seen_to, made + step.blocks
        if step.is_done:
            break
    all_of_it, spent = time.monotonic() - began, time.process_time() - worked
    others.cancel()
    await asyncio.gather(others, return_exceptions=True)
    started = time.monotonic()
    await results.catch_up(campaign_id, INDIA, now, seen_to)
    return {
        "opinions, the first time, s": round(all_of_it, 1),
        "opinions, the first time, processor s": round(spent, 1),
        "longest that another write waited, s": round(max(waited, default=0.0), 3),
        "blocks": made,
        "opinions, nothing new, s": round(time.monotonic() - started, 3),
    }


async def _others_write(store: SqlStore, waited: list[float]) -> None:
    """Write nothing, again and again, and note how long that waits its turn."""
    while True:
        started = time.monotonic()
        await store.change(lambda _: None)
        waited.append(time.monotonic() - started)
        await asyncio.sleep(OTHERS_EVERY_S)


async def _filled(store: SqlStore, calls: int) -> invented.Invented:
    flow = load_flow(
        PROJECT / "config/flows/scheme-feedback.yaml", PROJECT / "config/flows"
    )
    centres = load_centres(PROJECT / "config/centres.yaml")
    await store.upsert_people(centres, [])
    campaign = Campaign(
        campaign_id=CampaignId("bench"),
        title_hi="नाप",
        title_en="bench",
        organisation="नाप",
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.BROADCAST,
        flow_id=FlowId(flow.flow_id),
        lists=(ListName("bench"),),
        trunk=TrunkName("main"),
        caller_id=PhoneNumber("+917552550100"),
    )
    await store.save_campaign(campaign, flow, "", BEGINS)
    await store.add_contacts(ListName("bench"), "invented, for measuring", BEGINS, [])
    leaves = {c.code for c in centres} - {c.parent for c in centres}
    what = invented.Invented(
        campaign=campaign,
        flow_version=flow.version,
        list_name="bench",
        questions=_questions(flow),
        places=[(code, code.rpartition(".")[2]) for code in sorted(leaves)],
        begins=BEGINS,
        people=max(1, calls * 3 // 5),
        calls=calls,
    )
    err.print(f"inventing {calls:,} calls …")
    for make, last in (
        (invented.people_rows, what.people),
        (invented.call_rows, calls),
    ):
        for first in range(1, last + 1, invented.BATCH):
            await store.change(invented.keep, make(what, first))
    return what


def _questions(flow: Flow) -> list[tuple[str, list[str]]]:
    return [
        (name, [option.meaning for option in node.options])
        for name, node in nodes_by_name(flow).items()
        if node.kind is NodeKind.MENU
    ][:QUESTIONS]
