"""Set Samvad up: system packages, Python, Asterisk, pages. Safe to repeat.

Writes nothing outside the project's folder, system packages aside. Only the
standard library; what is there already is left alone, so a second run is quick.
"""

from __future__ import annotations

import argparse
import fcntl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import get_asterisk
import pages
import python_env
import system_packages
from steps import StepFailed, say


def main() -> int:
    """Run every step. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("purpose", choices=["demo", "test"])
    purpose = parser.parse_args().purpose
    with one_at_a_time():
        return run_steps(purpose)


def run_steps(purpose: str) -> int:
    """Run the steps in order, stopping at the first that fails."""
    steps: list[tuple[str, Callable[[], None]]] = [
        ("System packages", lambda: system_packages.install(purpose)),
        ("Python environment", lambda: python_env.make(purpose)),
        ("Asterisk", get_asterisk.ensure),
        ("Pages", lambda: pages.make(purpose)),
    ]
    for number, (title, run) in enumerate(steps, start=1):
        say(f"[{number}/{len(steps)}] {title}")
        try:
            run()
        except StepFailed as failure:
            say(f"\n{title}: {failure}")
            return 1
    return 0


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for another set-up of this folder, if one is at work."""
    cache = python_env.PROJECT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work in this folder: waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\nStopped. Run it again to go on from here.")
        sys.exit(130)
