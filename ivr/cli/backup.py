"""dialer.py backup: all that cannot be made again, in one file, while Samvad runs."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from typer.core import TyperGroup

from ivr.backup.archive import Manifest
from ivr.backup.keys import write as write_keys
from ivr.backup.making import Made, Tell, make, name_at, rotate
from ivr.backup.restoring import verify
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
from ivr.errors import BadInput

PASSPHRASE = "SAMVAD_BACKUP_PASSPHRASE"


class MakeByDefault(TyperGroup):
    """`backup FILE` is `backup make FILE`."""

    # Typer carries click within itself and does not show its types.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=MakeByDefault,
    help="Back up the database, recordings, prompts, flows and settings, while Samvad "
    "runs. `backup [FILE]` makes one; the way back is `dialer.py restore`.",
)


@app.command("make")
def make_(
    file: Annotated[
        Path | None, typer.Argument(help="Default: samvad-TIME.backup, here.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="A folder, for a timer; instead of FILE.")
    ] = None,
    keep: Annotated[
        int, typer.Option(min=1, help="With --to: how many of them stay.")
    ] = 14,
    keys: Annotated[
        Path | None,
        typer.Option(
            help="Also write secrets and keys, encrypted, to this other file; the "
            f"passphrase is asked for, or in {PASSPHRASE}."
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a backup. Nobody waits for it: calls go on.

    Example: dialer.py backup --to /mnt/backups --keep 14
    """
    settings = settings_of(config, home)
    target = _target(file, to)
    words = passphrase(is_new=True) if keys else ""
    with told() as tell:
        made = run(make(settings, target, tell))
    written = write_keys(settings.home, keys, words) if keys else 0
    gone = rotate(to, keep) if to is not None else []
    if as_json:
        row = {
            "file": str(made.file),
            "bytes": made.bytes,
            "made_at": made.manifest.made_at,
            "left_out": made.manifest.left_out,
            "not_taken": made.unknown,
            "keys": str(keys) if keys else None,
            "deleted": [str(one) for one in gone],
        }
        typer.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    _show(made, gone)
    if keys:
        out.print(
            f"[green]✓[/] {escape(str(keys))}: {written:,} secrets and keys, "
            "encrypted. Keep it apart from the backups, and the passphrase from both.",
            soft_wrap=True,
        )


def passphrase(*, is_new: bool = False) -> str:
    """Return the passphrase of the keys' file: the environment's, or asked for."""
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise BadInput("there is no passphrase", remedy=f"put it into {PASSPHRASE}")
    typed = getpass.getpass("Passphrase of the keys: ")
    if is_new and getpass.getpass("Once more: ") != typed:
        raise BadInput("the two are not the same")
    return typed


def _target(file: Path | None, to: Path | None) -> Path:
    if file is not None and to is not None:
        raise BadInput("give a FILE or --to, not both")
    return (file or (to or Path()) / name_at(datetime.now(UTC))).absolute()


def _show(made: Made, gone: Sequence[Path]) -> None:
    counts = made.manifest.counts
    out.print(
        f"[green]✓[/] {escape(str(made.file))}: {made.bytes / 1e6:,.1f} MB, "
        f"{counts.get('contacts', 0):,} contacts, {counts.get('attempts', 0):,} calls, "
        f"{counts.get('do_not_call', 0):,} opt-outs, {made.files:,} files",
        soft_wrap=True,
    )
    out.print(
        "  It holds telephone numbers and answers of people: keep it where only those "
        "come who need it.",
        soft_wrap=True,
    )
    out.print("  [yellow]Not in it, keep apart:[/]")
    for one in made.manifest.left_out:
        out.print(f"    {escape(one)}", soft_wrap=True)
    if made.unknown:
        names = ", ".join(made.unknown)
        out.print(f"  [yellow]Not taken, Samvad does not know it:[/] {escape(names)}")
    for old in gone:
        out.print(f"  [dim]deleted, as --keep asks: {escape(old.name)}[/]")


@app.command("verify")
def verify_(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    as_json: JsonOption = False,
) -> None:
    """Read a whole backup: every sum, and its database opened beside it.

    Needs room for the database in the same folder.
    """
    with told() as tell:
        manifest = run(verify(file, tell))
    if as_json:
        row = {
            "samvad": manifest.samvad,
            "made_at": manifest.made_at,
            "database": manifest.database,
            "schema": manifest.schema,
            "counts": dict(manifest.counts),
            "files": len(manifest.members),
        }
        typer.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    out.print(f"[green]✓[/] {escape(str(file))} is whole", soft_wrap=True)
    out.print(contents_of(manifest))


def contents_of(manifest: Manifest) -> Table:
    """Return what a backup holds, as a table."""
    table = Table.grid(padding=(0, 2))
    made_at = datetime.fromisoformat(manifest.made_at)
    table.add_row("made", f"{made_at:%d.%m.%Y %H:%M} UTC by Samvad {manifest.samvad}")
    table.add_row("database", f"{manifest.database}, version {manifest.schema}")
    for name, count in manifest.counts.items():
        table.add_row(name.replace("_", "-"), f"{count:,}")
    table.add_row("files", f"{len(manifest.members):,}")
    return table


@contextmanager
def told() -> Iterator[Tell]:
    """Show a bar on the terminal, where there is one."""
    if not err.is_terminal:
        yield lambda _what, _share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, description=what, completed=share)
