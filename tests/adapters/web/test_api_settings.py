"""Settings by the API: read, checked, written with care, and only by the whole's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode
from tests.adapters.web.asking import ask
from tests.adapters.web.browser import Browser
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.site import PASSWORD

SETTINGS, FILES = "/api/v1/settings", "/api/v1/settings-files"
FILE = FILES + "/telecallers"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def test_all_is_told_but_no_password_and_no_number_of_a_telecaller(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVAD_TRUNK_CARRIER_SECRET", "kept-from-everybody")
    status, found = await ask(browser, "GET", SETTINGS)
    assert (status, found["problem"]) == (200, "")
    assert {"code", "name_hi", "name_en", "parent"} == found["centres"][0].keys()
    assert found["telecallers"] and "mobile" not in found["telecallers"][0]
    assert found["trunks"][0]["caller_ids"]
    assert {one["mode"] for one in found["hours"]} >= {"preview", "broadcast"}
    assert {"opens", "closes"} == found["hours"][0]["windows"][0].keys()
    assert found["hours"][0]["windows"][0]["opens"] == "10:00"
    assert found["holidays"]
    assert "kept-from-everybody" not in json.dumps(found)


@pytest.mark.parametrize("part", ["centres", "trunks", "hours", "calendar"])
async def test_each_part_is_checked(browser: Browser, part: str) -> None:
    status, found = await ask(browser, "GET", f"{SETTINGS}/{part}/check")
    assert status == 200 and found
    assert {"what", "verdict", "said", "remedy"} == found[0].keys()


async def test_a_right_text_is_put_in_place_and_noted(
    browser: Browser, tmp_path: Path
) -> None:
    _, file = await ask(browser, "GET", FILE)
    text = file["text"] + "# मीरा ने देखा\n"
    status, found = await ask(browser, "POST", FILE + "/check", {"text": text})
    assert status == 200 and {one["verdict"] for one in found} <= {"ok", "note"}
    given = {"text": text, "version": file["version"]}
    status, saved = await ask(browser, "PUT", FILE, given)
    assert (status, saved["text"]) == (200, text)
    assert saved["version"] != file["version"]
    kept = tmp_path / "project/config/telecallers.yaml"
    assert kept.read_text("utf-8") == text
    (entry,) = await browser.site.users.store.audit(None, limit=1)
    assert (entry.action, entry.detail["before"]) == (
        "settings_saved",
        file["version"],
    )
    status, said = await ask(browser, "PUT", FILE, given)
    assert status == 400 and "meanwhile" in said["message_en"]


@pytest.mark.parametrize(
    "wrong",
    ["telecallers: [", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "x" * 60_001],
    ids=["no yaml", "references", "too long"],
)
async def test_a_wrong_text_is_not_kept(
    browser: Browser, tmp_path: Path, wrong: str
) -> None:
    _, file = await ask(browser, "GET", FILE)
    given = {"text": wrong, "version": file["version"]}
    status, said = await ask(browser, "PUT", FILE, given)
    assert (status, said["error_id"]) == (400, "bad_input")
    kept = tmp_path / "project/config/telecallers.yaml"
    assert kept.read_text("utf-8") == file["text"]


async def test_the_longest_hindi_text_fits_however_it_is_written(
    browser: Browser,
) -> None:
    text = "#" + "ह" * 59_000  # as ह, six bytes each
    status, _ = await ask(browser, "POST", FILE + "/check", {"text": text})
    assert status == 200


async def test_only_known_files_and_parts_are_there(browser: Browser) -> None:
    status, files = await ask(browser, "GET", FILES)
    assert status == 200
    assert {"centres", "telecallers", "permissions"} <= {one["name"] for one in files}
    for path in ("samvad", "..%2fsamvad", "calendar-none"):
        assert (await ask(browser, "GET", f"{FILES}/{path}"))[0] == 404, path
    assert (await ask(browser, "GET", f"{SETTINGS}/law/check"))[0] == 404


async def test_settings_are_of_those_who_see_everything(browser: Browser) -> None:
    bhopal = User(UserId("mohan"), "मोहन", Role.ADMIN, CentreCode("MP.BPL"))
    await browser.site.users.add(bhopal, PASSWORD, by="test")
    given = {"text": "x", "version": "x"}
    for name, status in (("mohan", 404), ("anil", 403), ("vimla", 403)):
        async with browser.another() as other:
            await other.sign_in(name)
            for path in (SETTINGS, f"{SETTINGS}/hours/check", FILES, FILE):
                assert (await ask(other, "GET", path))[0] == status, (name, path)
            assert (await ask(other, "PUT", FILE, given))[0] == status
            assert (await ask(other, "POST", FILE + "/check", given))[0] == status
