"""Campaigns in the browser: the wizard, the page of one, and whose they are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import FormData

from ivr.controller.campaign_workshop import CampaignSheet
from ivr.core.access import Role, User, UserId
from ivr.core.model import CampaignId, CentreCode
from ivr.settings.campaigns import campaign_of, document_of
from tests.adapters.web.browser import TOKEN, Browser
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.site import PASSWORD
from tests.polling import until

PURPOSE = {
    "title_hi": "पेंशन की जाँच",
    "title_en": "Pension check",
    "organisation": "संवाद डेमो",
    "class": "ngo_survey",
}
SAID = {
    "flow": "scheme-feedback",
    "line": "carrier|+917552550100",
    "script": "नमस्ते {name} जी।\r\n\r\nधन्यवाद।",
    "question_0_hi": "काम रुका है?",
    "question_0_en": "Is work held up?",
    "question_0_options": "हाँ | Yes\nनहीं | No",
}
SCRIPT = "<script>alert(1)</script>"
WHEN = {"mode": "broadcast", "attempts_per_campaign": "2", "off_days_given": "yes"}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        yield one


async def post(browser: Browser, path: str, **form: str) -> tuple[int, str]:
    page = await browser.post(path, {"csrf": browser.csrf} | form)
    return page.status, await page.text()


async def begin(browser: Browser, **form: str) -> str:
    """Return the address of a new draft."""
    page = await browser.post(
        "/campaigns/_new", {"csrf": browser.csrf, "template": ""} | form
    )
    assert page.status == 200
    return page.url.path.removesuffix("/1")


async def sheet_of(browser: Browser) -> CampaignSheet:
    """Return the campaign that the tests make, as it is stored."""
    assert browser.site.campaigns is not None
    sheet = await browser.site.campaigns.sheet(CampaignId("pension-check"))
    assert sheet is not None
    return sheet


async def through_the_steps(browser: Browser, **whom: str) -> str:
    draft = await begin(browser)
    for number, form in enumerate((PURPOSE, {"lists": "sample"} | whom, SAID, WHEN), 1):
        status, text = await post(browser, f"{draft}/{number}", **form)
        assert status == 200, text
    return draft


async def test_five_steps_make_the_campaign_that_a_file_would(browser: Browser) -> None:
    await browser.sign_in("meera")
    draft = await through_the_steps(browser)
    page = await browser.get(f"{draft}/5")
    assert page.status == 200
    status, text = await post(browser, f"{draft}/make")
    assert status == 200
    assert "पेंशन की जाँच" in text
    sheet = await sheet_of(browser)
    assert sheet.queued == 50
    assert sheet.campaign == campaign_of(document_of(sheet.text))
    question = sheet.campaign.questions[0]
    assert (question.question_id, question.options[0].value) == (
        "is_work_held_up",
        "yes",
    )
    assert sheet.campaign.script == "नमस्ते {name} जी।\n\nधन्यवाद।"
    assert sheet.campaign.off_days == ()
    assert browser.site.campaigns is not None
    assert await browser.site.campaigns.drafts() == []
    assert "campaign_made" in await (await browser.get("/audit")).text()


async def test_a_draft_is_kept_between_the_steps_whatever_is_wrong(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    draft = await begin(browser)
    status, text = await post(
        browser, f"{draft}/1", title_hi="<script>alert(1)</script>"
    )
    assert status == 400
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    status, _ = await post(browser, f"{draft}/4", windows="6-7", mode="fast")
    assert status == 400
    text = await (await browser.get(f"{draft}/4")).text()
    assert "6-7" in text
    status, text = await post(browser, f"{draft}/make")
    assert status == 400


async def test_sundays_and_holidays_are_off_until_somebody_unticks_them(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    draft = await begin(browser)  # which begins in preview, whatever is chosen later
    text = await (await browser.get(f"{draft}/4")).text()
    for day in ("sunday", "listed_holidays"):
        assert f'value="{day}" checked' in text
    assert 'value="monday" checked' not in text
    await post(browser, f"{draft}/4", **WHEN)  # unticked, and so it stays
    text = await (await browser.get(f"{draft}/4")).text()
    assert 'value="sunday" checked' not in text


def ticked(text: str) -> list[tuple[str, str]]:
    """Return name and value of each ticked box that a browser would send."""
    boxes = re.findall(r'<input type="checkbox" name="(.*?)" value="(.*?)"(.*?)>', text)
    return [
        (name, value)
        for name, value, rest in boxes
        if "checked" in rest and "disabled" not in rest
    ]


async def test_what_was_chosen_stays_chosen_when_it_is_no_longer_on_offer(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    draft_path = await through_the_steps(browser)
    workshop = browser.site.campaigns
    assert workshop is not None
    draft = await workshop.draft(draft_path.rpartition("/")[2])
    assert draft is not None
    chosen = {
        "lists": ["sample", "gone"],
        "filters": {"districts": ["OLD"], "schemes": ["ended"], "languages": ["hi"]},
        "centres": ["MP.OLD"],
    }
    draft = await workshop.keep(draft, dict(draft.document) | chosen)
    for step in (2, 4):
        text = await (await browser.get(f"{draft_path}/{step}")).text()
        form = FormData([("csrf", browser.csrf), *ticked(text)])
        form.add_field("languages", "hi")
        form.add_field("off_days_given", "yes")
        form.add_field("mode", "broadcast")
        await browser.http.post(f"{browser.base}{draft_path}/{step}", data=form)
    kept = await workshop.draft(draft.draft_id)
    assert kept is not None
    assert {key: kept.document[key] for key in chosen} == chosen


async def test_a_chosen_list_that_is_still_being_taken_in_stays_chosen(
    browser: Browser, tmp_path: Path
) -> None:
    await browser.sign_in("meera")
    draft = await through_the_steps(browser)
    with closing(sqlite3.connect(next((tmp_path / "home").glob("*.db")))) as database:
        database.execute("UPDATE lists SET state = 'taking_in'")
        database.commit()
    text = await (await browser.get(f"{draft}/2")).text()
    assert ("lists", "sample") in ticked(text)
    text = await (await browser.get(f"{await begin(browser)}/2")).text()
    assert 'value="sample" disabled' in text


async def test_one_users_many_drafts_are_in_nobody_elses_way(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.workshop.campaigns.MOST_DRAFTS", 2)
    await browser.sign_in("meera")
    for _ in range(2):
        await begin(browser)
    page = await browser.post("/campaigns/_new", {"csrf": browser.csrf, "template": ""})
    assert page.status == 400
    async with browser.another() as other:
        await other.sign_in("anil")
        await begin(other)


async def test_counts_follow_the_form_before_it_is_kept(browser: Browser) -> None:
    await browser.sign_in("meera")
    draft = await begin(browser)
    form = {"lists": "sample", "districts": "VID", "schemes": "ujjwala"}
    status, text = await post(browser, f"{draft}/2/counts", **form)
    assert status == 200
    assert re.findall(r"<dd[^>]*>(\d+)</dd>", text) == ["50", "10", "10", "0", "10"]
    text = await (await browser.get(f"{draft}/2")).text()
    assert re.findall(r"<dd[^>]*>(\d+)</dd>", text) == ["0", "0", "0", "0", "0"]


async def test_an_in_charge_means_only_people_of_their_own(browser: Browser) -> None:
    await browser.sign_in("anil")
    draft = await begin(browser)
    _, text = await post(browser, f"{draft}/2/counts", lists="sample", districts="VID")
    assert re.findall(r"<dd[^>]*>(\d+)</dd>", text)[1:] == ["0", "0", "0", "0"]
    text = await (await browser.get(f"{draft}/2")).text()
    assert 'value="SEH"' in text
    assert 'value="VID"' not in text
    assert "30" in text
    draft = await through_the_steps_of_sehore(browser, "VID", "MP.BPL.VID")
    status, _ = await post(browser, f"{draft}/make")
    assert status == 400
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    status, _ = await post(browser, f"{draft}/make")
    assert status == 200


async def through_the_steps_of_sehore(
    browser: Browser, district: str, centre: str
) -> str:
    draft = await begin(browser)
    whom = {"lists": "sample", "districts": district}
    for number, form in enumerate((PURPOSE, whom, SAID, WHEN | {"centres": centre}), 1):
        await post(browser, f"{draft}/{number}", **form)
    return draft


async def test_drafts_and_campaigns_of_another_centre_are_not_there(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    await post(browser, f"{draft}/make")
    draft = await begin(browser)
    async with browser.another() as rekha:
        await rekha.sign_in("rekha")
        for path in ("/campaigns/pension-check", f"{draft}/1", f"{draft}/5"):
            assert (await rekha.get(path)).status == 404, path
        for path in (f"{draft}/make", f"{draft}/drop", f"{draft}/forecast"):
            assert (await post(rekha, path))[0] == 404, path
        assert (await post(rekha, "/campaigns/pension-check/start"))[0] == 404
        form = {"template": "campaign:pension-check"}
        assert (await post(rekha, "/campaigns/_new", **form))[0] == 404
        text = await (await rekha.get("/campaigns")).text()
        assert "pension-check" not in text
        text = await (await rekha.get("/campaigns/_new")).text()
        assert "pension-check" not in text


async def test_a_draft_does_not_take_back_what_became_another_centres(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    assert (await post(browser, f"{draft}/make"))[0] == 200
    stale = await begin(browser, template="campaign:pension-check", edit="yes")
    async with browser.another() as meera:
        await meera.sign_in("meera")
        newer = await begin(meera, template="campaign:pension-check", edit="yes")
        whom = {"lists": "sample", "districts": "VID"}
        assert (await post(meera, f"{newer}/2", **whom))[0] == 200
        when = WHEN | {"centres": "MP.BPL.VID"}
        assert (await post(meera, f"{newer}/4", **when))[0] == 200
        assert (await post(meera, f"{newer}/make"))[0] == 200
    assert (await post(browser, f"{stale}/make"))[0] == 404
    assert (await sheet_of(browser)).campaign.centres == ("MP.BPL.VID",)


async def test_a_draft_does_not_undo_a_change_made_since_it_was_begun(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    assert (await post(browser, f"{await through_the_steps(browser)}/make"))[0] == 200
    edit = {"template": "campaign:pension-check", "edit": "yes"}
    stale, newer = await begin(browser, **edit), await begin(browser, **edit)
    await post(browser, f"{newer}/1", **PURPOSE | {"note": "newer"})
    assert (await post(browser, f"{newer}/make"))[0] == 200
    status, text = await post(browser, f"{stale}/make")
    assert status == 400
    assert "यह मसौदा शुरू होने के बाद अभियान बदल दिया गया है" in text
    assert "newer" in (await sheet_of(browser)).text


async def test_who_starts_it_stands_on_the_page_and_in_charges_may_be_kept_from_it(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    await post(browser, f"{draft}/1", **PURPOSE, only_admin_starts="yes")
    await post(browser, f"{draft}/make")
    assert (await post(browser, "/campaigns/pension-check/start"))[0] == 403
    async with browser.another() as meera:
        await meera.sign_in("meera")
        status, text = await post(meera, "/campaigns/pension-check/start")
        assert status == 200
        assert "meera" in text
        text = await (await meera.get("/campaigns")).text()
        assert "meera" in text
    # What runs is not changed under the telecallers' hands.
    form = {"template": "campaign:pension-check", "edit": "yes"}
    assert (await post(browser, "/campaigns/_new", **form))[0] == 400
    assert (await post(browser, "/campaigns/pension-check/stop"))[0] == 200


BY_PAGE, BY_API = "/campaigns/pension-check", "/api/v1/campaigns/pension-check"


@pytest.mark.parametrize("address", [BY_PAGE, BY_API])
async def test_what_only_an_admin_starts_no_in_charge_starts_or_resumes(
    browser: Browser, address: str
) -> None:
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    await post(browser, f"{draft}/1", **PURPOSE, only_admin_starts="yes")
    await post(browser, f"{draft}/make")

    async def acts(who: Browser, act: str) -> tuple[int, str]:
        headers = {"X-CSRF-Token": who.csrf}
        page = await who.http.post(f"{browser.base}{address}/{act}", headers=headers)
        assert browser.site.campaigns is not None
        sheet = await browser.site.campaigns.sheet(CampaignId("pension-check"))
        assert sheet is not None
        return page.status, str(sheet.state)

    async with browser.another() as meera:
        await meera.sign_in("meera")
        assert await acts(browser, "start") == (403, "draft")
        assert await acts(meera, "start") == (200, "running")
        assert await acts(browser, "pause") == (200, "paused")
        assert await acts(browser, "resume") == (403, "paused")
        assert await acts(meera, "resume") == (200, "running")
        assert await acts(browser, "stop") == (200, "stopped")
        assert await acts(browser, "start") == (403, "stopped")


async def test_an_in_charges_change_leaves_to_an_admin_what_only_an_admin_starts(
    browser: Browser,
) -> None:
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    await post(browser, f"{draft}/1", **PURPOSE, only_admin_starts="yes")
    await post(browser, f"{draft}/make")
    change = {"template": "campaign:pension-check", "edit": "yes"}
    draft = await begin(browser, **change)
    text = await (await browser.get(f"{draft}/1")).text()
    assert 'name="only_admin_starts" value="no"' not in text
    form = PURPOSE | {"title_hi": "पेंशन: नया शीर्षक", "only_admin_starts": "no"}
    assert (await post(browser, f"{draft}/1", **form))[0] == 200
    assert (await post(browser, f"{draft}/make"))[0] == 200
    made = (await sheet_of(browser)).campaign
    assert (made.title_hi, made.only_admin_starts) == ("पेंशन: नया शीर्षक", True)
    async with browser.another() as meera:
        await meera.sign_in("meera")
        draft = await begin(meera, **change)
        await post(meera, f"{draft}/1", **form)
        assert (await post(meera, f"{draft}/make"))[0] == 200
    assert not (await sheet_of(browser)).campaign.only_admin_starts


async def test_no_in_charge_makes_the_change_that_lets_them_start(
    browser: Browser,
) -> None:
    sehore = User(UserId("kamla"), "कमला", Role.ADMIN, CentreCode("MP.BPL.SEH"))
    await browser.site.users.add(sehore, PASSWORD, by="test")
    await browser.sign_in("anil")
    draft = await through_the_steps_of_sehore(browser, "SEH", "MP.BPL.SEH")
    await post(browser, f"{draft}/1", **PURPOSE, only_admin_starts="yes")
    await post(browser, f"{draft}/make")
    async with browser.another() as kamla:
        await kamla.sign_in("kamla")
        change = {"template": "campaign:pension-check", "edit": "yes"}
        draft = await begin(kamla, **change)
        await post(kamla, f"{draft}/1", **PURPOSE, only_admin_starts="no")
        status, text = await post(browser, f"{draft}/make")
        assert (status, "यह केवल एडमिन तय करते हैं" in text) == (400, True)
        assert (await sheet_of(browser)).campaign.only_admin_starts
        assert (await post(kamla, f"{draft}/make"))[0] == 200


async def test_an_auditor_sees_campaigns_and_makes_none(browser: Browser) -> None:
    await browser.sign_in("vimla")
    page = await browser.get("/campaigns")
    assert page.status == 200
    assert "/campaigns/_new" not in await page.text()
    assert (await browser.get("/campaigns/_new")).status == 403


async def test_a_forecast_is_played_beside_the_server(browser: Browser) -> None:
    await browser.sign_in("meera")
    draft = await through_the_steps(browser)
    status, text = await post(browser, f"{draft}/forecast")
    assert status == 200
    assert 'hx-trigger="load delay:1s"' in text

    workshop, draft_id = browser.site.campaigns, draft.rpartition("/")[2]
    assert workshop is not None
    await until(lambda: workshop.forecast(draft_id).state != "playing", within_s=60)
    text = await (await browser.get(f"{draft}/forecast")).text()
    assert 'class="sheet case"' in text
    assert "2026" in text


async def test_a_wrong_template_or_draft_is_refused(browser: Browser) -> None:
    await browser.sign_in("meera")
    for template in ("file:../../etc/passwd", "file:nothing", "x"):
        status, _ = await post(browser, "/campaigns/_new", template=template)
        assert status == 400, template
    assert (await browser.get("/campaigns/_drafts/nothing/1")).status == 404
    assert (await browser.get("/campaigns/nothing")).status == 404


ELECTION = """\
elections:
  - name: परीक्षण
    period: {from: 2026-11-01, to: 2026-12-31}
    areas: [{poll_on: 2026-12-20, district: SEH, closes: "18:00"}]
"""


async def test_in_an_election_period_every_sound_is_approved_before_the_start(
    browser: Browser, tmp_path: Path
) -> None:
    calendars = tmp_path / "project/config/calendars"
    (calendars / "election.yaml").write_text(ELECTION, "utf-8")
    await browser.sign_in("meera")
    draft = await through_the_steps(browser)
    await post(browser, f"{draft}/1", **PURPOSE | {"class": "party_civic"})
    assert (await post(browser, f"{draft}/make"))[0] == 200
    start = "/campaigns/pension-check/start"
    assert (await post(browser, start))[0] == 400
    api = f"{browser.base}/api/v1{start}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with browser.http.post(api, headers=headers) as answer:
        assert answer.status == 400
    workshop = browser.site.prompts
    assert workshop is not None
    kavita = User(UserId("kavita"), "कविता", Role.ADMIN, CentreCode("MP"))
    for prompt in await workshop.prompts():
        said = "scheme-feedback" in prompt.used_in or prompt.text == "संवाद डेमो"
        if said and prompt.kind == "prompt":
            heard = prompt.audio_sha256
            await workshop.approve(kavita, prompt.key, "MCMC/2026/14", heard=heard)
    status, text = await post(browser, start)
    assert status == 200
    assert "meera" in text
