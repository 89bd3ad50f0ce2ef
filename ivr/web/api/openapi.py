"""OpenAPI 3.1 of the API, made of what the routes say of themselves. Serves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from ivr import __version__
from ivr.web.api.bodies import ErrorBody
from ivr.web.api.documented import JSON, Says, says_of
from ivr.web.guard import OPEN, needs_of

ROOT = "/api/v1"
REF = "#/components/schemas/{model}"
ABOUT = (
    "Samvad's API for programs. Times are ISO 8601 in UTC; numbers of people are "
    "masked. What is of another centre is answered as if it were not there. "
    "docs/api.md tells more."
)
# What any request may meet, and what only some do.
ERRORS = {
    400: "Something in the request is not right.",
    401: "No valid token.",
    403: "The token may not do this.",
    404: "No such thing, or it is not of your centre.",
    409: "It cannot be done now.",
    429: "Too many requests of this token: see Retry-After.",
    500: "A bug of ours; it is in the log.",
    503: "The switch or the database is away.",
}
ERRORS_OF_POST = {
    413: "The request is too large.",
    422: "The idempotency key was used with another request.",
}
PLACES = {
    "telecaller_id": "Whose desk, e.g. tc-101.",
    "campaign_id": "Which campaign, e.g. demo.",
    "user_id": "Which user, e.g. meera.",
    "draft": "Which draft: its draft_id.",
    "prompt": "Which prompt: its key, 16 hexadecimal digits.",
    "voice": "Which voice: one of /voices.",
    "part": "centres, trunks, hours or calendar.",
    "file": "Which file: one of /settings-files, e.g. telecallers.",
    "hook_id": "Which webhook.",
    "list_name": "Which list, by its name; a / in it as %2F.",
    "import_id": "Which import, as it was told when its file came.",
    "call_id": "Which call.",
    "seq": "Which answer of the call, from 0.",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One documented route."""

    method: str
    path: str
    says: Says
    needs: tuple[str, ...]
    description: str


def routes_of(app: web.Application) -> Iterator[tuple[str, str, object]]:
    """Yield method, path and handler of all that is served under /api/v1."""
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith(ROOT + "/") and route.method != "HEAD":
            yield route.method, path, route.handler


def documented_of(app: web.Application) -> list[Route]:
    """Return those that say what they give."""
    found = []
    for method, path, handler in routes_of(app):
        says = says_of(handler)
        if says is not None:
            needs = tuple(sorted(needs_of(handler) or OPEN))
            text = " ".join((getattr(handler, "__doc__", None) or "").split())
            found.append(Route(method, path, says, needs, text))
    return found


def document(app: web.Application) -> dict[str, Any]:
    """Return the OpenAPI document of an application's routes."""
    routes = documented_of(app)
    shapes, schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, shapes)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Samvad", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


Shapes = dict[tuple[str, str], dict[str, Any]]


def _schemas(routes: list[Route]) -> tuple[Shapes, dict[str, Any]]:
    """Return the schema of each shape by (mode, name), and what they refer to."""
    wanted: dict[tuple[str, str], Any] = {
        ("serialization", _name(ErrorBody)): ErrorBody
    }
    for route in routes:
        wanted["serialization", _name(route.says.gives)] = route.says.gives
        if route.says.takes:
            wanted["validation", _name(route.says.takes)] = route.says.takes
    asked = [(name, mode, TypeAdapter(shape)) for (mode, name), shape in wanted.items()]
    found, shared = TypeAdapter.json_schemas(asked, ref_template=REF)  # type: ignore[arg-type]
    by_mode = {(mode, name): schema for (name, mode), schema in found.items()}
    return by_mode, shared.get("$defs", {})  # type: ignore[return-value]


def _name(shape: Any) -> str:
    return str(shape)


def _operation(route: Route, shapes: Shapes) -> dict[str, Any]:
    says = route.says
    slug = re.sub(r"[^a-z0-9]+", "_", route.path.removeprefix(ROOT).lower()).strip("_")
    needs = " or ".join(f"`{one}`" for one in route.needs) or "nothing"
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{slug}",
        "summary": says.summary,
        "description": f"{route.description}\n\nNeeds: {needs}.".strip(),
        "tags": [route.path.split("/")[3]],
        "parameters": list(_parameters(route)),
        "responses": _responses(route, shapes),
    }
    if says.takes:
        schema = shapes["validation", _name(says.takes)]
        operation["requestBody"] = {
            "required": not says.optional,
            "content": _json(schema),
        }
    if says.sends:
        file = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
        operation["requestBody"] = {"required": True, "content": {says.sends: file}}
    return operation


def _responses(route: Route, shapes: Shapes) -> dict[str, Any]:
    gives = shapes["serialization", _name(route.says.gives)]
    error = shapes["serialization", _name(ErrorBody)]
    errors = ERRORS | (ERRORS_OF_POST if route.method != "GET" else {})
    responses = {
        str(status): {"description": text, "content": _json(error)}
        for status, text in sorted(errors.items())
    }
    is_json = route.says.content == JSON
    content = _json(gives) if is_json else {route.says.content: {}}
    good = {"description": route.says.summary, "content": content}
    return {str(route.says.status): good, **responses}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {JSON: {"schema": schema}}


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": PLACES.get(name, name),
            "schema": {"type": "string", "minLength": 1},
        }
    if route.says.asks:
        schema = route.says.asks.model_json_schema()
        for name, of_it in schema["properties"].items():
            field = {key: of_it[key] for key in of_it if key != "title"}
            text = field.pop("description", "")
            must = name in schema.get("required", ())
            yield {
                "name": name,
                "in": "query",
                "required": must,
                "description": text,
                "schema": field,
            }
    if route.method == "POST":
        yield IDEMPOTENCY_KEY


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Sent again within 24 hours, the same request is answered as the first time, "
        "and done once."
    ),
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
}
