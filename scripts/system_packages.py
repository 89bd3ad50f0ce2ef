"""What Samvad needs of the system, and how to install what is missing.

The only step that needs root, and the only one that writes outside the project.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steps import Step, StepFailed, megabytes, say


@dataclass(frozen=True)
class Need:
    """A package, what it is for, and how to see that it is there."""

    package: str
    what_for: str
    is_there: Callable[[], bool]


def _venv_package() -> str:
    """Return the package with venv and pip for the Python that runs this."""
    if Path(sys.executable).resolve() == Path("/usr/bin/python3").resolve():
        return "python3-venv"
    return f"python3.{sys.version_info[1]}-venv"


def _has(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


def _has_libatomic() -> bool:
    return any(Path("/usr/lib").glob("*/libatomic.so.1"))


def _has_postgresql() -> bool:
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return any(installed) or shutil.which("initdb") is not None


NEEDS = {
    "demo": [
        Need(
            _venv_package(),
            "Python environments",
            lambda: importlib.util.find_spec("ensurepip") is not None,
        ),
        Need("openssl", "softphones over TLS", _has("openssl")),
        Need("tzdata", "time zones", Path("/usr/share/zoneinfo/Asia/Kolkata").exists),
        Need("ca-certificates", "https", Path("/etc/ssl/certs").is_dir),
    ],
    "test": [
        Need("postgresql", "the store's tests", _has_postgresql),
        Need("sox", "the prompts' tests", _has("sox")),
        Need("espeak-ng", "the voice's tests", _has("espeak-ng")),
        Need("chromium", "the tests in a browser", _has("chromium")),
        Need("libatomic1", "what drives that browser", _has_libatomic),
        Need("mount", "the tests of a full disk", _has("mount")),
    ],
}


def install(purpose: str) -> None:
    """Install what is missing for `purpose`. Raises StepFailed."""
    wanted = NEEDS["demo"] + (NEEDS["test"] if purpose == "test" else [])
    missing = [need for need in wanted if not need.is_there()]
    if not missing:
        say("      all there: ready")
        return
    for need in missing:
        say(f"      {need.package} is missing ({need.what_for})")
    packages = [need.package for need in missing]
    become_root = _become_root(packages)
    with Step("Installing") as step:
        _apt(become_root, ["update"], step)
        count, size = _to_fetch(packages)
        step.progress(f"{count} packages, {megabytes(size)}")
        _apt(become_root, ["install", "-y", "--no-install-recommends", *packages], step)
        step.result = f"{count} packages, {megabytes(size)}"
    if still := [need.package for need in missing if not need.is_there()]:
        raise StepFailed(f"{', '.join(still)} is still missing after the installation")


def _become_root(packages: list[str]) -> list[str]:
    """Return what to put before a command that needs root."""
    by_hand = "apt-get install " + " ".join(packages)
    if not shutil.which("apt-get"):
        raise StepFailed(
            f"this system has no apt; install these yourself: {' '.join(packages)}"
        )
    if os.geteuid() == 0:
        return ["env"]
    if not shutil.which("sudo"):
        raise StepFailed(f"root is needed, and there is no sudo. As root: {by_hand}")
    say(f"      Root is needed for `{by_hand}`: sudo may ask for your password.")
    if subprocess.run(["sudo", "-v"], check=False).returncode:
        raise StepFailed(f"sudo refused. As root: {by_hand}")
    return ["sudo", "env"]


def _apt(become_root: list[str], words: list[str], step: Step) -> None:
    command = [*become_root, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    # Another apt may be at work (unattended upgrades): wait for it.
    command += ["-o", "DPkg::Lock::Timeout=300", "-o", "APT::Status-Fd=1", *words]
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    said = []
    for line in child.stdout:
        status = re.match(r"(?:dl|pm)status:[^:]*:([\d.]+):(.*)", line)
        if status:
            step.progress(f"{float(status[1]):.0f} % {status[2].strip()}")
        else:
            said.append(line.rstrip())
    if child.wait():
        raise StepFailed(
            f"`apt-get {' '.join(words)}` failed:\n  " + "\n  ".join(said[-12:])
        )


def _to_fetch(packages: list[str]) -> tuple[int, int]:
    command = ["apt-get", "install", "-y", "--no-install-recommends", "--print-uris"]
    done = subprocess.run(
        [*command, *packages], capture_output=True, text=True, check=False
    )
    sizes = re.findall(r"^'\S+' \S+ (\d+)", done.stdout, re.MULTILINE)
    return len(sizes), sum(map(int, sizes))
