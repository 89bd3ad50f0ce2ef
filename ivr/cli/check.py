"""dialer.py check: is everything there that Samvad needs, and what to do if not."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.markup import escape

from ivr.asterisk.checks import check_asterisk
from ivr.cli.check_host import (
    check_backup,
    check_clock,
    check_database,
    check_disk,
    check_private,
    check_sounds,
    check_spool,
)
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    out,
    settings_of,
)
from ivr.core.findings import Finding, Verdict, ok, wrong
from ivr.errors import BadInput
from ivr.workshop.settings_check import check_people

MARKS = {
    Verdict.OK: "[green]✓[/]",
    Verdict.NOTE: "[yellow]•[/]",
    Verdict.WRONG: "[red]✗[/]",
}


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, ports, Asterisk, trunks, sound, database, disk and clock.

    Each line says ok, or what is wrong and what to do. Exit code 1 if anything is.
    """
    show = (lambda _: None) if as_json else _print
    findings = asyncio.run(_collect(config, home, show))
    if as_json:
        rows = [dataclasses.asdict(finding) for finding in findings]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        raise typer.Exit(1)


async def _collect(
    config: Path, home: Path | None, show: Callable[[Finding], None]
) -> list[Finding]:
    findings = []
    async for finding in check_all(config, home):
        findings.append(finding)
        show(finding)
    return findings


async def check_all(config: Path, home: Path | None) -> AsyncIterator[Finding]:
    """Yield every finding. With settings that cannot be read, only that one."""
    try:
        settings = settings_of(config, home)
    except BadInput as exc:
        yield wrong("settings", str(exc), "see config/samvad.toml for an example")
        return
    yield ok("settings", str(config))
    telecallers, finding = check_people(settings.project / "config")
    yield finding
    async for finding in check_asterisk(settings, telecallers):
        yield finding
    for finding in check_sounds(settings.project):
        yield finding
    yield await check_database(settings)
    yield await asyncio.to_thread(check_spool, settings)
    yield check_disk(settings)
    yield check_private(settings)
    yield check_backup(settings, datetime.now(UTC))
    for finding in await asyncio.to_thread(check_clock, settings):
        yield finding


def _print(finding: Finding) -> None:
    remedy = f"\n    [bold]→[/] {escape(finding.remedy)}" if finding.remedy else ""
    said = escape(finding.said)
    out.print(
        f"{MARKS[finding.verdict]} {finding.what}: {said}{remedy}", soft_wrap=True
    )
