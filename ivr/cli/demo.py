"""dialer.py demo: one whole campaign on this machine, and the proof that it worked.

A second Asterisk plays the telephone network and 300 invented people, six
simulated telecallers work at real SIP softphones, and at the end what Samvad
stored is compared with what every voter really did.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
import uvloop
from rich.live import Live
from rich.table import Table

from ivr.asterisk.process import end_stale
from ivr.asterisk.provision import Folders
from ivr.cli import logs
from ivr.cli.bench_system import daytime, until
from ivr.cli.campaign import make_campaign
from ivr.cli.carrier_process import carrier_process
from ivr.cli.demo_pages import GUEST, leave_open
from ivr.cli.demo_proof import prove, show_checks
from ivr.cli.import_ import plan_import, run_import
from ivr.cli.options import err, out
from ivr.cli.report import write_html
from ivr.cli.system import System, open_system
from ivr.controller.clock import SystemClock
from ivr.core.hours import closed
from ivr.core.model import Campaign, CampaignId, ListName
from ivr.core.new_list import NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput, SetupFailed
from ivr.settings.calendar import load_law
from ivr.settings.campaigns import load_campaign
from ivr.settings.config import Settings, load_settings
from ivr.settings.home import HomeLock
from ivr.settings.people import load_telecallers
from ivr.workshop.campaign_parts import TELECALLERS

CONFIG = Path("config/demo.toml")
CAMPAIGN = Path("config/campaigns/demo.yaml")
SAMPLE = Path("config/samples/sample.csv")
LIST = ListName("sample")
ORIGIN = "invented people, made by config/samples/make_sample.py"
DESKS_READY_S = 30.0
WRAP_UP_S = 20.0
AT_MOST_S = 600.0
LINE_EVERY_S = 10.0


def demo(
    contacts: Annotated[int, typer.Option(help="How many people to dial.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    campaign: Annotated[
        Path, typer.Option(help="Another campaign's file; its list is `sample`.")
    ] = CAMPAIGN,
    stay: Annotated[
        bool,
        typer.Option(
            "--stay", help="Leave the pages open at the end, and say how to sign in."
        ),
    ] = False,
) -> None:
    """Dial invented people on a virtual network, and prove that nothing was lost."""
    begun = time.monotonic()
    settings = _fresh(load_settings(CONFIG))
    with (settings.home / "samvad.log").open("w", encoding="utf-8", buffering=1) as log:
        logs.set_up(settings.log, log)
        _import(settings)
        good = uvloop.run(_demo(settings, campaign, contacts, seed, stay))
    took_s = time.monotonic() - begun
    if good:
        out.print(f"[bold green]✓ The demo proved itself[/] in {took_s:.0f} s.")
        out.print("  Next: README, 'From the demo to a real trunk'.")
    else:
        err.print("[bold red]✗ The demo did not prove itself[/]: see the lines above.")
        raise typer.Exit(1)


def _fresh(settings: Settings) -> Settings:
    """Empty the demo's home: it begins anew each time. Raises SetupFailed if in use."""
    with HomeLock(settings.home):
        for folder in ("asterisk", "carrier/asterisk"):
            conf = Folders(settings.home / folder).conf_file
            asyncio.run(end_stale(conf))  # left by a demo that was killed
    shutil.rmtree(settings.home)
    settings.home.mkdir(parents=True)
    return settings


async def _demo(
    settings: Settings, file: Path, contacts: int, seed: int, stay: bool
) -> bool:
    clock = _lawful_clock(settings, file)
    telecallers = load_telecallers(settings.project / TELECALLERS)
    campaign, enrolled = await make_campaign(
        settings, file, at_most=contacts, now=clock.now()
    )
    _step(2, f"campaign “{campaign.title_hi}”", f"{enrolled} people in its queue")
    async with (
        carrier_process(settings, telecallers, campaign.flow_id, "--seed", str(seed)),
        open_system(
            settings, clock=clock, telecallers=[*telecallers, *([GUEST] * stay)]
        ) as system,
    ):
        _step(
            3, "two Asterisks are up", f"logs are in {_shown(settings, settings.home)}"
        )
        await _dial(system, campaign, enrolled, len(telecallers))
        checks = await prove(system, campaign.campaign_id)
        report = await write_html(settings, campaign.campaign_id, now=clock.now())
        _step(5, "the report for the in-charge", _shown(settings, report))
        out.print()
        good = show_checks(checks)
        if stay:
            await leave_open(system, campaign)
    return good


