"""How often each token asks: counted here, decided by core.request_rate."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from aiohttp import web

from ivr.core.request_rate import Allowance, Rate, take

OF_A_TOKEN = Rate(per_s=10.0, at_once=60)
TOKENS = 10_000


class Allowances:
    """What is left to each token. Bounded: the one longest silent is forgotten."""

    def __init__(self, rate: Rate = OF_A_TOKEN) -> None:
        self._rate = rate
        self._left: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, token_id: str, now: datetime) -> None:
        """Take one request. Raises HTTPTooManyRequests, saying when to go on."""
        before = self._left.pop(token_id, None)
        self._left[token_id], wait_s = take(before, self._rate, now)
        if len(self._left) > TOKENS:
            self._left.popitem(last=False)
        if wait_s:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait_s)})


ALLOWANCES: web.AppKey[Allowances] = web.AppKey("allowances")
