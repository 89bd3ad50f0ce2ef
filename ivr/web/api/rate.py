"""How often one may ask: counted here, decided by core.allowance.

Each token has its requests. Each user has new sentences to be spoken: speech is made
on the machine that carries the calls.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from aiohttp import web

from ivr.core.allowance import Allowance, Rate, take
from ivr.web.site import site_of, user_of
from ivr.web.texts import N_

OF_A_TOKEN = Rate(per_s=10.0, at_once=60)
OF_SPEECH = Rate(per_s=0.5, at_once=20)
KNOWN = 10_000
TOO_MUCH_SPEECH = N_("Too many new texts at once. Please wait half a minute.")


class TooMuchSpeech(web.HTTPTooManyRequests):
    error_id = "too_much"


class Allowances:
    """What is left to each. Bounded: the one longest silent is forgotten."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, who: str, now: datetime) -> int:
        """Take one. Return 0, or for how many seconds to wait: then none was taken."""
        before = self._left.pop(who, None)
        self._left[who], wait_s = take(before, self._rate, now)
        if len(self._left) > KNOWN:
            self._left.popitem(last=False)
        return wait_s


ALLOWANCES: web.AppKey[Allowances] = web.AppKey("allowances")
SPEECH: web.AppKey[Allowances] = web.AppKey("speech")


def take_request(request: web.Request, token_id: str) -> None:
    """Take one of a token's requests. Raises HTTPTooManyRequests."""
    if wait_s := request.app[ALLOWANCES].take(token_id, site_of(request).now()):
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait_s)})


def take_speech(request: web.Request) -> None:
    """Take one of the user's new sentences to be spoken. Raises TooMuchSpeech."""
    user_id = str(user_of(request).user_id)
    if wait_s := request.app[SPEECH].take(user_id, site_of(request).now()):
        headers = {"Retry-After": str(wait_s)}
        raise TooMuchSpeech(text=TOO_MUCH_SPEECH, headers=headers)
