"""dialer.py simulate: how a campaign will go, played beforehand without telephones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    settings_of,
)
from ivr.cli.simulate_show import as_data, as_table
from ivr.settings.config import Settings
from ivr.settings.people import load_centres
from ivr.simulation.forecast.outlook import outlook
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.scenario_file import load_scenario

SEEDS = 5
DAYS = 14.0


def simulate(
    scenario: Annotated[
        Path, typer.Argument(help="What is expected: config/scenarios/NAME.yaml.")
    ],
    seeds: Annotated[
        int, typer.Option(min=1, max=200, help="How often it is played.")
    ] = SEEDS,
    days: Annotated[
        float, typer.Option(min=0.01, max=400, help="Look so many days ahead.")
    ] = DAYS,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
) -> None:
    """When a list will be done, and what it takes: telecallers, lines, abandonment."""
    settings = settings_of(config, home)
    base = _scenario(settings, scenario)
    began = perf_counter()
    found = [outlook("जैसा है · as it is", base, seeds, days)]
    took_s = perf_counter() - began
    if as_json:
        typer.echo(json.dumps(as_data(found), ensure_ascii=False, indent=2))
        return
    out.print(as_table(found))
    out.print(f"[dim]{seeds} × {base.people:,}: {took_s:.1f} s[/]")


def _scenario(settings: Settings, path: Path) -> Scenario:
    centres = load_centres(settings.project / "config" / "centres.yaml")
    today = datetime.now(UTC).astimezone(ZoneInfo(settings.timezone)).date()
    return load_scenario(
        path, starts_on=today, tree={centre.code: centre for centre in centres}
    )
