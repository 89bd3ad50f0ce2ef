"""The JSON API: who may ask, what is refused and how, what a screen is told."""

from __future__ import annotations

import asyncio
import json

import pytest

from ivr.core.model import CampaignId, PacingDecision
from ivr.errors import (
    BadInput,
    OurBug,
    SetupFailed,
    StoreUnavailable,
    SwitchGone,
    SwitchRefused,
)
from tests.adapters.web.conftest import Api
from tests.fakes.desks import TALKED_TO
from tests.fakes.switch import BEGIN
from tests.polling import until

DESK = "/api/v1/desks/tc-1"
PATHS = [
    ("GET", "/metrics"),
    ("GET", "/api/v1/desks"),
    ("GET", DESK),
    ("POST", f"{DESK}/login"),
    ("GET", "/api/v1/campaigns"),
    ("POST", "/api/v1/campaigns/demo/start"),
    ("POST", "/api/v1/opt-outs"),
    ("GET", "/api/v1/no/such"),
]


# Who may ask


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("token", [None, "", "another", "a-token-of-the-test"])
async def test_nobody_gets_in_without_the_token(
    api: Api, method: str, path: str, token: str | None
) -> None:
    response = await api.ask(method, path, token=token)
    assert response.status == 401
    assert await response.json() == {
        "error_id": "not_signed_in",
        "message_hi": "मान्य टोकन चाहिए",
        "message_en": "a valid bearer token is needed",
        "details": {},
    }


async def test_a_token_that_is_no_text_is_a_wrong_token(api: Api) -> None:
    reader, writer = await asyncio.open_connection(*api.base[7:].split(":"))
    writer.write(
        b"GET /api/v1/desks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer \xff\xfe\r\n\r\n"
    )
    assert b" 401 " in await reader.readline()
    writer.close()


async def test_health_is_open_to_all_and_503_names_the_part(api: Api) -> None:
    response = await api.ask("GET", "/healthz", token=None)
    assert response.status == 200
    assert await response.json() == {"ok": True, "parts": api.operations.parts}
    api.operations.parts["switch"] = "not reached"
    response = await api.ask("GET", "/healthz", token=None)
    assert response.status == 503
    assert (await response.json())["parts"]["switch"] == "not reached"


# What is refused, and how


@pytest.mark.parametrize(
    ("failure", "status", "error_id"),
    [
        (BadInput("no such desk"), 400, "bad_input"),
        (SwitchGone(), 503, "SwitchGone"),
        (StoreUnavailable(), 503, "StoreUnavailable"),
        (SwitchRefused("all circuits are busy"), 409, "SwitchRefused"),
        (SetupFailed("no audio"), 409, "SetupFailed"),
        (OurBug("two desks in one chair"), 500, "our_bug"),
        (RuntimeError("secret of the inside"), 500, "our_bug"),
    ],
)
async def test_each_failure_has_a_status_an_id_and_a_message(
    api: Api, failure: Exception, status: int, error_id: str
) -> None:
    api.operations.fail_with = failure
    response = await api.ask("GET", "/api/v1/desks")
    said = await response.json()
    assert (response.status, said["error_id"]) == (status, error_id)
    assert set(said) == {"error_id", "message_hi", "message_en", "details"}
    assert said["message_hi"] and said["message_hi"] != said["message_en"]
    # What broke inside is for the log, not for the other side.
    assert (said["message_en"] == str(failure)) == (status != 500)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff\xfe", "body"),
        (b'{"reason": "x", "also": 1}', "also"),
        (b'{"reason": 7}', "reason"),
        (b'{"reason": ""}', "reason"),
        (json.dumps({"reason": "च" * 81}).encode(), "reason"),
        (b"{}", "reason"),
    ],
)
async def test_a_body_of_another_shape_is_refused_naming_the_field(
    api: Api, body: bytes, field: str
) -> None:
    await api.ask("POST", f"{DESK}/login")
    response = await api.ask("POST", f"{DESK}/pause", data=body)
    said = await response.json()
    assert (response.status, said["error_id"]) == (400, "bad_input")
    assert said["message_en"].startswith(f"{field}: ")
    assert api.operations.desk("tc-1").state == "ready"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "phone"),
    [(b"", "softphone"), (b"{}", "softphone"), (b'{"phone": "browser"}', "browser")],
)
async def test_who_logs_in_says_at_which_phone_or_means_the_softphone(
    api: Api, body: bytes, phone: str
) -> None:
    response = await api.ask("POST", f"{DESK}/login", data=body)
    assert (await response.json())["phone"] == phone


async def test_a_phone_that_nobody_has_is_refused(api: Api) -> None:
    response = await api.ask("POST", f"{DESK}/login", data=b'{"phone": "fax"}')
    assert response.status == 400
    assert (await response.json())["message_en"].startswith("phone: ")


async def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    body = json.dumps({"reason": "x" * 300_000}).encode()
    response = await api.ask("POST", f"{DESK}/pause", data=body)
    assert response.status == 413
    assert "too_large" in (await response.json())["error_id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "error_id"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/desks", 405, "method_not_allowed"),
        ("GET", "/api/v1/desks/tc-9", 400, "bad_input"),
        ("POST", "/api/v1/campaigns/none/start", 400, "bad_input"),
        ("GET", f"{DESK}?seen=yesterday", 400, "bad_input"),
        ("GET", f"{DESK}?seen=2026-11-24T06:30:00", 400, "bad_input"),
        ("GET", f"{DESK}?seen=2026-11-24T06:30:00Z&wait=soon", 400, "bad_input"),
    ],
)
async def test_what_is_not_there_is_told_in_the_same_shape(
    api: Api, method: str, path: str, status: int, error_id: str
) -> None:
    response = await api.ask(method, path)
    said = await response.json()
    assert (response.status, said["error_id"]) == (status, error_id)
    assert said["message_en"]


