"""dialer.py bench import: how fast lists come in, and with how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.table import Table

from ivr.cli.options import JsonOption, err, out
from ivr.errors import SetupFailed
from ivr.settings.config import PROJECT

GENERATOR = PROJECT / "config/samples/make_sample.py"
TIMEOUT_S = 1800
LOOK_EVERY_S = 0.5  # at the memory
SEED = 7


def bench_import(
    rows: Annotated[int, typer.Option(help="Rows of the invented list.")] = 1_000_000,
    dirty: Annotated[float, typer.Option(help="Share of badly written rows.")] = 0.08,
    as_json: JsonOption = False,
) -> None:
    """Make a list, import it in a process of its own, and time that whole process.

    The time is that of `dialer.py import` from start to end: opening the list, making
    an empty database, reading, cleaning, storing.
    """
    result = measure(rows, dirty)
    if as_json:
        typer.echo(json.dumps(result))
        return
    table = Table("bench import", "")
    table.columns[1].justify = "right"
    for name, value in result.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int | float) else value)
    out.print(table)


def measure(rows: int, dirty: float = 0.08) -> dict[str, int | float]:
    """Return the figures of one import of `rows` invented people."""
    with tempfile.TemporaryDirectory(prefix="samvad-bench-") as folder:
        file = Path(folder) / "people.csv"
        err.print(f"making {rows:,} invented people …")
        make = [sys.executable, str(GENERATOR), "--out", str(file)]
        make += ["--rows", str(rows), "--seed", str(SEED), "--dirty", str(dirty)]
        subprocess.run(make, check=True, timeout=TIMEOUT_S)
        err.print("importing them …")
        return _timed(file, Path(folder))


def _timed(file: Path, folder: Path) -> dict[str, int | float]:
    command = [sys.executable, "-c", _IMPORT, str(file), "--list", "bench"]
    command += ["--origin", "invented people, for measuring", "--json"]
    command += ["--home", str(folder), "--rejects", str(folder / "rejects.csv")]
    with open(folder / "summary.json", "w+b") as summary:
        started = time.monotonic()
        child = subprocess.Popen(command, cwd=PROJECT, stdout=summary)
        with ThreadPoolExecutor(1) as beside:
            ended = Event()
            peak_kb = beside.submit(_peak_kb, child.pid, ended)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - started
            ended.set()
        child.returncode = os.waitstatus_to_exitcode(status)
        summary.seek(0)
        told = summary.read()
    if child.returncode:
        raise SetupFailed(f"the import ended with exit code {child.returncode}")
    counts = json.loads(told)
    return {
        "rows": counts["read"],
        "bytes": file.stat().st_size,
        "imported": counts["imported"],
        "refused": counts["refused"],
        "duplicate": counts["duplicate"],
        "seconds": round(seconds, 2),
        "rows_per_s": round(counts["read"] / seconds),
        # Where other programs run too, this tells more than the clock.
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": peak_kb.result() // 1024,
    }


def _peak_kb(pid: int, ended: Event) -> int:
    """Return the most memory that a process and its child processes had together."""
    peak = 0
    while not ended.wait(LOOK_EVERY_S):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:  # it ends this moment
            break
        peak = max(peak, sum(map(_memory_kb, [str(pid), *children])))
    return peak


def _memory_kb(pid: str) -> int:
    """Return a process's memory; what several share is counted in shares (Pss)."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ends this moment
        return 0
    return next(
        (int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")),
        0,
    )


# The command itself, without what the other commands need.
_IMPORT = """
import typer
from ivr.cli.import_ import import_contacts
typer.run(import_contacts)
"""
