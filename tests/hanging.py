"""A test that hangs: told with every task that waits, failed, and at last ended.

pytest-timeout fails it and shows where each thread stands. Of a test that awaits, that
is the event loop, whatever it awaits; and its fixtures may hang as it did.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import sys
import threading
from contextlib import AbstractContextManager

EARLIER_S = 2.0  # than pytest-timeout fails it
TO_CLEAN_UP_S = 60.0  # from then on


def watch(seconds: float, shown: AbstractContextManager[None]) -> threading.Event:
    """Watch a test that is failed in so long; to be set when it is over.

    What is written inside `shown` is seen, not captured.
    """
    over = threading.Event()
    threading.Thread(target=_watch, args=(seconds, shown, over), daemon=True).start()
    return over


def _watch(
    seconds: float, shown: AbstractContextManager[None], over: threading.Event
) -> None:
    if over.wait(seconds - EARLIER_S):
        return
    with shown:
        tell_tasks()
    if over.wait(EARLIER_S + TO_CLEAN_UP_S):
        return
    faulthandler.dump_traceback(sys.__stderr__)
    os._exit(1)


def tell_tasks() -> None:
    """Write to standard error where every unfinished task stands."""
    for task in [one for one in gc.get_objects() if isinstance(one, asyncio.Task)]:
        if not task.done():
            task.print_stack(file=sys.__stderr__)
