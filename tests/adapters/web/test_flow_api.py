"""The flow editor's API over a real socket: bounds, two people, and what is refused."""

from __future__ import annotations

import io
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from ivr.core.access import Role, User, UserId
from ivr.web.flow_bodies import MAX_FLOW_BODY
from tests.adapters.web.api_examples import flow_named
from tests.adapters.web.browser import Browser, opened
from tests.fakes.site import PASSWORD, SEHORE

Json = dict[str, Any]
NEW: Json = flow_named("water")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.sign_in("meera")
        yield one


async def send(
    browser: Browser, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    async with browser.http.request(
        method,
        f"{browser.base}/api/v1/{path}",
        data=None if body is None else io.BytesIO(json.dumps(body).encode()),
        headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"},
    ) as answer:
        return answer.status, await answer.json()


async def save(browser: Browser, data: Json, began_from: int) -> tuple[int, Any]:
    body = {"document": data, "layout": {"hello": [10, 20]}, "began_from": began_from}
    return await send(browser, "PUT", "flows/water/draft", body)


def with_node(data: Json, name: str, node: Mapping[str, object]) -> Json:
    return {**data, "nodes": {**data["nodes"], name: node}}


async def test_a_shipped_flow_is_opened_as_its_file_says_it(browser: Browser) -> None:
    status, flow = await send(browser, "GET", "flows/person")
    assert status == 200
    assert flow["document"]["nodes"]["busy"]["options"]["1"]["meaning"] == "callback"
    assert (flow["draft"], flow["problems"]) == (None, [])


async def test_an_edit_is_saved_and_opened_again(browser: Browser) -> None:
    status, flow = await save(browser, NEW, 0)
    assert (status, flow["draft"]["revision"]) == (200, 1)
    assert flow["document"] == NEW
    assert flow["layout"] == {"hello": [10, 20]}
    _, lines = await send(browser, "GET", "flows")
    line = next(one for one in lines if one["flow_id"] == "water")
    assert (line["version"], line["draft"]["state"]) == ("", "draft")


async def test_a_flow_with_ten_thousand_nodes_is_refused_at_once(
    browser: Browser,
) -> None:
    nodes = {f"n{number}": {"kind": "hang_up"} for number in range(10_000)}
    began = time.perf_counter()
    status, said = await save(browser, {**NEW, "nodes": nodes}, 0)
    assert time.perf_counter() - began < 2
    assert status == 400
    assert "10,000 nodes; 300 are allowed" in said["message_en"]


async def test_a_body_larger_than_any_flow_is_not_read(browser: Browser) -> None:
    big = {**NEW, "title": {"hi": "a" * MAX_FLOW_BODY}}
    status, said = await save(browser, big, 0)
    assert (status, said["error_id"]) == (413, "request_entity_too_large")


@pytest.mark.parametrize(
    "document",
    [
        "[" * 5_000,
        '{"document": ' + '{"a":' * 500 + "1" + "}" * 501,
        '{"document": {}, "began_from": -1}',
        "nothing",
    ],
)
async def test_what_is_no_flow_is_a_clear_refusal(
    browser: Browser, document: str
) -> None:
    async with browser.http.put(
        f"{browser.base}/api/v1/flows/water/draft",
        data=document,
        headers={"X-CSRF-Token": browser.csrf},
    ) as answer:
        assert answer.status == 400


async def test_the_second_of_two_savers_sees_both_versions(browser: Browser) -> None:
    await save(browser, NEW, 0)
    theirs = with_node(NEW, "bye", {"kind": "hang_up", "say": {"hi": "नमस्ते।"}})
    await save(browser, theirs, 1)
    mine = with_node(NEW, "more", {"kind": "play", "say": {"hi": "और"}, "next": "bye"})
    status, said = await save(browser, mine, 1)
    assert (status, said["error_id"]) == (409, "another_revision")
    assert said["draft"]["saved_by"] == "meera"
    assert said["document"] == theirs
    assert said["both"]["nodes"]["more"] == mine["nodes"]["more"]
    assert said["both"]["nodes"]["bye"] == theirs["nodes"]["bye"]


async def test_a_flow_named_out_of_its_folder_is_refused(browser: Browser) -> None:
    body = {"document": NEW, "began_from": 0}
    status, said = await send(browser, "PUT", "flows/..%2F..%2Fwater/draft", body)
    assert status == 400
    assert "is no name for a flow" in said["message_en"]


async def test_nobody_approves_their_own_flow(browser: Browser) -> None:
    await save(browser, NEW, 0)
    act = {"act": "ask", "revision": 1}
    status, _ = await send(browser, "POST", "flows/water/acts", act)
    assert status == 200
    act = {"act": "approve", "revision": 1}
    status, said = await send(browser, "POST", "flows/water/acts", act)
    assert (status, said["error_id"]) == (409, "own_work")


async def test_an_admin_of_a_part_reads_flows_and_changes_none(
    browser: Browser,
) -> None:
    """A flow is played to people of every centre."""
    kiran = User(UserId("kiran"), "किरण राव", Role.ADMIN, SEHORE)
    await browser.site.users.add(kiran, PASSWORD, by="test")
    await save(browser, NEW, 0)
    async with browser.another() as other:
        await other.sign_in("kiran")
        assert (await send(other, "GET", "flows/water"))[0] == 200
        assert (await save(other, NEW, 1))[0] == 404
        for act in ("ask", "approve", "publish", "discard"):
            body = {"act": act, "revision": 1}
            assert (await send(other, "POST", "flows/water/acts", body))[0] == 404
        form = {"csrf": other.csrf, "flow_id": "roads", "title_hi": "सड़क"}
        assert (await other.post("/flows", form)).status == 404


async def test_faults_stand_at_their_node_in_both_languages(browser: Browser) -> None:
    data = with_node(NEW, "hello", {**NEW["nodes"]["hello"], "next": "gone"})
    status, found = await send(browser, "POST", "flows/water/check", {"document": data})
    assert status == 200
    first = next(one for one in found if one["node"] == "hello")
    assert first["problem"] == "next leads to 'gone', which is no node"
    assert first["problem_hi"] == (
        "next का रास्ता 'gone' को जाता है, और ऐसा कोई नोड नहीं है"
    )


async def test_a_trial_says_what_is_heard_and_keeps_nothing(browser: Browser) -> None:
    body: Json = {"document": NEW, "events": []}
    status, trial = await send(browser, "POST", "flows/water/trial", body)
    assert (status, trial["waits"], trial["path"]) == (200, "keys", ["hello"])
    said = " ".join(clip["text"] for clip in trial["heard"][0]["clips"])
    assert "संवाद परीक्षण" in said
    body["events"] = [{"kind": "keys", "keys": "9"}]
    body["began_at"] = trial["began_at"]
    _, trial = await send(browser, "POST", "flows/water/trial", body)
    assert trial["notes"] == ["opt_out"]
    assert trial["answers"][0]["meaning"] == "opt_out"


async def test_an_event_that_does_not_fit_is_refused(browser: Browser) -> None:
    body = {"document": NEW, "events": [{"kind": "talked"}]}
    status, _ = await send(browser, "POST", "flows/water/trial", body)
    assert status == 400


async def test_a_text_is_heard_with_its_places_filled_in(browser: Browser) -> None:
    body = {"say": {"hi": "नमस्ते {name} जी। {amount:rupees} मिले?"}, "language": "hi"}
    status, clips = await send(browser, "POST", "speech", body)
    assert status == 200
    assert [clip["text"] for clip in clips][:3] == ["नमस्ते", "सीता बाई", "जी।"]
    async with browser.http.get(
        f"{browser.base}/api/v1/speech", params=clips[0]
    ) as answer:
        assert answer.content_type == "audio/wav"
        assert (await answer.read()).startswith(b"RIFF")


async def test_too_many_new_texts_at_once_are_held_back(browser: Browser) -> None:
    statuses = []
    for number in range(25):
        async with browser.http.get(
            f"{browser.base}/api/v1/speech", params={"text": f"वाक्य {number}"}
        ) as answer:
            statuses.append(answer.status)
    assert statuses[:20] == [200] * 20
    assert statuses[-1] == 429


async def test_a_new_flow_begins_with_what_the_law_asks(browser: Browser) -> None:
    form = {"csrf": browser.csrf, "flow_id": "camps", "title_hi": "शिविर"}
    page = await browser.post("/flows", form)
    assert str(page.url).endswith("/flows/camps/edit")
    _, flow = await send(browser, "GET", "flows/camps")
    assert flow["problems"] == []


@pytest.mark.parametrize("name", ["", "Camps", "../x", "person"])
async def test_a_flow_needs_a_name_of_its_own(browser: Browser, name: str) -> None:
    form = {"csrf": browser.csrf, "flow_id": name, "title_hi": "शिविर"}
    page = await browser.post("/flows", form)
    assert page.status == 400


async def test_the_yaml_is_taken_away_as_it_is(browser: Browser) -> None:
    page = await browser.get("/flows/person/yaml?version=published")
    assert "# said once: they have waited long enough" in await page.text()
    page = await browser.get("/flows/person/yaml?version=0000")
    assert page.status == 400
