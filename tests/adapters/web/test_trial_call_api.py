"""A flow on one's own phone over the API: whose phone, which revision, who sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivr.controller.ports import DeskDial
from ivr.core.access import Role, User, UserId
from ivr.core.model import CallId, TelecallerId
from ivr.core.trial_call import MOST_IN_AN_HOUR
from tests.adapters.web.browser import Browser, opened
from tests.adapters.web.test_flow_api import NEW, save, send, with_node
from tests.fakes.site import MP, PASSWORD
from tests.fakes.switch import FakeLine, FakeSwitch
from tests.polling import until

LATA = User(UserId("lata"), "लता", Role.ADMIN, MP, TelecallerId("ic-1"))
PATH = "flows/water/trial-call"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.site.users.add(LATA, PASSWORD, by="test")
        await one.sign_in("lata")
        yield one
        assert one.site.trial_calls is not None
        await one.site.trial_calls.stop()


def switch_of(browser: Browser) -> FakeSwitch:
    assert browser.site.trial_calls is not None
    switch = browser.site.trial_calls._switch
    assert isinstance(switch, FakeSwitch)
    return switch


async def ring(browser: Browser, revision: int = 1, **more: object) -> tuple[int, Any]:
    return await send(browser, "POST", PATH, {"revision": revision, **more})


async def test_the_saved_revision_rings_the_own_phone_and_is_followed(
    browser: Browser,
) -> None:
    await save(browser, NEW, 0)
    _, now = await send(browser, "GET", PATH)
    assert now["call"] is None and now["left"] == now["most"] == MOST_IN_AN_HOUR
    assert now["phones"] == [
        {"phone": "softphone", "about": ""},
        {"phone": "mobile", "about": "98•••••509"},
    ]
    status, call = await ring(browser)
    assert (status, call["phase"], call["revision"]) == (200, "preparing", 1)
    switch = switch_of(browser)
    await until(lambda: switch.trials)
    dial = switch.trials[call["trial_id"]]
    assert isinstance(dial, DeskDial) and dial.address == "ic-1"
    assert browser.site.trial_calls is not None
    line = FakeLine(CallId(call["trial_id"]), switch, ["", ""])
    await browser.site.trial_calls.serve(line)
    _, now = await send(browser, "GET", f"{PATH}?seen=1&wait=5")
    call = now["call"]
    assert (call["phase"], call["ended"]) == ("over", "completed")
    assert [one["node"] for one in call["heard"]] == ["hello", "bye"]
    assert "संवाद परीक्षण" in str(call["heard"][0]["clips"])
    assert now["left"] == MOST_IN_AN_HOUR - 1
    log = await browser.site.users.store.audit(None)
    noted = next(one for one in log if one.action == "flow_trial_call")
    assert (noted.user_id, noted.about) == ("lata", "flow water")
    assert noted.detail["revision"] == "1" and noted.detail["phone"] == "softphone"
    assert noted.detail["trial"] == call["trial_id"]


async def test_an_older_save_is_called_as_it_was(browser: Browser) -> None:
    await save(browser, NEW, 0)
    bye = {"kind": "hang_up", "say": {"hi": "नमस्ते।"}}
    await save(browser, with_node(NEW, "bye", bye), 1)
    _, first = await ring(browser, 1)
    await send(browser, "DELETE", PATH)
    _, second = await ring(browser, 2)
    assert first["version"] != second["version"]
    assert (await ring(browser, 3))[0] == 400  # never saved


async def test_a_flow_with_a_fault_rings_nobody(browser: Browser) -> None:
    broken = with_node(NEW, "hello", {**NEW["nodes"]["hello"], "next": "gone"})
    await save(browser, broken, 0)
    status, said = await ring(browser)
    assert (status, said["error_id"]) == (409, "has_problems")
    assert switch_of(browser).trials == {}


async def test_a_published_flow_is_called_without_a_draft(browser: Browser) -> None:
    path = "flows/person/trial-call"
    status, call = await send(browser, "POST", path, {"revision": 0})
    assert (status, call["flow_id"], call["revision"]) == (200, "person", 0)
    assert (await ring(browser, 0))[0] == 400  # water is none


async def test_no_number_can_be_named(browser: Browser) -> None:
    await save(browser, NEW, 0)
    assert (await ring(browser, number="+919827112345"))[0] == 400
    assert (await ring(browser, phone="+919827112345"))[0] == 400


async def test_hanging_up_is_for_ones_own_call_of_that_flow(browser: Browser) -> None:
    await save(browser, NEW, 0)
    await ring(browser)
    assert (await send(browser, "DELETE", "flows/person/trial-call"))[0] == 200
    _, now = await send(browser, "GET", PATH)
    assert now["call"]["phase"] != "over"
    async with browser.another() as other:
        await other.sign_in("meera")
        _, theirs = await send(other, "GET", PATH)
        assert (theirs["call"], theirs["phones"]) == (None, [])
        assert (await send(other, "DELETE", PATH))[0] == 200
        status, said = await ring(other)
        assert (status, said["error_id"]) == (409, "no_phone")
    _, now = await send(browser, "GET", PATH)
    assert now["call"]["phase"] != "over"
    await send(browser, "DELETE", PATH)
    _, now = await send(browser, "GET", PATH)
    assert now["call"]["ended"] == "stopped"


async def test_an_hour_has_its_allowance(browser: Browser) -> None:
    await save(browser, NEW, 0)
    for _ in range(MOST_IN_AN_HOUR):
        assert (await ring(browser))[0] == 200
        await send(browser, "DELETE", PATH)
    status, said = await ring(browser)
    assert (status, said["error_id"]) == (429, "too_many_trials")


async def test_the_editor_has_a_place_for_it(browser: Browser) -> None:
    text = await (await browser.get("/flows/person/edit")).text()
    assert "मेरे फ़ोन पर सुनें" in text and 'id="trial-ring"' in text
