"""dialer.py restore: a backup put in place of what is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ivr.backup.keys import read as read_keys
from ivr.backup.restoring import Restored, Wishes
from ivr.backup.restoring import restore as put_back
from ivr.cli.backup import contents_of, passphrase, told
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    out,
    run,
    settings_of,
)
from ivr.store.opt_out_ledger import read_csv

SHOWN = 10


def restore(
    file: Annotated[Path, typer.Argument(help="What `dialer.py backup` made.")],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "--replace", help="Replace what is there; it is kept beside."
        ),
    ] = False,
    opt_outs: Annotated[
        Path | None,
        typer.Option(help="A CSV of `do-not-call export`: nobody of it is called."),
    ] = None,
    take_config: Annotated[
        bool,
        typer.Option("--with-config", help="Put the backup's config/ in place too."),
    ] = False,
    keys: Annotated[
        Path | None,
        typer.Option(help="What `backup --keys` wrote, for a machine that has none."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """Put a backup in place of what is there. Samvad must not run.

    Opt-outs given since then stay: from the present database and from the ledger.
    Campaigns come back paused, and nobody is called before tomorrow: whom Samvad
    called after the backup is not known any more.
    """
    settings = settings_of(config, home)
    given = tuple(read_csv(opt_outs, datetime.now(UTC))) if opt_outs else ()
    opened = read_keys(keys, passphrase()) if keys else {}
    wishes = Wishes(yes, given, take_config, opened)
    with told() as tell:
        restored = run(put_back(settings, file, wishes, tell))
    out.print(f"[green]✓[/] restored: {escape(str(file))}", soft_wrap=True)
    out.print(contents_of(restored.manifest))
    for sentence in sentences(restored):
        out.print(f"• {escape(sentence)}", soft_wrap=True)


def sentences(restored: Restored) -> list[str]:
    """Return what the person who restored must know, the gravest first."""
    settled, present = restored.settled, restored.present
    at = datetime.fromisoformat(restored.manifest.made_at)
    since = f"after {at:%d.%m.%Y %H:%M} UTC"
    if present.calls_since is None:
        lost = f"Calls and answers {since} are lost, how many is not known: "
        lost += present.why_unknown
    else:
        lost = f"{present.calls_since:,} calls {since}, and their answers, are lost"
    told = [
        f"{lost}.",
        f"{restored.opt_outs:,} opt-outs that the backup did not have were put in.",
        f"{settled.held:,} people who were due wait until tomorrow: they may have been "
        "called today.",
        f"Calls that were under way then: {settled.closed_calls:,}, closed as "
        "interrupted; what was said in them afterwards is lost.",
    ]
    if settled.paused:
        names = ", ".join(settled.paused)
        told.append(f"Paused, resume them when you have looked: {names}.")
    told += [
        f"{settled.users} users may sign in as at that time, with their passwords of "
        f"then, and {settled.tokens} programs' tokens count: switch off whom you had "
        "switched off since.",
        f"{restored.erased:,} people who were erased {since} are not called, but may "
        "be in the database again: the next start erases them anew.",
        *_about_files(restored),
    ]
    return told


def _about_files(restored: Restored) -> list[str]:
    told = [f"What was there is kept: {one}." for one in restored.aside]
    if restored.kept_apart:
        told.append(f"Secrets and keys are there: {', '.join(restored.kept_apart)}.")
    else:
        told.append(
            "There were no secrets and keys here: new ones are made at the start. "
            "Without the old keys encrypted recordings cannot be heard."
        )
    if restored.config:
        names = ", ".join(restored.config[:SHOWN])
        more = len(restored.config) - SHOWN
        told.append(
            f"config/ differs from the backup's: {names}"
            + (f" and {more} more" if more > 0 else "")
            + ". The backup's are in HOME/config-of-the-backup; --with-config takes "
            "them."
        )
    return told
