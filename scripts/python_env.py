"""The virtual environment in .venv, from a lock file with hashes.

pip does it, so the user's index, proxy and certificate settings hold. A stamp
with the lock's hash says that it is complete; without it the next run goes on.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from steps import Step, StepFailed, say

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".complete"
LOCKS = {"demo": "run.lock", "test": "dev.lock"}
# These of the user's pip settings would send packages elsewhere.
ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH")


def make(purpose: str) -> None:
    """Make .venv hold what `purpose` needs. Raises StepFailed."""
    lock = PROJECT / "requirements" / LOCKS[purpose]
    if is_complete(purpose):
        say("      .venv: ready")
        return
    environment = _environment()
    STAMP.unlink(missing_ok=True)
    if not _runs(environment):
        with Step("Creating .venv") as step:
            step.result = f"Python {sys.version.split()[0]}"
            _call([sys.executable, "-m", "venv", "--clear", str(VENV)], environment)
    if _fails([str(PYTHON), "-m", "pip", "--version"], environment):
        _call([str(PYTHON), "-m", "ensurepip", "--default-pip"], environment)
    total = len(re.findall(r"^[\w.\[\]-]+==", lock.read_text(), re.MULTILINE))
    with Step(f"Installing {total} Python packages ({lock.name})") as step:
        _install(lock, total, environment, step)
    STAMP.write_text("\n".join(_stamps(purpose)) + "\n")
    shutil.rmtree(PROJECT / ".cache" / "pip", ignore_errors=True)


def is_complete(purpose: str) -> bool:
    """Return whether .venv was made for `purpose` from the lock of today."""
    if not STAMP.is_file() or not PYTHON.exists():
        return False
    return _stamp(LOCKS[purpose]) in STAMP.read_text().split("\n")


def _stamps(purpose: str) -> list[str]:
    # dev.lock holds all of run.lock, so it serves both.
    names = LOCKS.values() if purpose == "test" else [LOCKS[purpose]]
    return [_stamp(name) for name in names]


def _stamp(lock: str) -> str:
    content = (PROJECT / "requirements" / lock).read_bytes()
    return f"{lock} {hashlib.sha256(content).hexdigest()} {PROJECT}"


def _install(lock: Path, total: int, environment: dict[str, str], step: Step) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes"]
    command += ["--only-binary", ":all:", "--progress-bar", "off", "--no-input"]
    child = subprocess.Popen(
        [*command, "--disable-pip-version-check", "-r", str(lock)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert child.stdout is not None
    said, count = [], 0
    for line in child.stdout:
        said.append(line.rstrip())
        if re.match(r"(Collecting|Requirement already)", line):
            count += 1
            step.progress(f"{count} of {total}: {line.split('==')[0].split()[-1]}")
        elif line.startswith("Installing collected"):
            step.progress("unpacking")
    if child.wait():
        raise StepFailed(
            "pip could not install the packages. Its last lines:\n  "
            + "\n  ".join(said[-8:])
            + "\nCheck the network and your pip settings (pip.conf, PIP_INDEX_URL, "
            "proxies), then run this again: it goes on from here."
        )


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ELSEWHERE}
    return {**kept, "PIP_CACHE_DIR": str(PROJECT / ".cache" / "pip")}


def _runs(environment: dict[str, str]) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and not _fails([str(PYTHON), "-c", check], environment)


def _fails(command: list[str], environment: dict[str, str]) -> bool:
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return done.returncode != 0


def _call(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-600:]
        raise StepFailed(f"`{' '.join(command)}` failed:\n{said}")
