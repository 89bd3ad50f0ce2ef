"""What a test asks of the API as whoever is signed in, with or without a key."""

from __future__ import annotations

from typing import Any

from tests.adapters.web.browser import Browser


async def ask(
    browser: Browser, method: str, path: str, json: object = None, *, key: str = ""
) -> tuple[int, Any]:
    """Return the status and the JSON of the answer. `key`: an idempotency key."""
    headers = {"X-CSRF-Token": browser.csrf}
    if key:
        headers["Idempotency-Key"] = key
    async with browser.http.request(
        method, browser.base + path, json=json, headers=headers
    ) as answer:
        return answer.status, await answer.json()
