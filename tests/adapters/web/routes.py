"""All routes that the router has, and what is behind an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from ivr.web.app import make_app
from ivr.web.metrics import new_registry
from tests.adapters.web.rights import OF_NO_CENTRE, OF_THE_WHOLE
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site


class Route(NamedTuple):
    method: str
    path: str  # with its places: /desk/{telecaller_id}
    handler: object

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def places(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def is_of_a_centre(self) -> bool:
        """Say whether it names a thing that is some centre's."""
        return bool(self.places) and self.name not in OF_THE_WHOLE | OF_NO_CENTRE

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the address with a value in each place. Raises KeyError."""
        return re.sub(r"{(\w+)}", lambda place: values[place[1]], self.path)


def _app() -> web.Application:
    registry, _ = new_registry()
    return make_app(make_site(FakeOperations(), "a-token"), registry)


APP = _app()
WITH_HEADS = [
    Route(one.method, one.resource.canonical if one.resource else "?", one.handler)
    for one in APP.router.routes()
]
ROUTES = [one for one in WITH_HEADS if one.method != "HEAD"]
NAMES = [one.name for one in ROUTES]


async def handler_at(method: str, address: str) -> object:
    """Return what the router has for an address."""
    found = await APP.router.resolve(make_mocked_request(method, address))
    return found.handler
