"""What a set-up step says on screen: its number, what it does, size and time.

Only the standard library: this runs before the virtual environment exists.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType

PLAIN_EVERY_S = 5.0  # without a terminal: a progress line this often, no more


class StepFailed(Exception):
    """A step of the set-up could not be done; the message says what to do."""


def say(text: str = "") -> None:
    """Print one whole line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Step:
    """`with Step("Asterisk") as step:` prints a line when it ends, with its time.

    On a terminal `progress` redraws one line; elsewhere it prints plain lines,
    seldom enough to keep a log readable.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.live = sys.stdout.isatty()
        self.said = self.started
        self.result = "done"

    def __enter__(self) -> Step:
        if not self.live:
            say(f"      {self.title} ...")
        return self

    def progress(self, text: str) -> None:
        """Show how far this step is."""
        now = time.monotonic()
        if self.live:
            sys.stdout.write(f"\r\033[K      {self.title}: {text}")
            sys.stdout.flush()
        elif now - self.said >= PLAIN_EVERY_S:
            self.said = now
            say(f"        {text}")

    def note(self, text: str) -> None:
        """Say something the reader must know, on a line of its own."""
        if self.live:
            sys.stdout.write("\r\033[K")
        say(f"        {text}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.live:
            sys.stdout.write("\r\033[K")
        if kind is None:
            seconds = time.monotonic() - self.started
            say(f"      {self.title}: {self.result}, {seconds:.0f} s")


def megabytes(count: float) -> str:
    """Return a size for people."""
    return f"{count / 1e6:.1f} MB" if count < 1e7 else f"{count / 1e6:.0f} MB"
