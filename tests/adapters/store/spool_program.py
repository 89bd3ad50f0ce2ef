"""Answers 20 calls for ever, by a spool; prints each answer once acknowledged.

A call goes on where a former run left it. Run by test_spool_faults.py, which takes the
database away, and kills this.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from ivr.core.call import Call
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.adapters.store.scene import key


async def main(url: str, folder: str) -> None:
    async with await open_store(url, spool=Path(folder)) as store:
        calls = await store.open_attempts()
        firsts = [len(await store.answers_of(call.call_id)) + 1 for call in calls]
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        each = zip(calls, firsts, strict=True)
        await asyncio.gather(*(answer(store, call, first) for call, first in each))


async def answer(store: SqlStore, call: Call, first: int) -> None:
    for seq in count(first):
        await store.keep_answer(key(call, seq))
        sys.stdout.write(f"{call.call_id} {seq}\n")
        sys.stdout.flush()
        await asyncio.sleep(0.002)


asyncio.run(main(*sys.argv[1:]))
