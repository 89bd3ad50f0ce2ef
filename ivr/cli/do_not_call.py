"""dialer.py do-not-call: numbers that nobody of the organisation may call."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ivr.cli.client import Client, NotRunning
from ivr.cli.keys import number_key
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
from ivr.core.model import PhoneNumber, masked
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.files import write_whole
from ivr.report.as_csv import safe
from ivr.settings.checked import read_text
from ivr.settings.config import Settings
from ivr.store.answers import all_do_not_call
from ivr.store.engine import open_store
from ivr.store.opt_out_ledger import OptOut, as_csv
from ivr.store.opt_outs import all_opt_outs

app = typer.Typer(
    no_args_is_help=True,
    help="Do-not-call: numbers that are never dialled, in whatever campaign.",
)

NumbersArgument = Annotated[list[str], typer.Argument(help="In any usual writing.")]
SourceOption = Annotated[str, typer.Option(help="Who asked for it, and how.")]
SHOWN = 1000


@app.command("add")
def add(
    numbers: NumbersArgument,
    source: SourceOption = "the office",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Never call these numbers again; a call that rings there now is dropped."""
    settings = settings_of(config, home)
    _put(settings, [_number(text) for text in numbers], source)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="One number on each line.")],
    source: SourceOption = "a list",
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Add a file of numbers. Lines that are no number are told, the rest is added."""
    settings = settings_of(config, home)
    good: dict[PhoneNumber, None] = {}
    bad = 0
    for place, line in enumerate(read_text(file).splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        number = parse_number(text)
        if isinstance(number, NumberProblem):
            bad += 1
            told = f"{file}:{place}: is no number ({number.remedy.en})"
            err.print(f"[red]✗[/] {escape(told)}", soft_wrap=True)
        else:
            good[number] = None
    _put(settings, list(good), source)
    if bad:
        err.print(f"[red]✗[/] {bad} lines were not added")
        raise typer.Exit(1)


@app.command("check")
def check(
    numbers: NumbersArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of each number whether it may be called at all."""
    settings = settings_of(config, home)
    parsed = [_number(text) for text in numbers]
    barred = run(_barred(settings, parsed))
    if as_json:
        rows = [{"number": n, "do_not_call": n in barred} for n in parsed]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for number in parsed:
        word = "[red]on do-not-call[/]" if number in barred else "not on the list"
        out.print(f"{masked(number)}  {word}")


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the latest 1,000: masked here, whole with --json."""
    rows = run(_rows(settings_of(config, home)))
    if as_json:
        told = [
            {"number": number, "since": since.isoformat(), "source": source}
            for number, since, source in rows
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    table = Table("number", "since", "asked by")
    for number, since, source in rows:
        table.add_row(masked(number), f"{since:%d.%m.%Y %H:%M} UTC", escape(source))
    out.print(table if rows else "Nobody has asked not to be called.")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A new CSV file; only you may read it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Write every number to a CSV file: for another place, or for a restore."""
    settings = settings_of(config, home)
    opt_outs = run(_every(settings))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in as_csv(opt_outs))
    write_whole(file, text.getvalue())
    file.chmod(0o600)
    out.print(f"[green]✓[/] {len(opt_outs):,} numbers in {escape(str(file))}")


def _number(text: str) -> PhoneNumber:
    number = parse_number(text)
    if isinstance(number, NumberProblem):
        raise BadInput(f"{text!r} is no number", remedy=number.remedy.en)
    return number


def _put(settings: Settings, numbers: Sequence[PhoneNumber], source: str) -> None:
    """Through the running Samvad, so that ringing calls drop, or into its store."""
    client = Client(settings)
    try:
        for number in numbers:
            body = {"number": number, "source": source}
            client.post("/api/v1/opt-outs", body)
    except NotRunning:
        run(_keep(settings, numbers, source))
    out.print(f"[green]✓[/] {len(numbers):,} numbers are on do-not-call")


async def _keep(
    settings: Settings, numbers: Iterable[PhoneNumber], source: str
) -> None:
    now = datetime.now(UTC)
    ledger = settings.opt_out_ledger
    async with await open_store(settings.database_url, opt_outs=ledger) as store:
        for number in numbers:
            await store.keep_opt_out(number, now, source, None)


async def _barred(
    settings: Settings, numbers: Iterable[PhoneNumber]
) -> set[PhoneNumber]:
    key = number_key(settings.home)
    async with await open_store(settings.database_url, erased=key) as store:
        return {one for one in numbers if await store.is_do_not_call(one)}


async def _every(settings: Settings) -> list[OptOut]:
    async with await open_store(settings.database_url) as store:
        return await store.read(all_opt_outs)


async def _rows(settings: Settings) -> list[tuple[PhoneNumber, datetime, str]]:
    async with await open_store(settings.database_url) as store:
        return await store.read(all_do_not_call, SHOWN)
