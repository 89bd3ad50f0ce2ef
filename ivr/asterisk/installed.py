"""Which Asterisk this machine has, and where its own folders are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import SetupFailed


@dataclass(frozen=True, slots=True)
class Installed:
    """An Asterisk on this machine: the program and its own folders."""

    program: Path
    modules: Path
    data: Path
    version: str


def find_asterisk(project: Path) -> Installed:
    """Return the Asterisk to use: SAMVAD_ASTERISK, .asterisk/, then PATH."""
    for program in _candidates(project):
        if not program.exists():
            continue
        info = _info(program)
        return Installed(
            program=program,
            modules=Path(info.get("modules") or _first_existing(_MODULES)),
            data=Path(info.get("data") or "/usr/share/asterisk"),
            version=info.get("version") or _version(program),
        )
    raise SetupFailed(
        "there is no Asterisk on this machine: `make asterisk` gets one, or install "
        "your distribution's package (20 or newer)"
    )


def _candidates(project: Path) -> Iterable[Path]:
    if chosen := os.environ.get("SAMVAD_ASTERISK"):
        yield Path(chosen)
    yield project / ".asterisk" / "asterisk"
    on_path = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if on_path:
        yield Path(on_path)


def _info(program: Path) -> dict[str, str]:
    """Read the `info` file (JSON) that scripts/get_asterisk.py left beside it."""
    file = program.parent / "info"
    if not file.is_file():
        return {}
    try:
        return dict(json.loads(file.read_text("utf-8")))
    except ValueError as exc:
        raise SetupFailed(f"{file} is damaged: run `make asterisk` again") from exc


_MODULES = (
    Path("/usr/lib/x86_64-linux-gnu/asterisk/modules"),
    Path("/usr/lib/aarch64-linux-gnu/asterisk/modules"),
    Path("/usr/lib64/asterisk/modules"),
    Path("/usr/lib/asterisk/modules"),
)


def _first_existing(folders: Sequence[Path]) -> Path:
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SetupFailed(
        f"Asterisk's modules are in none of {', '.join(map(str, folders))}"
    )


def _version(program: Path) -> str:
    try:
        done = subprocess.run(
            [program, "-V"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise SetupFailed(f"{program} cannot be run: {exc}") from exc
    return done.stdout.strip().removeprefix("Asterisk ")
