"""Claims until nothing is due, and prints the numbers it got.

Run by test_bad_days.py, several at once.
"""

from __future__ import annotations

import asyncio
import sys

from ivr.core.model import CampaignId
from ivr.store.engine import open_store
from tests.adapters.store.scene import NOON


async def main(url: str, campaign: str) -> None:
    async with await open_store(url) as store:
        while due := await store.claim_due(CampaignId(campaign), 7, NOON):
            for each in due:
                sys.stdout.write(f"{each.contact.number}\n")


asyncio.run(main(*sys.argv[1:]))
