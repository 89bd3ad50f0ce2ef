"""dialer.py keys: the master keys that recordings and erased people are sealed by."""

from __future__ import annotations

import json
import os
from pathlib import Path

import typer
from rich.table import Table

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    err,
    out,
    settings_of,
)
from ivr.core.erasure import NumberKey
from ivr.settings.config import Settings
from ivr.settings.secret import env_name, secret
from ivr.vault.rewrap import rotate as rotate_keys
from ivr.vault.rewrap import wrapped_by
from ivr.vault.vault import Vault, vault_of

app = typer.Typer(
    no_args_is_help=True, help="Keys of the vault: what recordings are sealed by."
)


def open_vault(home: Path) -> Vault:
    """Return the vault of a home, with the environment's keys. Raises BadInput."""
    return vault_of(home, from_env=os.environ.get(env_name("vault"), ""))


def number_key(home: Path) -> NumberKey:
    """Return by which the numbers of erased people are known; made the first time."""
    return NumberKey(secret(home, "erased-numbers"))


@app.command("show")
def show(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the master keys by name, never themselves, and how much each wraps."""
    settings = settings_of(config, home)
    rows = _rows(settings)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("key", "made", "wraps", "")
    for row in rows:
        made = str(row["made_at"] or "by the environment")
        table.add_row(
            str(row["key"]), made[:16], f"{row['wraps']:,}", str(row["state"])
        )
    out.print(table if rows else "No key yet: the first start makes one.")
    for row in rows:
        if row["is_open_to_others"]:
            err.print(f"[red]✗[/] key {row['key']} can be read by others: chmod 600 it")


def _rows(settings: Settings) -> list[dict[str, object]]:
    vault = open_vault(settings.home)
    counts = wrapped_by(vault.keys)
    masters = vault.ring.masters()
    rows: list[dict[str, object]] = [
        {
            "key": one.key_id,
            "made_at": one.made_at.isoformat() if one.made_at else None,
            "wraps": counts.pop(one.key_id, 0),
            "state": "newest" if place == 0 else "old: only opens",
            "is_open_to_others": one.is_open_to_others,
        }
        for place, one in enumerate(masters)
    ]
    # What a restore without its master key leaves: it stays closed.
    return rows + [
        {
            "key": key_id,
            "made_at": None,
            "wraps": count,
            "state": "MISSING: nothing opens",
            "is_open_to_others": False,
        }
        for key_id, count in sorted(counts.items())
    ]


@app.command("rotate")
def rotate(config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None) -> None:
    """Make a new master key, wrap everything by it, and destroy the old ones.

    Sound is not rewritten. It may be done while Samvad runs, and broken off.
    """
    vault = open_vault(settings_of(config, home).home)
    newest, count = rotate_keys(vault.ring, vault.keys)
    out.print(f"[green]✓[/] key {newest.key_id} is the newest; {count:,} wrapped anew")
    out.print("Keep a copy of it apart from the backups: docs/privacy.md")
