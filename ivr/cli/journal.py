"""dialer.py journal: the day's root, to be printed and given to a second officer."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    run,
    settings_of,
)
from ivr.core.journal import INDIA, Head, Root, end_of, root_text
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.store.journal_verify import last_entry, root_of

app = typer.Typer(
    no_args_is_help=True,
    help="The journal: what stands for the record. See also: verify-journal.",
)

DayOption = Annotated[
    str | None,
    typer.Option("--day", help="YYYY-MM-DD, Indian time. Without it: yesterday."),
]


@app.command("root")
def root(
    day: DayOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what stands for all that was recorded until the end of a day."""
    the_day = _day(day)
    found, before = run(_roots(settings_of(config, home), the_day))
    if found is None:
        raise BadInput(f"nothing was journaled until {the_day:%d.%m.%Y}")
    the_root = Root(the_day, found.seq, found.hash)
    if as_json:
        told = {
            "day": the_day.isoformat(),
            "entries": found.seq,
            "root": found.hash.hex(),
        }
        typer.echo(json.dumps(told))
        return
    typer.echo(root_text(the_root, found.seq - (before.seq if before else 0)))


@app.command("head")
def head(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the last entry: what stands for all that is recorded now."""
    last = run(_head(settings_of(config, home))) or Head()
    if as_json:
        told = {"entries": last.seq, "at": last.at, "hash": last.hash.hex()}
        typer.echo(json.dumps(told))
        return
    typer.echo(f"entries: {last.seq:,}\nhead:    {last.hash.hex()}")


def _day(text: str | None) -> date:
    today = datetime.now(UTC).astimezone(INDIA).date()
    if text is None:
        return today - timedelta(days=1)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{text!r} is no day", where="--day", remedy="as 2026-11-27"
        ) from None
    if day >= today:
        raise BadInput(
            "that day is not over, so its root would change",
            where="--day",
            remedy="ask for an earlier day, or for `dialer.py journal head`",
        )
    return day


async def _roots(settings: Settings, day: date) -> tuple[Head | None, Head | None]:
    async with await open_store(settings.database_url) as store:
        found = await store.read(root_of, end_of(day))
        return found, await store.read(root_of, end_of(day - timedelta(days=1)))


async def _head(settings: Settings) -> Head | None:
    async with await open_store(settings.database_url) as store:
        return await store.read(last_entry)
