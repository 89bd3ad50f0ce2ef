"""Opens 20 attempts and keeps answers for ever; prints each once acknowledged.

Run by test_bad_days.py, which kills it.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from ivr.core.call import Call
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.adapters.store.scene import NOON, SURVEY, call_to, key


async def main(url: str) -> None:
    async with await open_store(url) as store:
        due = await store.claim_due(SURVEY, 20, NOON)
        calls = [call_to(d, f"call-{n}") for n, d in enumerate(due)]
        await asyncio.gather(*(store.open_attempt(call) for call in calls))
        await asyncio.gather(*(answer(store, call) for call in calls))


async def answer(store: SqlStore, call: Call) -> None:
    for seq in count(1):
        await store.keep_answer(key(call, seq))
        sys.stdout.write(f"{call.call_id} {seq}\n")
        sys.stdout.flush()


asyncio.run(main(sys.argv[1]))
