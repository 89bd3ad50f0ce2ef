"""Campaigns by the API: from a draft to what the wizard would have made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.model import CampaignId
from ivr.settings.campaigns import campaign_of, document_of
from tests.adapters.web.api_examples import PENSION
from tests.adapters.web.asking import ask
from tests.adapters.web.browser import Browser
from tests.adapters.web.workshop_site import opened_workshop
from tests.polling import until

DRAFTS = "/api/v1/campaign-drafts"
CAMPAIGN = "/api/v1/campaigns/pension-check"
OF_SEHORE = {"centres": ["MP.BPL.SEH"], "filters": {"districts": ["SEH"]}}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def begun(browser: Browser, **changed: object) -> str:
    """Return the address of a draft with all its keys."""
    given = {"document": PENSION | changed}
    status, draft = await ask(browser, "POST", DRAFTS, given)
    assert status == 201, draft
    return f"{DRAFTS}/{draft['draft_id']}"


async def test_one_body_makes_the_campaign_that_a_file_would(browser: Browser) -> None:
    draft = await begun(browser)
    status, found = await ask(browser, "GET", draft + "/check")
    assert (status, found["problems"], found["is_ready"]) == (200, [], True)
    assert found["counts"]["meant"] == 50
    status, sheet = await ask(browser, "POST", draft + "/make")
    assert (status, sheet["campaign_id"], sheet["enrolled"]) == (
        201,
        "pension-check",
        50,
    )
    assert (sheet["state"], sheet["queued"]) == ("draft", 50)
    assert sheet["questions"][0]["question_id"] == "held_up"
    assert sheet["windows"] == [{"opens": "10:00", "closes": "13:00"}]
    assert (sheet["off_days"], sheet["starts_on"]) == ([], "2026-12-02")
    assert browser.site.campaigns is not None
    stored = await browser.site.campaigns.sheet(CampaignId("pension-check"))
    assert stored is not None
    assert stored.campaign == campaign_of(document_of(sheet["yaml"]))
    assert stored.campaign.script == "नमस्ते {name} जी।\n\nधन्यवाद।"
    assert (await ask(browser, "GET", draft))[0] == 404
    status, again = await ask(browser, "GET", CAMPAIGN)
    assert status == 200 and again == {k: sheet[k] for k in again}
    assert "campaign_made" in await (await browser.get("/audit")).text()
    _, all_of_them = await ask(browser, "GET", "/api/v1/campaigns?state=any")
    _, running = await ask(browser, "GET", "/api/v1/campaigns")
    found = {one["campaign_id"]: one["state"] for one in all_of_them}
    assert found["pension-check"] == "draft"
    assert "pension-check" not in {one["campaign_id"] for one in running}
    assert (await ask(browser, "POST", CAMPAIGN + "/start"))[0] == 200


async def test_a_draft_is_kept_whatever_is_wrong_and_says_what(
    browser: Browser,
) -> None:
    status, draft = await ask(
        browser, "POST", DRAFTS, {"document": {"windows": ["6-7"], "lists": []}}
    )
    assert status == 201
    assert {"windows.0", "title", "lists"} <= {one["key"] for one in draft["problems"]}
    here = f"{DRAFTS}/{draft['draft_id']}"
    status, said = await ask(browser, "POST", here + "/make")
    assert (status, said["error_id"]) == (400, "bad_input")
    status, said = await ask(browser, "POST", here + "/forecast")
    assert (status, said["message_en"]) == (400, "the campaign is not whole yet")
    status, draft = await ask(browser, "PUT", here, PENSION)
    assert (status, draft["problems"]) == (200, [])
    assert draft["document"]["campaign"] == "pension-check"
    assert draft["document"]["windows"] == PENSION["windows"]
    _, draft = await ask(browser, "PUT", here, {})
    assert draft["document"] == {}
    status, found = await ask(browser, "GET", DRAFTS)
    assert [one["draft_id"] for one in found] == [draft["draft_id"]]
    assert (await ask(browser, "DELETE", here))[0] == 200
    assert (await ask(browser, "DELETE", here))[0] == 404


async def test_a_typing_error_is_refused_and_begins_nothing(browser: Browser) -> None:
    for wrong in ({"titel": "x"}, {"caps": {"channel": 3}}, {"mode": "fast"}):
        status, said = await ask(browser, "POST", DRAFTS, {"document": wrong})
        assert status == 400 and said["details"]["where"].startswith("document."), wrong
    assert await ask(browser, "GET", DRAFTS) == (200, [])
    for template in ("file:../../etc/passwd", "x"):
        assert (await ask(browser, "POST", DRAFTS, {"template": template}))[0] == 400
    edit = {"edit": True}
    assert (await ask(browser, "POST", DRAFTS, edit))[0] == 400


async def test_sent_again_it_begins_and_makes_once(browser: Browser) -> None:
    given = {"document": PENSION}
    first = await ask(browser, "POST", DRAFTS, given, key="k-1")
    assert await ask(browser, "POST", DRAFTS, given, key="k-1") == first
    assert len((await ask(browser, "GET", DRAFTS))[1]) == 1
    make = f"{DRAFTS}/{first[1]['draft_id']}/make"
    made = await ask(browser, "POST", make, key="k-2")
    assert made[0] == 201
    assert await ask(browser, "POST", make, key="k-2") == made
    assert (await ask(browser, "POST", make))[0] == 404


async def test_a_change_keeps_the_id_and_undoes_no_newer_one(browser: Browser) -> None:
    await ask(browser, "POST", await begun(browser) + "/make")
    edit = {"template": "campaign:pension-check", "edit": True}
    document = {"campaign": "another", "note": "newer"}
    status, newer = await ask(browser, "POST", DRAFTS, edit | {"document": document})
    assert (status, newer["edits"]) == (201, "pension-check")
    assert newer["document"]["campaign"] == "pension-check"
    assert newer["document"]["flow"] == "scheme-feedback"
    _, stale = await ask(browser, "POST", DRAFTS, edit)
    status, made = await ask(browser, "POST", f"{DRAFTS}/{newer['draft_id']}/make")
    assert (status, made["enrolled"]) == (201, 0)
    status, said = await ask(browser, "POST", f"{DRAFTS}/{stale['draft_id']}/make")
    assert status == 400 and "changed since" in said["message_en"]
    _, copy = await ask(browser, "POST", DRAFTS, {"template": edit["template"]})
    assert copy["document"]["campaign"] == "pension-check-2"
    found = (await ask(browser, "GET", "/api/v1/campaign-templates"))[1]
    assert "campaign:pension-check" in {one["name"] for one in found}


async def test_what_is_of_another_centre_is_not_there(browser: Browser) -> None:
    async with browser.another() as anil, browser.another() as rekha:
        await anil.sign_in("anil")
        await rekha.sign_in("rekha")
        draft = await begun(anil, **OF_SEHORE)
        for method, path in (
            ("GET", draft),
            ("PUT", draft),
            ("DELETE", draft),
            ("GET", draft + "/check"),
            ("POST", draft + "/forecast"),
            ("GET", draft + "/forecast"),
            ("POST", draft + "/make"),
        ):
            status, _ = await ask(rekha, method, path, {} if method == "PUT" else None)
            assert status == 404, (method, path)
        assert await ask(rekha, "GET", DRAFTS) == (200, [])
        assert (await ask(anil, "POST", draft + "/make"))[0] == 201
        assert (await ask(rekha, "GET", CAMPAIGN))[0] == 404
        template = "campaign:pension-check"
        assert (await ask(rekha, "POST", DRAFTS, {"template": template}))[0] == 404
        found = (await ask(rekha, "GET", "/api/v1/campaign-templates"))[1]
        assert template not in {one["name"] for one in found}


async def test_an_in_charge_makes_none_of_another_centres_people(
    browser: Browser,
) -> None:
    async with browser.another() as anil:
        await anil.sign_in("anil")
        draft = await begun(anil, centres=["MP.BPL.VID"])
        found = (await ask(anil, "GET", draft + "/check"))[1]
        assert {one["key"] for one in found["problems"]} == {"centres", "filters"}
        assert found["counts"]["in_lists"] == 30  # of Sehore
        assert (await ask(anil, "POST", draft + "/make"))[0] == 400


async def test_who_is_no_admin_frees_no_campaign_that_only_admins_start(
    browser: Browser,
) -> None:
    async with browser.another() as anil:
        await anil.sign_in("anil")
        draft = await begun(anil, **OF_SEHORE, only_admin_starts=True)
        assert (await ask(anil, "POST", draft + "/make"))[0] == 201
        edit = {"template": "campaign:pension-check", "edit": True}
        _, again = await ask(anil, "POST", DRAFTS, edit)
        here = f"{DRAFTS}/{again['draft_id']}"
        freed = PENSION | OF_SEHORE | {"only_admin_starts": False}
        _, again = await ask(anil, "PUT", here, freed)
        assert again["document"]["only_admin_starts"] is True
        status, made = await ask(anil, "POST", here + "/make")
        assert (status, made["only_admin_starts"]) == (201, True)


async def test_who_may_not_make_campaigns_sees_them_only(browser: Browser) -> None:
    await ask(browser, "POST", await begun(browser) + "/make")
    async with browser.another() as vimla:
        await vimla.sign_in("vimla")
        assert (await ask(vimla, "GET", CAMPAIGN))[0] == 200
        for method, path in (("GET", DRAFTS), ("POST", DRAFTS)):
            assert (await ask(vimla, method, path, {}))[0] == 403


async def test_a_forecast_is_played_and_asked_for(browser: Browser) -> None:
    draft = await begun(browser)
    assert (await ask(browser, "GET", draft + "/forecast"))[1]["state"] == "none"
    status, state = await ask(browser, "POST", draft + "/forecast")
    assert (status, state["state"]) == (202, "playing")
    workshop, draft_id = browser.site.campaigns, draft.rpartition("/")[2]
    assert workshop is not None
    await until(lambda: workshop.forecast(draft_id).state != "playing", within_s=60)
    status, state = await ask(browser, "GET", draft + "/forecast")
    assert (status, state["state"], state["failed"]) == (200, "done", "")
    case = state["forecast"]["cases"][0]
    assert case["reached_per_day"]["low"] <= case["reached_per_day"]["value"]


async def test_what_there_is_to_choose_from_is_told(browser: Browser) -> None:
    status, found = await ask(browser, "GET", "/api/v1/campaign-choices")
    assert status == 200
    assert "scheme-feedback" in {one["code"] for one in found["flows"]}
    assert found["trunks"][0]["caller_ids"]
