"""The HTTP side on a real socket, over a Samvad that a test scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from ivr.web.app import make_app, serve
from ivr.web.metrics import Gauges, latency, new_registry
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site

TOKEN = "a-token-of-the-tests"


@dataclass
class Api:
    """A client of the server, with the token or without."""

    operations: FakeOperations
    gauges: Gauges
    base: str
    http: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, *, token: str | None = TOKEN, **given: object
    ) -> aiohttp.ClientResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = await self.http.request(
            method,
            self.base + path,
            headers=headers,
            **given,  # type: ignore[arg-type]
        )
        await response.read()
        return response


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    operations = FakeOperations()
    registry, gauges = new_registry()
    latency(registry, "samvad_ami_answer_seconds", "AMI").observe(0.003)
    runner = await serve(
        make_app(make_site(operations, TOKEN), registry), "127.0.0.1", 0
    )
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as http:
        yield Api(operations, gauges, f"http://127.0.0.1:{port}", http)
    await runner.cleanup()
