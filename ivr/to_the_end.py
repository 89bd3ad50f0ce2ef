"""Waiting that is not cut short. Every room that starts processes may use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Return what `work` returns, when it is over, however often we are cancelled.

    Then the cancellation is raised. For what must not be left half done and soon
    ends: a killed process of which nobody learns that it is dead stays in the table of
    processes, and its pipes stay open.
    """
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()
