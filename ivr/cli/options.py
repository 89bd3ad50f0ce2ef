"""The options that every command has, and what is read from them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from ivr.settings.config import Settings, load_settings

T = TypeVar("T")

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", "-c", envvar="SAMVAD_CONFIG", help="The settings file (TOML)."
    ),
]
HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="SAMVAD_HOME",
        help="Folder for the database, recordings and logs, instead of the settings'.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]

DEFAULT_CONFIG = Path("config/samvad.toml")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def settings_of(config: Path, home: Path | None) -> Settings:
    """Return the settings. Raises BadInput."""
    return load_settings(config).replace(home=home)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one asynchronous piece of work to its end."""
    return asyncio.run(work)
