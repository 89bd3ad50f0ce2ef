"""Lists by a browser: sending a file, its columns, the yes, the counts, do-not-call."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from ivr.controller.users import AuditEntry
from ivr.core.list_facts import Barred, ListFacts
from ivr.core.list_import import ImportState
from ivr.core.model import Contact, ContactId, ListName, PhoneNumber
from ivr.core.new_list import ListCounts
from tests.adapters.web.browser import Browser, opened
from tests.fakes.list_room import (
    TALLY,
    FakeOutcomes,
    FakeWorker,
    lists_of,
    lists_of_vidisha,
    make_list_room,
)
from tests.fakes.site import SEHORE, TREE, VIDISHA
from tests.fakes.switch import BEGIN, FakeClock

SCRIPT = "<script>alert(1)</script>"
FORM = {"act": "choose", "name": "नवंबर", "origin": "the camps", "kind": "own_members"}


class Scene(Browser):
    """A browser, and the worker behind the site."""

    worker: FakeWorker
    outcomes: FakeOutcomes
    folder: Path

    async def send(
        self, body: bytes = b"mobile\n9827123456\n", **query: str
    ) -> aiohttp.ClientResponse:
        page = await self.http.post(
            f"{self.base}/lists/imports/new",
            params={"file": "list.csv"} | query,
            data=body,
            headers={"X-CSRF-Token": self.csrf},
        )
        return await self._seen(page)

    async def sent(self, state: ImportState = ImportState.MAPPING, **query: str) -> str:
        page = await self.send(**query)
        assert page.status == 201
        where = str((await page.json())["where"])
        await self.until(where, state)
        return where

    async def until(self, where: str, state: ImportState) -> None:
        imports, import_id = self.site.lists.imports, where.rpartition("/")[2]
        async with asyncio.timeout(5):
            while True:
                one = imports.one(import_id)
                assert one is not None
                if one.state is state:
                    return
                await imports.wait_change(one, 5)

    async def act(self, where: str, **form: str) -> aiohttp.ClientResponse:
        return await self.post(where, {"csrf": self.csrf} | form)

    async def audit(self) -> list[AuditEntry]:
        return await self.site.users.store.audit(None)

    async def text(self, path: str) -> str:
        return await (await self.get(path)).text()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    worker, outcomes, folder = FakeWorker(), FakeOutcomes(), tmp_path / "uploads"
    room = make_list_room(
        FakeClock().now, TREE, folder=folder, worker=worker, outcomes=outcomes
    )
    async with opened(lists=room) as browser:
        made = Scene(browser.base, browser.site, browser.http)
        made.worker, made.outcomes, made.folder = worker, outcomes, folder
        yield made
        await room.imports.close()


async def test_a_list_comes_in_by_the_pages_alone(scene: Scene) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    text = await scene.text(where)
    assert "हितग्राही" in text and "98•••••456" in text
    chosen = FORM | {"column-0": "name", "column-1": "number"}
    page = await scene.act(where, **chosen)
    assert page.url.path == where
    await scene.until(where, ImportState.COMPARED)
    text = await scene.text(where)
    assert "6 लोगों को जोड़ें" in text and "दस अंक लिखें" in text
    await scene.act(where, act="confirm")
    await scene.until(where, ImportState.DONE)
    assert "सूची जुड़ गई" in await scene.text(where)
    imported = scene.worker.asked[-1]
    assert (imported.act, imported.mapping, imported.centres) == (
        "import",
        {0: "name"},
        None,
    )
    assert imported.new is not None and imported.new.name == "नवंबर"
    assert [one.action for one in await scene.audit()][:2] == [
        "list_confirmed",
        "list_uploaded",
    ]
    assert scene.outcomes.notes == [("meera", "list_imported")]


async def test_an_in_charge_brings_in_people_of_their_centre_only(scene: Scene) -> None:
    await scene.sign_in("anil")
    where = await scene.sent()
    await scene.act(where, **FORM)
    await scene.until(where, ImportState.COMPARED)
    compared = scene.worker.asked[-1]
    assert compared.centres == {SEHORE}
    assert compared.new is not None and compared.new.name == "MP.BPL.SEH-नवंबर"


async def test_a_wrong_form_is_said_and_keeps_what_was_filled_in(scene: Scene) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    for wrong, said in (
        ({"name": ""}, "सूची को नाम दें"),
        ({"origin": "x"}, "शब्दों में लिखें"),
        ({"kind": "purchased"}, "ख़रीदी हुई"),
        ({"kind": "odd"}, "शब्दों में लिखें"),
        ({"column-1": "-"}, "टेलीफ़ोन नंबर नहीं"),
        ({"column-0": "number"}, "दो कॉलम एक ही"),
        ({"column-0": "../../etc"}, "नहीं चुना जा सकता"),
        ({"act": "odd"}, "यह नहीं हो सकता"),
    ):
        page = await scene.act(
            where, **FORM | wrong | {"name": wrong.get("name", SCRIPT)}
        )
        text = await page.text()
        assert page.status == 400 and said in text, wrong
        assert SCRIPT not in text
    assert scene.worker.acts == ["look"]


async def test_names_in_a_file_are_only_names(scene: Scene) -> None:
    await scene.sign_in("meera")
    where = await scene.sent(file=f"{SCRIPT}.csv")
    text = await scene.text(where)
    assert "<b>राम" not in text and "&lt;b&gt;राम&lt;/b&gt;" in text
    assert SCRIPT not in text and SCRIPT not in await scene.text("/lists")


@pytest.mark.parametrize("name", ["../../../etc/passwd", "C:\\x\\passwd", "a\nb", ""])
async def test_a_files_name_is_no_path(scene: Scene, name: str) -> None:
    await scene.sign_in("meera")
    where = await scene.sent(file=name)
    one = scene.site.lists.imports.one(where.rpartition("/")[2])
    assert one is not None and one.file_name in {"passwd", "ab", "?"}
    assert {path.name for path in scene.folder.glob("*/*")} == {"list", "state.json"}


# Files that are not taken


async def test_two_gigabytes_are_refused_before_they_are_sent(scene: Scene) -> None:
    """By what the sender says, with nothing read: the connection is closed on it."""
    await scene.sign_in("meera")
    head = (
        "POST /lists/imports/new?file=big.csv HTTP/1.1\r\nHost: x\r\n"
        f"Cookie: samvad={scene.cookies()['samvad']}\r\nX-CSRF-Token: {scene.csrf}\r\n"
        "Content-Length: 2147483648\r\n\r\n"
    )
    port = int(scene.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode())
    async with asyncio.timeout(5):
        said = (await reader.readuntil(b"}")).decode()
    writer.close()
    assert said.startswith("HTTP/1.1 413") and '"too_big"' in said
    assert "फ़ाइल बहुत बड़ी है" in said
    assert not list(scene.folder.glob("*"))


async def test_a_big_file_that_hides_its_size_is_cut_off(scene: Scene) -> None:
    await scene.sign_in("meera")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100_000):
            yield b"x" * 5_000

    try:
        page = await scene.http.post(
            f"{scene.base}/lists/imports/new",
            data=endless(),
            headers={"X-CSRF-Token": scene.csrf},
        )
        assert page.status == 413
    except aiohttp.ClientError:
        pass  # the server has closed on it
    assert not list(scene.folder.glob("*"))


async def test_an_empty_file_is_refused(scene: Scene) -> None:
    await scene.sign_in("meera")
    page = await scene.send(b"")
    assert page.status == 400 and (await page.json())["message"] == "फ़ाइल ख़ाली है"


async def test_a_file_needs_the_sessions_token(scene: Scene) -> None:
    await scene.sign_in("meera")
    scene.csrf = "guessed"
    assert (await scene.send()).status == 403


# Who sees what


async def test_an_import_of_another_centre_is_not_there(scene: Scene) -> None:
    lists_of_vidisha(scene.site.lists)
    await scene.sign_in("anil")
    for path in ("", "/rejects"):
        page = await scene.get(f"/lists/imports/vidishas{path}")
        assert page.status == 404
    assert (await scene.get("/feed/lists/imports/vidishas")).status == 404
    assert (await scene.get("/lists/nov")).status == 404
    text = await scene.text("/lists")
    assert "vidishas" not in text and "/lists/nov" not in text
    async with scene.another() as vidisha:
        await vidisha.sign_in("rekha")
        assert (await vidisha.get("/lists/imports/vidishas")).status == 200
        assert (await vidisha.get("/lists/nov")).status == 200


def shared_list(scene: Scene) -> None:
    """One list with people of Sehore and Vidisha."""
    name, memory = ListName('नवं/बर "1"'), lists_of(scene.site.lists)
    memory.facts[name] = ListFacts(
        name, SCRIPT, "own_members", "ready", BEGIN, 0, ListCounts(9, 3, 6, 0, 0)
    )
    for number, (centre, district) in enumerate(
        [(SEHORE, "SEH"), (SEHORE, "SEH"), (VIDISHA, "VID")]
    ):
        memory.people.append(
            Contact(
                ContactId(number + 1),
                name,
                PhoneNumber(f"+91982711234{number}"),
                name=f"{SCRIPT}{number}",
                centre=centre,
                district=district,
                schemes=("ujjwala",) if number else (),
            )
        )


ADDRESS = "/lists/%E0%A4%A8%E0%A4%B5%E0%A4%82%2F%E0%A4%AC%E0%A4%B0%20%221%22"


async def test_a_list_shows_counts_and_samples_of_ones_own_people(scene: Scene) -> None:
    shared_list(scene)
    await scene.sign_in("anil")
    assert f'href="{ADDRESS}"' in await scene.text("/lists")
    text = await scene.text(ADDRESS)
    assert "<b>2</b>" in text and "विदिशा" not in text and "सीहोर (2)" in text
    assert "98•••••340" in text and "98•••••342" not in text
    assert "9827112340" not in text and SCRIPT not in text
    assert "कुल पढ़ी गई" not in text  # the whole list's rows are not theirs
    assert "<b>0</b>" in await scene.text(f"{ADDRESS}?district=VID")


async def test_a_segment_has_an_address(scene: Scene) -> None:
    shared_list(scene)
    await scene.sign_in("meera")
    text = await scene.text(f"{ADDRESS}?district=SEH&scheme=ujjwala")
    assert "<b>1</b>" in text
    assert re.search(r'<option value="ujjwala" selected>उज्ज्वला \(1\)', text)
    assert "कुल पढ़ी गई" in text
    odd = await scene.get(f"{ADDRESS}?district={SCRIPT}&field=%22)&value=x&odd=1")
    assert odd.status == 200 and SCRIPT not in await odd.text()


# Going on, coming back


async def test_the_page_of_a_working_import_is_fed_and_can_be_left(
    scene: Scene,
) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    scene.worker.gate.clear()
    await scene.act(where, **FORM)
    feed = await scene.http.get(f"{scene.base}/feed{where}")
    seen = b""
    async with asyncio.timeout(5):
        while b'value="0.5"' not in seen:
            seen += await feed.content.readany()
    assert b"event: import" in seen
    feed.close()  # the page is closed; the work goes on
    scene.worker.gate.set()
    await scene.until(where, ImportState.COMPARED)
    assert "आपकी हाँ" in await scene.text("/lists")


async def test_the_feed_ends_with_the_state_that_a_person_must_see(
    scene: Scene,
) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    scene.worker.gate.clear()
    await scene.act(where, **FORM)
    feed = await scene.http.get(f"{scene.base}/feed{where}")
    scene.worker.gate.set()
    seen = b""
    async with asyncio.timeout(5):
        while b'data-import-state="compared"' not in seen:
            seen += await feed.content.readany()
    assert scene.csrf.encode() in seen  # its buttons work
    feed.close()


async def test_an_import_is_cancelled(scene: Scene) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    scene.worker.gate.clear()
    await scene.act(where, **FORM)
    await scene.act(where, act="cancel")
    await scene.until(where, ImportState.CANCELLED)
    page = await scene.act(where, act="confirm")
    assert page.status == 400
    assert "list_import_cancelled" in {one.action for one in await scene.audit()}


async def test_rejects_are_downloaded_and_that_is_noted(scene: Scene) -> None:
    await scene.sign_in("meera")
    where = await scene.sent()
    assert (await scene.get(f"{where}/rejects")).status == 404
    await scene.act(where, **FORM)
    await scene.until(where, ImportState.COMPARED)
    assert f"{where}/rejects" in await scene.text(where)
    page = await scene.get(f"{where}/rejects")
    assert await page.text() == "row\n"
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert (await scene.audit())[0].action == "rejects_exported"


async def test_a_list_without_a_good_row_cannot_be_confirmed(scene: Scene) -> None:
    scene.worker.tally = replace(TALLY, kept=0, refused=8)
    await scene.sign_in("meera")
    where = await scene.sent()
    await scene.act(where, **FORM)
    await scene.until(where, ImportState.COMPARED)
    assert 'value="confirm"' not in await scene.text(where)


# Do-not-call


async def test_do_not_call_is_searched_and_each_search_is_noted(scene: Scene) -> None:
    number = PhoneNumber("+919827112345")
    lists_of(scene.site.lists).never[number] = Barred(number, BEGIN, "key 9")
    await scene.sign_in("anil")
    for typed, said in (("98271 12345", "कॉल में 9 दबाया"), ("9893012346", "नहीं है")):
        page = await scene.post(
            "/lists/do-not-call/search", {"csrf": scene.csrf, "number": typed}
        )
        assert said in await page.text()
    notes = [(one.about, one.detail) for one in (await scene.audit())[:2]]
    assert notes == [
        ("number 98•••••346", {"found": "no"}),
        ("number 98•••••345", {"found": "yes"}),
    ]


async def test_a_number_is_barred_at_once_with_the_reason(scene: Scene) -> None:
    await scene.sign_in("anil")
    form = {"csrf": scene.csrf, "number": "98271-12345", "why": "  a   letter "}
    page = await scene.post("/lists/do-not-call/numbers", form)
    assert "98•••••345" in await page.text()
    assert scene.operations.opted_out == [("+919827112345", "a letter")]
    assert (await scene.audit())[0].action == "do_not_call_added"


@pytest.mark.parametrize("typed", ["", "abc", "98271", SCRIPT])
async def test_what_is_no_number_is_said(scene: Scene, typed: str) -> None:
    await scene.sign_in("anil")
    for path in ("search", "numbers"):
        page = await scene.post(
            f"/lists/do-not-call/{path}", {"csrf": scene.csrf, "number": typed}
        )
        text = await page.text()
        assert page.status == 400 and 'class="alarm"' in text and SCRIPT not in text
    assert scene.operations.opted_out == []


async def test_a_file_of_numbers_is_barred(scene: Scene) -> None:
    await scene.sign_in("anil")
    where = await scene.sent(ImportState.DONE, kind="do_not_call")
    assert len(scene.outcomes.barred) == 2
    assert "कभी कॉल नहीं होगी" in await scene.text(where)
    assert where in await scene.text("/lists/do-not-call/numbers")
    assert where not in await scene.text("/lists")
