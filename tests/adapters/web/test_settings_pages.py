"""Settings in the browser: read, checked, edited with care, and only by the whole's."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.access import Role, User, UserId
from ivr.core.model import CentreCode
from tests.adapters.web.browser import Browser
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.site import PASSWORD

FILE = "/settings/files/telecallers"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def opened(browser: Browser, path: str = FILE) -> tuple[str, str]:
    """Return the file's text and version, as the page has them."""
    page = await (await browser.get(path)).text()
    text = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0]
    version = re.findall(r'name="version" value="([^"]+)"', page)[0]
    return html.unescape(text), version


async def send(
    browser: Browser, text: str, version: str, act: str = "save", path: str = FILE
) -> tuple[int, str]:
    form = {"csrf": browser.csrf, "text": text, "version": version, "act": act}
    page = await browser.post(path, form)
    return page.status, html.unescape(await page.text())


@pytest.mark.parametrize("part", ["centres", "trunks", "hours", "calendar"])
async def test_each_part_is_shown_and_checked(browser: Browser, part: str) -> None:
    page = await browser.get(f"/settings/{part}")
    assert page.status == 200
    page = await browser.get(f"/settings/{part}?check=yes")
    assert page.status == 200
    assert 'class="findings"' in await page.text()


async def test_a_right_text_is_kept_with_the_former_one(
    browser: Browser, tmp_path: Path
) -> None:
    text, version = await opened(browser)
    status, _ = await send(browser, text + "# मीरा ने देखा\n", version)
    assert status == 200
    kept = tmp_path / "project/config/telecallers.yaml"
    assert kept.read_text("utf-8").endswith("# मीरा ने देखा\n")
    former = list((tmp_path / "home/settings-before").iterdir())
    assert [one.read_text("utf-8") for one in former] == [text]
    assert "settings_saved" in await (await browser.get("/audit")).text()


@pytest.mark.parametrize(
    "wrong",
    [
        "telecallers: [",
        "telecallers: [{id: a, name: क, centre: MP.NO, address: b}]",
        "telecallers: [{id: a, nam: क}]",
        "telecallers: []\nin_charges: [{id: a, name: क, centre: MP.NO, address: b}]",
        "telecallers: [{id: a, name: क, centre: MP, address: b}]\n"
        "in_charges: [{id: c, name: ख, centre: MP, address: b}]",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "x" * 60_001,
    ],
    ids=[
        "no yaml",
        "no centre",
        "no key",
        "no centre of an in-charge",
        "one phone for two",
        "references",
        "too long",
    ],
)
async def test_a_wrong_text_is_not_kept_and_stays_in_the_form(
    browser: Browser, tmp_path: Path, wrong: str
) -> None:
    before, version = await opened(browser)
    status, page = await send(browser, wrong, version)
    assert status == 400
    assert wrong[:20] in page
    kept = tmp_path / "project/config/telecallers.yaml"
    assert kept.read_text("utf-8") == before
    status, page = await send(browser, wrong, version, act="check")
    assert status == 200
    assert 'class="wrong"' in page
    assert "/tmp" not in page


async def test_two_who_edit_at_once_do_not_undo_each_other(browser: Browser) -> None:
    text, version = await opened(browser)
    assert (await send(browser, text + "# एक\n", version))[0] == 200
    status, page = await send(browser, text + "# दो\n", version)
    assert status == 400
    assert "# दो" in page


async def test_only_known_files_are_opened(browser: Browser) -> None:
    for path in ("samvad", "..%2fsamvad", "demo", "calendar-none"):
        assert (await browser.get(f"/settings/files/{path}")).status == 404, path
    assert (await browser.get("/settings/files/calendar-mp")).status == 200


async def test_settings_are_of_those_who_see_everything(browser: Browser) -> None:
    bhopal = User(UserId("mohan"), "मोहन", Role.ADMIN, CentreCode("MP.BPL"))
    await browser.site.users.add(bhopal, PASSWORD, by="test")
    for name, status in (("mohan", 404), ("anil", 403), ("vimla", 403)):
        async with browser.another() as other:
            await other.sign_in(name)
            for path in ("/settings", "/settings/trunks", FILE):
                assert (await other.get(path)).status == status, (name, path)


async def test_a_trunks_password_is_shown_nowhere(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVAD_TRUNK_CARRIER_SECRET", "kept-from-everybody")
    text = await (await browser.get("/settings/trunks?check=yes")).text()
    assert "kept-from-everybody" not in text
