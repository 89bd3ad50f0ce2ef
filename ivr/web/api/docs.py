"""The API's own description: the document for programs, and a page for people."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ivr.core.access import May
from ivr.web.api.bodies import Document
from ivr.web.api.documented import documented, told
from ivr.web.api.openapi import ROOT, document
from ivr.web.guard import needs
from ivr.web.page import page

routes = web.RouteTableDef()

MADE: web.AppKey[dict[str, Any]] = web.AppKey("openapi")
PAGE = f"{ROOT}/docs"


def made(app: web.Application) -> dict[str, Any]:
    """Return the document. Routes never change while a server runs."""
    state = app[MADE]
    if not state:
        state.update(document(app))
    return state


@routes.get(f"{ROOT}/openapi.json")
@needs(*May)
@documented("This document", gives=Document)
async def openapi(request: web.Request) -> web.Response:
    """OpenAPI 3.1, made of the routes."""
    return told(request, made(request.app))


@routes.get(PAGE)
@needs(*May)
async def docs(request: web.Request) -> web.StreamResponse:
    """Show the document as a page: no viewer from elsewhere, no script."""
    whole = made(request.app)
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            told_of = {"method": method.upper(), "path": path, **operation}
            parts.setdefault(operation["tags"][0], []).append(told_of)
    return page(
        request,
        "api_docs.html",
        parts=parts,
        schemas=whole["components"]["schemas"],
        kind=kind,
        about=whole["info"],
    )


def kind(schema: dict[str, Any]) -> str:
    """Return a schema in a word or two: "list of DeskBody", "text or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    word = str(schema.get("format") or schema.get("type") or "anything")
    return {"string": "text"}.get(word, word)
