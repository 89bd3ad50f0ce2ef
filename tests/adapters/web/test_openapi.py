"""The API's document: whole, true to its routes, and readable by a person."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ivr.controller.decisions import DecisionView
from ivr.controller.operations import CampaignView, DeskView
from ivr.core.desk_messages import DeskMessage
from ivr.web.api.bodies import (
    CampaignBody,
    DecisionBody,
    DeskBody,
    MessageBody,
    Told,
)
from ivr.web.api.docs import PAGE
from ivr.web.api.documented import says_of
from ivr.web.api.openapi import document, routes_of
from ivr.web.app import make_app
from ivr.web.metrics import new_registry
from tests.adapters.web.browser import TOKEN, Browser, opened
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site

APP = make_app(make_site(FakeOperations(), TOKEN), new_registry()[0])
DOCUMENT = document(APP)
ROUTES = [(m, p, h) for m, p, h in routes_of(APP) if p != PAGE]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


@pytest.mark.parametrize(
    ("method", "path", "handler"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES]
)
def test_every_route_of_the_api_is_in_the_document(
    method: str, path: str, handler: object
) -> None:
    assert says_of(handler), "say what it takes and gives: @documented(...)"
    operation = DOCUMENT["paths"][path][method.lower()]
    assert operation["summary"] and operation["responses"]


def test_no_operation_has_anothers_name() -> None:
    names = [one["operationId"] for ops in DOCUMENT["paths"].values() for one in _(ops)]
    assert len(names) == len(set(names))


def _(operations: dict[str, dict[str, object]]) -> Iterator[dict[str, object]]:
    yield from operations.values()


def test_whatever_the_document_points_to_is_in_it() -> None:
    shapes = DOCUMENT["components"]["schemas"]
    pointed = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert pointed and pointed <= shapes.keys()
    assert {"DeskBody", "ErrorBody", "OptOutBody"} <= pointed


def test_what_is_sent_is_closed_and_errors_have_two_languages() -> None:
    shapes = DOCUMENT["components"]["schemas"]
    assert shapes["OutcomeBody"]["additionalProperties"] is False
    assert set(shapes["ErrorBody"]["required"]) == {
        "error_id",
        "message_hi",
        "message_en",
        "details",
    }


async def test_the_document_is_served_to_all_who_may_ask_anything(
    browser: Browser,
) -> None:
    page = await browser.get("/api/v1/openapi.json")
    assert page.status == 401
    await browser.sign_in("sunita")
    page = await browser.get("/api/v1/openapi.json")
    assert (page.status, await page.json()) == (200, DOCUMENT)


async def test_a_person_reads_it_as_a_page_without_any_script_of_its_own(
    browser: Browser,
) -> None:
    page = await browser.get(PAGE, follow=False)
    assert page.headers["Location"] == f"/sign-in?next={PAGE}"
    await browser.sign_in("meera")
    page = await browser.get(PAGE)
    text = await page.text()
    assert page.status == 200
    for path in DOCUMENT["paths"]:
        assert f"<code>{path}</code>" in text
    assert "list of DeskBody" in text and "<script>" not in text
    assert f'href="{PAGE}"' in text  # of the menu
    async with browser.another() as other:
        page = await other.sign_in("anil")
        assert "अनिल" in (text := await page.text()) and f'href="{PAGE}"' not in text


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        (DeskView, DeskBody),
        (DeskMessage, MessageBody),
        (CampaignView, CampaignBody),
        (DecisionView, DecisionBody),
    ],
)
def test_nothing_that_a_screen_is_told_is_left_out(
    inside: type[Any], told: type[Told]
) -> None:
    names = {field.name for field in dataclasses.fields(inside)}
    assert names == told.model_fields.keys(), "bring ivr/web/api/bodies.py along"
