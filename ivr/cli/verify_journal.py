"""dialer.py verify-journal: was the record changed by another way than Samvad's?"""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ivr.cli.journal_heads import heads_of
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
from ivr.core.journal import Finding
from ivr.errors import BadInput
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.store.journal_verify import Verified, sizes, verify

PATIENCE_S = 24 * 3600.0
SHOWN, SHOWN_DAYS = 50, 7
WIDE = 200  # columns
ROOT = re.compile(r"[0-9a-f]{64}")

RootOption = Annotated[
    list[str] | None,
    typer.Option(
        "--root", help="A root that was kept elsewhere; spaces do not matter. Repeat."
    ),
]


def verify_journal(
    root: RootOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find any edit, gap or reorder in the record. Exit code 1: something was found.

    Reads everything once, also while campaigns run; millions of rows take minutes.
    """
    settings = settings_of(config, home)
    given = frozenset(map(parsed, root or ()))
    told = run(_verified(settings, given | heads_of(settings.home)))
    if as_json:
        typer.echo(json.dumps(as_dict(told, given), ensure_ascii=False, indent=2))
    else:
        _show(told, given)
    if told.wrong:
        raise typer.Exit(1)


def parsed(text: str) -> str:
    """Return a root as it was printed, as 64 hexadecimal digits. Raises BadInput."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    if not ROOT.fullmatch(digits):
        raise BadInput(
            "a root has 64 digits of 0-9 and a-f",
            where="--root",
            remedy="give it as `dialer.py journal root` printed it",
        )
    return digits


async def _verified(settings: Settings, wanted: frozenset[str]) -> Verified:
    url = settings.database_url
    async with await open_store(url, timeout_s=PATIENCE_S) as store:
        counts = await store.read(sizes)
        with _bar() as bar:
            task = bar.add_task("journal", total=sum(counts.values()))

            def further(what: str, rows: int) -> None:
                bar.update(task, advance=rows, description=what)

            return await store.read(verify, wanted, further)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:>16}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )


def _show(told: Verified, given: frozenset[str]) -> None:
    if told.findings:
        table = Table("what", "table", "which", "entry", "right until (UTC)", "it")
        for one in told.findings[:SHOWN]:
            seq = "" if one.seq is None else f"{one.seq:,}"
            told_key = escape(one.key if len(one.key) < 40 else one.key[:39] + "…")
            since = one.since[:19].replace("T", " ")
            table.add_row(one.wrong, one.table, told_key, seq, since, one.says)
        # In a file nobody's window is too narrow.
        (out if out.is_terminal else Console(width=WIDE)).print(table)
        if told.wrong > SHOWN:
            out.print(f"and {told.wrong - SHOWN:,} more (1,000 of them with --json)")
    head = told.head
    out.print(f"entries: {head.seq:,} · rows: {told.rows:,} · people: {told.people:,}")
    out.print(f"head:    {head.hash.hex()}")
    for day in told.roots[-SHOWN_DAYS:]:
        out.print(f"root of {day.day:%d.%m.%Y}: {day.hash.hex()} (entry {day.seq:,})")
    for kept in sorted(given & told.met.keys()):
        out.print(f"[green]✓[/] in the chain, as entry {told.met[kept]:,}: {kept}")
    if told.wrong:
        out.print(f"[red]✗[/] {told.wrong:,} things are not as they were journaled")
    else:
        out.print("[green]✓[/] the record is as it was journaled")


def as_dict(told: Verified, given: frozenset[str]) -> dict[str, object]:
    """Return what came of it, for programs."""
    return {
        "ok": not told.wrong,
        "wrong": told.wrong,
        "findings": list(map(_as_dict, told.findings)),
        "entries": told.head.seq,
        "rows": told.rows,
        "people": told.people,
        "head": {
            "entry": told.head.seq,
            "at": told.head.at,
            "hash": told.head.hash.hex(),
        },
        "roots": [
            {"day": day.day.isoformat(), "entry": day.seq, "root": day.hash.hex()}
            for day in told.roots
        ],
        "given": {root: told.met.get(root) for root in sorted(given)},
    }


def _as_dict(one: Finding) -> dict[str, object]:
    return {
        "what": str(one.wrong),
        "table": one.table,
        "key": one.key,
        "entry": one.seq,
        "right_until": one.since,
        "says": one.says,
    }
