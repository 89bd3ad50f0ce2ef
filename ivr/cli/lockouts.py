"""dialer.py lockouts: whom the switch shut out, and letting them in again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    run,
    settings_of,
)
from ivr.controller.clock import SystemClock
from ivr.controller.users import AuditEntry
from ivr.core.lockout import Lockout, source_of
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.store.lockouts import SqlLockouts
from ivr.store.users import SqlUsers

app = typer.Typer(
    no_args_is_help=True,
    help="Addresses shut out after failed tries to be a telecaller's phone.",
)

BY = "dialer.py"


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is shut out now, until when, and because of what."""
    settings = settings_of(config, home)
    now = SystemClock().now()
    found = run(_held(settings, now))
    if as_json:
        rows = [
            {
                "address": one.source,
                "since": one.since.isoformat(),
                "until": one.until.isoformat(),
                "times": one.times,
                "because": one.because,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, indent=2))
    elif found:
        out.print(_table(found, ZoneInfo(settings.timezone)))
    else:
        out.print("Nobody is shut out.")


@app.command("release")
def release(
    address: Annotated[str, typer.Argument(help="As `lockouts list` shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Let an address in again, within seconds where Samvad is running.

    Example: dialer.py lockouts release 203.0.113.7
    """
    settings = settings_of(config, home)
    source = source_of(address.split("/")[0])
    if source is None:
        raise BadInput(f"{address!r} is no address", remedy="dialer.py lockouts list")

    async def work() -> bool:
        now = SystemClock().now()
        async with await open_store(settings.database_url) as store:
            done = await SqlLockouts(store).release(source, now)
            if done:
                entry = AuditEntry(now, BY, "lockout_released", f"address {source}")
                await SqlUsers(store).keep_audit(entry)
            return done

    if not run(work()):
        raise BadInput(f"{source} is not shut out", remedy="dialer.py lockouts list")
    out.print(f"[green]✓[/] {escape(source)} may come in again")


async def _held(settings: Settings, now: datetime) -> list[Lockout]:
    async with await open_store(settings.database_url) as store:
        return await SqlLockouts(store).since(now)


def _table(found: list[Lockout], zone: ZoneInfo) -> Table:
    table = Table("पता | address", "कब तक | until", "बार | times", "क्यों | because")
    for one in found:
        until = f"{one.until.astimezone(zone):%F %H:%M}"
        table.add_row(one.source, until, str(one.times), escape(one.because))
    return table
