"""Idempotency keys: the same POST sent again is answered again, and done once.

After draft-ietf-httpapi-idempotency-key-header: a key belongs to whoever sent it; with
another request it is refused (422). What failed on our side may be tried again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from aiohttp import web

from ivr.controller.programs import GivenAnswer
from ivr.errors import BadInput
from ivr.web.api.documented import KEPT, says_of, whole_body
from ivr.web.api.failures import AnotherBody, UnknownOutcome
from ivr.web.site import WHO, Site, site_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
NOTHING_DONE = frozenset({401, 403, 413, 429})
UNDER_WAY: web.AppKey[WeakValueDictionary[tuple[str, str], asyncio.Lock]] = web.AppKey(
    "under_way"
)


@web.middleware
async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a POST of the API by its key, if it has one.

    Raises BadInput, HTTPConflict, HTTPUnprocessableEntity.
    """
    key = request.headers.get(HEADER)
    is_ours = request.method == "POST" and request.path.startswith("/api/v1/")
    if key is None or not is_ours or WHO not in request:
        return await handler(request)
    if not KEY.fullmatch(key):
        raise BadInput("1 to 200 visible ASCII letters", where=HEADER)
    who = request[WHO]
    owner = f"token {who.token}" if who.token else f"user {who.user.user_id}"
    locks = request.app[UNDER_WAY]
    # Sent twice at once, the second waits for the answer of the first.
    async with locks.setdefault((owner, key), asyncio.Lock()):
        return await _once(request, handler, owner, key)


async def _once(
    request: web.Request, handler: Handler, owner: str, key: str
) -> web.StreamResponse:
    site = site_of(request)
    store = site.programs.store
    fingerprint = await _fingerprint(request, site)
    known = await store.claim_answer(owner, key, fingerprint, site.now())
    if known is not None:
        return _again(known, fingerprint)
    response = await handler(request)
    assert isinstance(response, web.Response), "the API answers in one piece"
    # A file that did not come whole, or is too big, is sent again with the same key.
    is_refused = _is_file(request) and response.status >= 400
    if is_refused or response.status >= 500 or response.status in NOTHING_DONE:
        await store.drop_answer(owner, key)
    else:
        text = request[KEPT] if KEPT in request else response.text or ""
        await store.keep_answer(owner, key, response.status, text)
    return response


def _is_file(request: web.Request) -> bool:
    says = says_of(request.match_info.handler)
    return says is not None and says.is_in_pieces


async def _fingerprint(request: web.Request, site: Site) -> str:
    """Return what tells two requests apart. With a key: a body may be a password.

    A file, which may be larger than memory, is told apart by its length, and by its
    digest (RFC 9530) if its sender gives one.
    """
    what = f"{request.path_qs}\n".encode("utf-8", "surrogateescape")
    if _is_file(request):
        digest = request.headers.get("Content-Digest", "")
        said = f"{request.content_length} {digest}"
        whole = what + said.encode("utf-8", "surrogateescape")
    else:
        whole = what + await whole_body(request)
    return hmac.new(site.token.encode(), whole, hashlib.sha256).hexdigest()


def _again(known: GivenAnswer, fingerprint: str) -> web.Response:
    if known.fingerprint != fingerprint:
        raise AnotherBody
    if known.status == 0:  # we stopped in the midst of it
        raise UnknownOutcome
    return web.Response(
        text=known.body,
        status=known.status,
        content_type="application/json",
        headers={"Idempotent-Replayed": "true", "Cache-Control": "no-store"},
    )
