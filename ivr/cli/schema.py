"""dialer.py schema: the JSON Schemas by which editors check flows and campaigns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import out
from ivr.settings.campaigns import write_campaign_schema
from ivr.settings.config import PROJECT
from ivr.settings.flows import write_schemas

FOLDER = PROJECT / "config" / "schema"


def schema(
    folder: Annotated[
        Path, typer.Option(help="Where to write them.", file_okay=False)
    ] = FOLDER,
) -> None:
    """Write the JSON Schemas of flow and campaign files anew, for editors."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*write_schemas(folder), write_campaign_schema(folder)):
        out.print(f"[green]✓[/] {file}", soft_wrap=True)