# What a telecaller's screen is told


async def test_a_desk_goes_through_its_day(api: Api) -> None:
    async def post(verb: str, body: object = None) -> str:
        response = await api.ask("POST", f"{DESK}/{verb}", json=body)
        assert response.status == 200, await response.text()
        return (await response.json())["state"]

    assert await post("login") == "ready"
    assert await post("pause", {"reason": "भोजन"}) == "paused"
    assert await post("ready") == "ready"
    assert await post("dial") == "ready"
    await api.operations.talk("tc-1", "c-1")
    assert await post("end-talk") == "wrap_up"
    said = {"call_id": "c-1", "outcome": "resolved", "notes": "पेंशन की जानकारी दी"}
    assert await post("outcome", said) == "wrap_up"
    assert await post("ready") == "ready"
    assert await post("logout") == "offline"
    assert api.operations.outcomes == [("c-1", "resolved", "पेंशन की जानकारी दी")]


async def test_a_question_for_news_is_answered_when_there_is_some(api: Api) -> None:
    seen = (await (await api.ask("GET", DESK)).json())["since"]
    about = {"seen": seen, "wait": "30"}
    news = asyncio.create_task(api.ask("GET", DESK, params=about))
    other = await api.ask("POST", "/api/v1/desks/tc-2/login")
    assert other.status == 200
    assert not news.done()
    await api.operations.talk("tc-1", "c-7")
    view = await (await asyncio.wait_for(news, 5)).json()
    assert (view["state"], view["call_id"]) == ("talking", "c-7")


async def test_without_news_it_is_answered_at_the_end_of_its_patience(api: Api) -> None:
    before = await (await api.ask("GET", DESK)).json()
    about = {"seen": before["since"], "wait": "0.05"}
    assert await (await api.ask("GET", DESK, params=about)).json() == before


async def test_a_plus_that_came_as_a_blank_is_still_a_time(api: Api) -> None:
    seen = (await (await api.ask("GET", DESK)).json())["since"]
    with_plus = seen.replace("Z", "+00:00")
    assert "+" in with_plus
    response = await api.ask("GET", f"{DESK}?seen={with_plus}&wait=0")
    assert response.status == 200


async def test_a_client_that_goes_away_while_waiting_leaves_nothing_behind(
    api: Api,
) -> None:
    seen = (await (await api.ask("GET", DESK)).json())["since"]
    about = {"seen": seen, "wait": "30"}
    news = asyncio.create_task(api.ask("GET", DESK, params=about))
    waiting = api.operations._changed._waiters
    await until(lambda: len(waiting) == 1)
    news.cancel()
    await asyncio.gather(news, return_exceptions=True)
    await api.operations.talk("tc-1", "c-8")
    await until(lambda: not waiting)
    assert (await api.ask("GET", DESK)).status == 200


async def test_numbers_are_masked_and_hindi_is_plain(api: Api) -> None:
    await api.operations.talk("tc-1", "c-7")
    text = await (await api.ask("GET", "/api/v1/desks")).text()
    assert TALKED_TO[3:] not in text
    [view] = [v for v in json.loads(text) if v["telecaller_id"] == "tc-1"]
    assert view["contact_number"] == "98•••••345"
    assert view["answers"] == [["ration", "yes"]]
    assert "सीता बाई" in text


# Campaigns and opt-outs


async def test_a_campaign_is_moved_and_told(api: Api) -> None:
    for verb, state in [
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("stop", "stopped"),
    ]:
        response = await api.ask("POST", f"/api/v1/campaigns/demo/{verb}")
        assert (await response.json())["state"] == state
    response = await api.ask("POST", "/api/v1/campaigns/demo/pause")
    assert response.status == 400
    assert "is stopped" in (await response.json())["message_en"]


async def test_an_opt_out_is_taken_in_any_writing(api: Api) -> None:
    body = {"number": "९८२७१ १२३४५", "source": "letter"}
    response = await api.ask("POST", "/api/v1/opt-outs", json=body)
    assert (response.status, await response.json()) == (201, {"done": True})
    assert api.operations.opted_out == [("+919827112345", "letter")]
    response = await api.ask("POST", "/api/v1/opt-outs", json={**body, "number": "112"})
    assert response.status == 400


# The live feed of decisions


async def test_each_decision_comes_once_with_its_because(api: Api) -> None:
    api.operations.decided.add(
        CampaignId("survey"),
        PacingDecision(2, "predictive: दो खाली", risk=0.012, threshold=0.03),
        BEGIN,
    )
    response = await api.ask("GET", "/api/v1/decisions?seen=0&wait=1")
    [one] = await response.json()
    assert (one["dial"], one["because"]) == (2, "predictive: दो खाली")
    assert (one["risk"], one["threshold"]) == (0.012, 0.03)
    response = await api.ask("GET", f"/api/v1/decisions?seen={one['number']}&wait=0.01")
    assert await response.json() == []


@pytest.mark.parametrize("seen", ["-1", "x", "२", "9" * 5000])
async def test_a_number_of_no_decision_is_refused(api: Api, seen: str) -> None:
    response = await api.ask("GET", "/api/v1/decisions", params={"seen": seen})
    assert response.status == 400
    assert "seen" in (await response.json())["message_en"]
