"""Are there known holes in what Samvad is made of? `make audit`.

Asks pip-audit (the OSV database) about requirements/*.lock and npm about the pages'
packages. Without a way to them it says so, and does not pretend that all is well.

Exit code: 1 if there are holes; 0 if there are none, or nobody could be asked. With
AUDIT=required (CI) also 1 if one of them could not be asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pages import BROWSER, NPM, find_node
from python_env import PROJECT, VENV
from steps import StepFailed

PIP_AUDIT = "pip-audit==2.10.1"
LOCKS = ("run", "voice", "dev")
TIMEOUT_S = 300


@dataclass
class Said:
    """What one of them answered."""

    what: str
    holes: list[str] = field(default_factory=list)
    not_asked: str = ""  # why


def main() -> int:
    """Ask about each lock; print one line for each hole."""
    told = [*(of_python(name) for name in LOCKS), of_npm()]
    for one in told:
        if one.not_asked:
            _print(f"? {one.what}: COULD NOT BE AUDITED: {one.not_asked}")
        elif one.holes:
            _print(f"✗ {one.what}: {len(one.holes)} known holes")
        else:
            _print(f"✓ {one.what}: no known holes")
        for hole in one.holes:
            _print(f"    {hole}")
    if any(one.not_asked for one in told):
        _print("Run it again where api.osv.dev and npm's registry can be reached.")
    is_required = os.environ.get("AUDIT") == "required"
    missed = is_required and any(one.not_asked for one in told)
    return int(missed or any(one.holes for one in told))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def of_python(name: str) -> Said:
    """Ask about requirements/NAME.lock: all of it is pinned, so nothing is resolved."""
    said = Said(f"requirements/{name}.lock")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        words = [str(VENV / "bin/python"), "-m", "uv", "tool", "run"]
        words += ["--from", PIP_AUDIT, "pip-audit", "--vulnerability-service=osv"]
        words += ["--disable-pip", "--require-hashes", "--progress-spinner=off"]
        words += ["--format=json", f"--output={answer}", "--requirement", said.what]
        done = _run(words, PROJECT)
        if not answer.is_file() or not answer.stat().st_size:
            said.not_asked = _last_line(done)
            return said
        said.holes = holes_of_python(json.loads(answer.read_text("utf-8")))
    return said


def holes_of_python(answer: dict[str, Any]) -> list[str]:
    """Return one line for each hole in pip-audit's answer."""
    return [
        f"{one['name']} {one['version']}: {hole['id']}, mended in "
        + (", ".join(hole["fix_versions"]) or "no version yet")
        for one in answer["dependencies"]
        for hole in one.get("vulns", [])
    ]


def of_npm() -> Said:
    """Ask about package-lock.json."""
    said = Said("ivr/web/browser/package-lock.json")
    try:
        node = find_node()
    except StepFailed as exc:
        said.not_asked = str(exc)
        return said
    words = [str(node), str((node.parent / NPM).resolve())]
    done = _run([*words, "audit", "--json", "--package-lock-only"], BROWSER)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        said.not_asked = _last_line(done)
        return said
    if "vulnerabilities" not in answer:
        said.not_asked = str(answer.get("message") or _last_line(done))
        return said
    said.holes = holes_of_npm(answer)
    return said


def holes_of_npm(answer: dict[str, Any]) -> list[str]:
    """Return one line for each package with a hole in npm's answer."""
    return [
        f"{name} {one['range']}: {one['severity']}"
        for name, one in sorted(answer["vulnerabilities"].items())
    ]


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return subprocess.CompletedProcess(words, 1, "", str(exc))


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines or ["it gave no reason"])[-1][:200]


if __name__ == "__main__":
    sys.exit(main())