def _lawful_clock(settings: Settings, file: Path) -> SystemClock:
    """Noon of the next day on which the campaign may call at all."""
    campaign = load_campaign(file)
    law = load_law(settings.project / "config", settings.trunks)
    zone = ZoneInfo(settings.timezone)
    return daytime(lambda noon: closed(campaign, noon.astimezone(zone), law) is None)


def _step(number: int, what: str, detail: str) -> None:
    out.print(f"[bold][{number}/5][/bold] {what} [dim]· {detail}[/]")


def _shown(settings: Settings, file: Path) -> str:
    return str(file.relative_to(settings.project))


def _import(settings: Settings) -> None:
    new = NewList(LIST, ORIGIN, OriginKind.OWN_MEMBERS)
    plan = plan_import(settings, settings.project / SAMPLE, None, new, {})
    rejects = settings.home / "rejects.csv"
    summary = run_import(settings, plan, rejects, quiet=True)
    counts = summary.counts
    _step(
        1,
        f"{counts.read:,} rows of {SAMPLE} read",
        f"{counts.kept:,} imported, {counts.refused:,} refused with reason and remedy "
        f"({_shown(settings, rejects)}), {counts.duplicate:,} duplicates, "
        f"{counts.blank:,} blank",
    )


async def _dial(
    system: System, campaign: Campaign, people: int, telecallers: int
) -> None:
    """Wait for the telecallers, dial everybody once, and show how it goes."""
    running = system.running
    await _telecallers_ready(system, telecallers)
    await running.start(campaign.campaign_id)
    await _watch(system, campaign.campaign_id, people)
    with contextlib.suppress(BadInput):  # it has finished by itself
        await running.pause_campaign(campaign.campaign_id)
    await _desks_done(system)
    _step(
        4,
        f"{sum(running.router.outcomes.values())} calls placed",
        ", ".join(f"{n} {d}" for d, n in running.router.outcomes.most_common()),
    )


async def _watch(system: System, campaign_id: CampaignId, people: int) -> None:
    """Show how it goes until every call is over: live, or a line now and then."""
    router = system.running.router
    begun, told = time.monotonic(), 0.0
    with Live(console=out, refresh_per_second=4, transient=True) as live:
        while (now := time.monotonic()) - begun < AT_MOST_S:
            ended = sum(router.outcomes.values())
            if ended >= people and router.count() == 0:
                return
            if out.is_terminal:
                live.update(_picture(system, campaign_id, people))
            elif now - told >= LINE_EVERY_S:
                told = now
                out.print(f"      {ended}/{people} calls over, {router.count()} live")
            await asyncio.sleep(0.25)


async def _telecallers_ready(system: System, count: int) -> None:
    desks = system.running.desks
    if not await until(
        lambda: sum(d.state == "ready" for d in desks()) == count, DESKS_READY_S
    ):
        states = ", ".join(f"{d.telecaller_id} {d.state}" for d in desks())
        raise SetupFailed(f"not every telecaller's softphone could be rung: {states}")


async def _desks_done(system: System) -> None:
    """Let the last wrap-ups be noted."""
    desks = system.running.desks
    await until(
        lambda: not any(d.state in ("talking", "wrap_up") for d in desks()), WRAP_UP_S
    )


def _picture(system: System, campaign_id: CampaignId, people: int) -> Table:
    running = system.running
    states = Counter(str(live.state) for live in running.router.live())
    desks = Counter(str(desk.state) for desk in running.desks())
    ended = sum(running.router.outcomes.values())
    run = running.dial_loop.run_of(campaign_id)
    done = round(30 * ended / max(1, people))
    table = Table.grid(padding=(0, 2))
    table.add_row("calls over", f"{'█' * done}{'░' * (30 - done)} {ended}/{people}")
    table.add_row("live calls", _words(states))
    table.add_row("telecallers", _words(desks))
    table.add_row("because", run.because if run else "")
    return table


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "none"
