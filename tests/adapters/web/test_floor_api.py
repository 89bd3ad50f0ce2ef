"""The floor over HTTP: who sees what, and who may stop what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ivr.core.call import CallState
from ivr.core.dial_stops import DialStop, StopScope
from ivr.core.floor import FloorCall
from ivr.core.model import CampaignId, CentreCode, DeskState, NodeId
from tests.adapters.web.browser import Browser, opened
from tests.fakes.floor import CARRIER
from tests.fakes.switch import BEGIN

SEHORE, VIDISHA = "MP.BPL.SEH", "MP.BPL.VID"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """tc-1 of Sehore and tc-2 of Vidisha, each with a person in the flow."""
    async with opened() as one:
        operations = one.operations
        operations.set_centre("tc-1", SEHORE)
        operations.set_centre("tc-2", VIDISHA)
        operations.set_desk("tc-1", DeskState.READY)
        operations.set_desk("tc-2", DeskState.PAUSED, "चाय")
        await operations.start(CampaignId("demo"))
        operations.floor.calls = [
            FloorCall(
                CampaignId("demo"),
                CentreCode(centre),
                CallState.IN_FLOW,
                CARRIER,
                NodeId(node),
            )
            for centre, node in ((SEHORE, "q1"), (VIDISHA, "q2"), (VIDISHA, "q2"))
        ]
        yield one


async def ask(
    browser: Browser, path: str, body: dict[str, str] | None = None
) -> tuple[int, object]:
    async with browser.http.request(
        "GET" if body is None else "POST",
        browser.base + path,
        json=body,
        headers={"X-CSRF-Token": browser.csrf, "Accept": "application/json"},
    ) as page:
        return page.status, await page.json()


FOREIGN = ("VID", "टेलीकॉलर tc-2", "चाय", "q2")


@pytest.mark.parametrize(
    "path", ["floor", f"floor?centre={SEHORE}", "alarms", "floor/hour", "dial-stops"]
)
async def test_an_in_charge_sees_nothing_of_another_centre(
    browser: Browser, path: str
) -> None:
    await browser.sign_in("anil")
    status, said = await ask(browser, f"/api/v1/{path}")
    assert status == 200
    for foreign in FOREIGN:
        assert foreign not in str(said)


async def test_ones_own_floor_has_ones_own_people(browser: Browser) -> None:
    await browser.sign_in("rekha")
    _, said = await ask(browser, "/api/v1/floor")
    floor = said["floor"]  # type: ignore[index]
    assert [one["name"] for one in floor["desks"]] == ["टेलीकॉलर tc-2"]
    assert floor["calls"] == {"in_flow": 2}
    assert [(one["node"], one["count"]) for one in floor["nodes"]] == [("q2", 2)]


@pytest.mark.parametrize("path", ["floor", "alarms", "floor/hour"])
@pytest.mark.parametrize("centre", [VIDISHA, "MP.BPL", "MP", "XX", "' OR 1"])
async def test_another_centre_is_as_one_that_is_not_there(
    browser: Browser, path: str, centre: str
) -> None:
    await browser.sign_in("anil")
    status, said = await ask(browser, f"/api/v1/{path}?centre={centre}")
    assert status == 404
    assert "VID" not in str(said)


async def test_why_nothing_dials_is_told_for_ones_own_people(browser: Browser) -> None:
    await browser.sign_in("anil")
    status, said = await ask(browser, "/api/v1/campaigns/demo/why")
    assert status == 200
    assert said["holding_en"] == "nothing: 2 are due now"  # type: ignore[index]
    status, _ = await ask(browser, f"/api/v1/campaigns/demo/why?centre={VIDISHA}")
    assert status == 404
    browser.operations.set_campaign_centres("demo", (VIDISHA,))
    status, _ = await ask(browser, "/api/v1/campaigns/demo/why")
    assert status == 404


@pytest.mark.parametrize(
    ("centres", "is_there", "may_change"),
    [
        ((SEHORE,), True, True),
        ((SEHORE, VIDISHA), True, False),
        (("MP.BPL",), True, False),  # the desks of Sehore serve it too
        ((), True, False),
        ((VIDISHA,), False, False),
        (None, False, False),  # nobody has such a campaign
    ],
)
async def test_a_campaign_is_as_much_ones_own_wherever_one_asks(
    browser: Browser,
    centres: tuple[str, ...] | None,
    is_there: bool,
    may_change: bool,
) -> None:
    name = "nobody" if centres is None else "demo"
    if centres is not None:
        browser.operations.set_campaign_centres("demo", centres)
    await browser.sign_in("anil")
    forbidden = 403 if is_there else 404
    status, _ = await ask(browser, f"/api/v1/campaigns/{name}/why")
    assert status == (200 if is_there else 404)
    status, seen = await ask(browser, "/api/v1/campaigns")
    assert (name in str(seen)) is is_there
    wish = {"scope": "campaign", "about": name, "why": "ग़लत संदेश"}
    status, _ = await ask(browser, "/api/v1/dial-stops", wish)
    assert status == (201 if may_change else forbidden)
    status, _ = await ask(browser, f"/api/v1/campaigns/{name}/pause", {})
    assert status == (200 if may_change else forbidden)


STOPS = [
    ("anil", "all", "", 403),
    ("anil", "centre", SEHORE, 201),
    ("anil", "centre", VIDISHA, 404),
    ("anil", "centre", "MP", 404),
    ("anil", "campaign", "demo", 403),  # everybody's
    ("anil", "campaign", "nobody", 404),
    ("meera", "all", "", 201),
    ("meera", "centre", "MP.BPL", 201),
    ("meera", "centre", "XX", 404),
    ("meera", "campaign", "demo", 201),
    ("meera", "campaign", "nobody", 400),
    ("vimla", "all", "", 403),  # an auditor only looks
    ("sunita", "centre", SEHORE, 403),
]


@pytest.mark.parametrize(("user", "scope", "about", "expected"), STOPS)
async def test_who_may_stop_what(
    browser: Browser, user: str, scope: str, about: str, expected: int
) -> None:
    await browser.sign_in(user)
    wish = {"scope": scope, "about": about, "why": "ग़लत संदेश"}
    status, _ = await ask(browser, "/api/v1/dial-stops", wish)
    assert status == expected
    assert len(browser.operations.floor.stops()) == (expected == 201)


async def test_a_stop_from_above_is_seen_and_not_ones_own_to_lift(
    browser: Browser,
) -> None:
    floor = browser.operations.floor
    for stop_id, about in (("s-above", "MP"), ("s-vidisha", VIDISHA)):
        floor.open_stops[stop_id] = DialStop(
            stop_id, StopScope.CENTRE, about, "मीरा शर्मा", "आपात", BEGIN
        )
    await browser.sign_in("anil")
    _, seen = await ask(browser, "/api/v1/dial-stops")
    assert [one["stop_id"] for one in seen] == ["s-above"]  # type: ignore[attr-defined]
    assert (await ask(browser, "/api/v1/dial-stops/s-above/lift", {}))[0] == 404
    assert (await ask(browser, "/api/v1/dial-stops/s-vidisha/lift", {}))[0] == 404
    async with browser.another() as other:
        await other.sign_in("meera")
        assert (await ask(other, "/api/v1/dial-stops/s-above/lift", {}))[0] == 200
    assert [one.stop_id for one in floor.stops()] == ["s-vidisha"]


async def test_every_stop_is_in_the_audit_log_with_its_why(browser: Browser) -> None:
    await browser.sign_in("anil")
    wish = {"scope": "centre", "about": SEHORE, "why": "ग़लत संदेश"}
    await ask(browser, "/api/v1/dial-stops", wish)
    entries = await browser.site.users.store.audit(None)
    (entry,) = [one for one in entries if one.action == "dialling_stopped"]
    assert (entry.user_id, entry.centre, entry.about) == (
        "anil",
        SEHORE,
        f"centre {SEHORE}",
    )
    assert entry.detail == {"why": "ग़लत संदेश"}


DESK_ACTS = (
    ("login", {}),
    ("pause", {"reason": "चाय"}),
    ("ready", {}),
    ("end-talk", {}),
    ("transfer", {"kind": "telecaller", "key": "tc-3"}),
    ("logout", {}),
)


async def test_what_is_done_at_anothers_desk_is_in_the_audit_log(
    browser: Browser,
) -> None:
    async with browser.another() as sunita:
        await sunita.sign_in("sunita")
        for act, body in DESK_ACTS:
            await ask(sunita, f"/api/v1/desks/tc-1/{act}", body)
    await browser.sign_in("anil")
    for act, body in DESK_ACTS:
        assert (await ask(browser, f"/api/v1/desks/tc-2/{act}", body))[0] == 404
        await ask(browser, f"/api/v1/desks/tc-1/{act}", body)
    await ask(browser, "/api/v1/desks/tc-1")
    entries = await browser.site.users.store.audit(None)
    noted = [one for one in entries if one.about.startswith("desk ")]
    assert {(one.user_id, one.about, one.centre) for one in noted} == {
        ("anil", "desk tc-1", SEHORE)
    }
    assert [one.action for one in reversed(noted)] == [
        "desk_login",
        "desk_pause",
        "desk_ready",
        "desk_end_talk",
        "desk_transfer",
        "desk_logout",
    ]


async def test_only_ones_own_desks_are_written_to_and_paused(browser: Browser) -> None:
    await browser.sign_in("anil")
    for act, body in (
        ("messages", {"text": "धीरे बोलिए"}),
        ("force-pause", {"reason": "बैठक"}),
        ("force-logout", {"reason": "पाली समाप्त"}),
    ):
        assert (await ask(browser, f"/api/v1/desks/tc-2/{act}", body))[0] == 404
        assert (await ask(browser, f"/api/v1/desks/tc-1/{act}", body))[0] < 300
    (message, *_rest) = browser.operations.floor.kept_messages
    assert (message.telecaller_id, message.by) == ("tc-1", "अनिल दुबे")
    async with browser.another() as other:
        await other.sign_in("sunita")  # whose desk it is
        path = "/api/v1/desks/tc-1/messages"
        _, kept = await ask(other, path)
        assert next(one["text"] for one in kept) == "धीरे बोलिए"  # type: ignore[attr-defined]
        seen = f"{path}/{message.message_id}/seen"
        assert (await ask(other, seen, {}))[0] == 200
        assert (await ask(other, seen, {}))[0] == 400
        assert (await ask(other, path, {"text": "x"}))[0] == 403


@pytest.mark.parametrize("act", ["start", "pause", "resume", "stop"])
async def test_a_campaign_of_elsewhere_is_answered_as_one_that_is_not_there(
    browser: Browser, act: str
) -> None:
    browser.operations.set_campaign_centres("demo", (VIDISHA,))
    await browser.sign_in("anil")
    theirs = await ask(browser, f"/api/v1/campaigns/demo/{act}", {})
    assert theirs[0] == 404
    assert theirs == await ask(browser, f"/api/v1/campaigns/nobody/{act}", {})
