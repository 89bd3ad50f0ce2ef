"""Seals what Asterisk has finished recording, in a thread of its own.

The loop, and the voter who waits for the next prompt, know nothing of it. A file that
cannot be sealed now is tried again; it can be heard meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import structlog

from ivr.errors import SamvadError
from ivr.vault.recordings import SETTLED_S, Recordings

log = structlog.get_logger(__name__)

EVERY_S = 1.0
AFTER_FAILURE_S = 10.0
AT_ONCE = 50
CLOSE_S = 30.0


class Sealer:
    """Works from `start` to `stop`."""

    def __init__(self, recordings: Recordings, *, every_s: float = EVERY_S) -> None:
        self._recordings = recordings
        self._every_s = every_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sealer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Seal what is finished, and end. Waits up to 30 s for it."""
        self._is_over.set()
        self._thread.join(CLOSE_S)

    def _work(self) -> None:
        done = self._try(self._recordings.left())
        pause = 0.0
        while not self._is_over.wait(pause):
            done = self._try(self._recordings.waiting(time.time()))
            pause = self._every_s if done else AFTER_FAILURE_S
        # Nobody is on the line any more: what is finished need not settle.
        self._try(self._recordings.waiting(time.time() + SETTLED_S))

    def _try(self, files: Iterable[Path]) -> bool:
        """Seal files, some at a time; False: some of them cannot be sealed now."""
        failed: list[Path] = []
        for some in _some(files):
            if self._seal(some) is not None:
                # One may be the cause: it does not keep the others waiting.
                failed += [file for file in some if self._seal([file]) is not None]
        if failed:
            why = self._seal(failed[:1])
            log.error("Not encrypted yet", recordings=len(failed), error=str(why))
        return not failed

    def _seal(self, files: Sequence[Path]) -> Exception | None:
        try:
            self._recordings.seal(files)
        except (OSError, SamvadError) as exc:
            return exc
        return None


def _some(files: Iterable[Path]) -> Iterator[list[Path]]:
    rest = iter(files)
    while some := list(islice(rest, AT_ONCE)):
        yield some
