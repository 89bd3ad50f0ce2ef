"""The API's lists, imports and do-not-call: rights, centres, pages, files, keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from ivr.core.access import May
from ivr.core.list_facts import Barred, ListFacts
from ivr.core.list_import import ImportState
from ivr.core.model import Contact, ContactId, ListName, PhoneNumber
from ivr.core.new_list import ListCounts
from ivr.errors import BadInput
from tests import polling
from tests.adapters.web.browser import TOKEN, Browser, opened
from tests.fakes.list_room import (
    FakeOutcomes,
    FakeWorker,
    lists_of,
    lists_of_vidisha,
    make_list_room,
)
from tests.fakes.site import PEOPLE, SEHORE, TREE, VIDISHA
from tests.fakes.switch import BEGIN, FakeClock

LISTS, IMPORTS = "/api/v1/lists", "/api/v1/list-imports"
FILE = b"mobile\n9827123456\n"
NEW = {"name": "नवंबर", "origin": "the camps", "kind": "own_members"}
SHARED = ListName('नवं/बर "1"')
ADDRESS = LISTS + "/%E0%A4%A8%E0%A4%B5%E0%A4%82%2F%E0%A4%AC%E0%A4%B0%20%221%22"


@dataclass
class Scene:
    """Programs of some users, and the worker behind the site."""

    browser: Browser
    worker: FakeWorker
    outcomes: FakeOutcomes
    folder: Path
    tokens: dict[str, str]

    async def ask(
        self,
        method: str,
        path: str,
        who: str = "meera",
        key: str | None = None,
        **given: object,
    ) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        if key:
            headers["Idempotency-Key"] = key
        response = await self.browser.http.request(
            method,
            self.browser.base + path,
            headers=headers,
            **given,  # type: ignore[arg-type]
        )
        await response.read()
        return response

    async def told(
        self, method: str, path: str, who: str = "meera", **given: object
    ) -> dict[str, object]:
        response = await self.ask(method, path, who, **given)  # type: ignore[arg-type]
        assert response.status in {200, 201}, await response.text()
        said: dict[str, object] = await response.json()
        return said

    async def sent(self, who: str = "meera", query: str = "?file=list.csv") -> str:
        """Send a file; return its import's address."""
        one = await self.told("POST", IMPORTS + query, who, data=FILE)
        assert one["state"] == "looking"
        return f"{IMPORTS}/{one['import_id']}"

    async def until(self, where: str, state: ImportState) -> dict[str, object]:
        imports = self.browser.site.lists.imports
        async with asyncio.timeout(5):
            while True:
                one = imports.one(where.rpartition("/")[2])
                assert one is not None
                if one.state is state:
                    return await self.told("GET", where)
                await imports.wait_change(one, 5)

    async def actions(self) -> list[str]:
        entries = await self.browser.site.users.store.audit(None)
        return [one.action for one in entries]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    worker, outcomes, folder = FakeWorker(), FakeOutcomes(), tmp_path / "uploads"
    room = make_list_room(
        FakeClock().now, TREE, folder=folder, worker=worker, outcomes=outcomes
    )
    async with opened(lists=room) as browser:
        tokens = {"machine": TOKEN}
        for user in PEOPLE[:3]:
            _, secret = await browser.site.programs.make(
                "CRM", user, user.centre, frozenset({May.LISTS, May.EXPORT}), by=user
            )
            tokens[user.user_id] = secret
        yield Scene(browser, worker, outcomes, folder, tokens)
        await room.imports.close()


def shared_list(scene: Scene) -> None:
    """One list with people of Sehore and Vidisha."""
    memory = lists_of(scene.browser.site.lists)
    counts = ListCounts(9, 3, 6, 0, 0)
    memory.facts[SHARED] = ListFacts(
        SHARED, "camps", "own_members", "ready", BEGIN, 0, counts
    )
    for number in range(9):
        at_sehore = number % 3 < 2
        memory.people.append(
            Contact(
                ContactId(number + 1),
                SHARED,
                PhoneNumber(f"+91982711234{number}"),
                name=f"व्यक्ति {number}",
                centre=SEHORE if at_sehore else VIDISHA,
                district="SEH" if at_sehore else "VID",
                schemes=("ujjwala",) if number else (),
            )
        )


async def all_of(scene: Scene, path: str, who: str, limit: int) -> list[object]:
    """Follow the cursors to the end."""
    items: list[object] = []
    cursor: object = ""
    while cursor is not None:
        join = "&" if "?" in path else "?"
        address = f"{path}{join}limit={limit}&cursor={cursor}"
        page = await scene.told("GET", address, who)
        found = page["items"]
        assert isinstance(found, list) and len(found) <= limit
        items += found
        cursor = page["next"]
    return items


# Lists


async def test_lists_hold_ones_own_people_only(scene: Scene) -> None:
    shared_list(scene)
    lists_of_vidisha(scene.browser.site.lists)
    counts = {}
    for who in ("meera", "anil", "rekha"):
        found = await all_of(scene, LISTS, who, 1)
        counts[who] = {one["name"]: one["contacts"] for one in found}  # type: ignore[index]
    assert counts == {
        "meera": {"nov": 1, SHARED: 9},
        "anil": {SHARED: 6},
        "rekha": {"nov": 1, SHARED: 3},
    }
    assert (await scene.ask("GET", f"{LISTS}/nov", "anil")).status == 404
    assert (await scene.ask("GET", f"{LISTS}/nov/contacts", "anil")).status == 404
    for odd in ("none", "%00", "x" * 300):
        assert (await scene.ask("GET", f"{LISTS}/{odd}")).status == 404


async def test_a_list_is_counted_with_what_else_could_be_chosen(scene: Scene) -> None:
    shared_list(scene)
    whole = await scene.told("GET", ADDRESS)
    assert whole["rows"] == {
        "read": 9,
        "kept": 3,
        "refused": 6,
        "duplicate": 0,
        "blank": 0,
    }
    own = await scene.told("GET", f"{ADDRESS}?scheme=ujjwala", "anil")
    assert (own["contacts"], own["rows"]) == (6, None)
    segment = own["segment"]
    assert isinstance(segment, dict)
    assert (segment["total"], segment["districts"]) == (5, [["SEH", 5]])
    foreign = await scene.told("GET", f"{ADDRESS}?district=VID", "anil")
    assert foreign["segment"]["total"] == 0  # type: ignore[index]


async def test_contacts_come_in_pages_without_gap_and_masked(scene: Scene) -> None:
    shared_list(scene)
    path = f"{ADDRESS}/contacts"
    found = await all_of(scene, path, "anil", 2)
    assert [one["contact_id"] for one in found] == [1, 2, 4, 5, 7, 8]  # type: ignore[index]
    assert found[0]["number"] == "98•••••340"  # type: ignore[index]
    assert "982711234" not in str(found)
    assert (await scene.actions()).count("contacts_read") == 3
    chosen = await all_of(scene, f"{path}?district=VID", "meera", 2)
    assert [one["contact_id"] for one in chosen] == [3, 6, 9]  # type: ignore[index]


@pytest.mark.parametrize(
    "query", ["limit=0", "cursor=a", "cursor=bm92", "also=1", "field=a)", "value=%00"]
)
async def test_what_cannot_be_asked_is_refused(scene: Scene, query: str) -> None:
    shared_list(scene)
    assert (await scene.ask("GET", f"{ADDRESS}/contacts?{query}")).status == 400


# Imports


async def test_a_list_comes_in_by_a_program_alone(scene: Scene) -> None:
    where = await scene.sent()
    seen = await scene.until(where, ImportState.MAPPING)
    columns = seen["look"]["columns"]  # type: ignore[index]
    assert [one["choice"] for one in columns] == ["हितग्राही", "number", "-"]
    assert columns[1]["first"] == ["98•••••456"]
    said = NEW | {"columns": {"0": "name"}}
    begun = await scene.told("POST", f"{where}/compare", json=said)
    assert begun["state"] == "comparing"
    compared = await scene.until(where, ImportState.COMPARED)
    tally = compared["tally"]
    assert isinstance(tally, dict)
    assert (tally["kept"], tally["new"], tally["known"]) == (6, 4, 2)
    assert tally["reasons"][0]["hi"] == "दस अंक लिखें।"
    assert compared["has_rejects"] is True
    rejects = await scene.ask("GET", f"{where}/rejects")
    assert (await rejects.text(), rejects.content_type) == ("row\n", "text/csv")
    await scene.told("POST", f"{where}/reopen")
    await scene.told("POST", f"{where}/compare", json=said)
    await scene.until(where, ImportState.COMPARED)
    await scene.told("POST", f"{where}/confirm")
    done = await scene.until(where, ImportState.DONE)
    assert (done["done_share"], done["new"]["name"]) == (1.0, "नवंबर")  # type: ignore[index]
    assert scene.worker.asked[-1].mapping == {0: "name"}
    for action in ("list_uploaded", "list_confirmed", "rejects_exported"):
        assert action in await scene.actions()


async def test_an_in_charges_program_brings_in_people_of_their_centre(
    scene: Scene,
) -> None:
    where = await scene.sent("anil")
    await scene.until(where, ImportState.MAPPING)
    begun = await scene.told("POST", f"{where}/compare", "anil", json=NEW)
    assert begun["new"]["name"] == "MP.BPL.SEH-नवंबर"  # type: ignore[index]
    await scene.until(where, ImportState.COMPARED)
    assert scene.worker.asked[-1].centres == {SEHORE}
    assert (await scene.ask("GET", where, "rekha")).status == 404
    assert (await scene.told("GET", IMPORTS, "rekha"))["items"] == []


ACTS = ("compare", "sheet", "reopen", "confirm", "cancel")


async def test_an_import_of_another_centre_is_not_there(scene: Scene) -> None:
    lists_of_vidisha(scene.browser.site.lists)
    for import_id in ("vidishas", "none", "..%2F..%2Fetc"):
        where = f"{IMPORTS}/{import_id}"
        assert (await scene.ask("GET", where, "anil")).status == 404
        assert (await scene.ask("GET", f"{where}/rejects", "anil")).status == 404
        for act in ACTS:
            answer = await scene.ask("POST", f"{where}/{act}", "anil", json={})
            assert answer.status == 404, act
    assert (await scene.told("GET", f"{IMPORTS}/vidishas", "rekha"))["by"] == "rekha"


async def test_imports_come_in_pages_newest_first(scene: Scene) -> None:
    sent = {await scene.sent() for _ in range(3)}
    found = await all_of(scene, IMPORTS, "meera", 1)
    assert {f"{IMPORTS}/{one['import_id']}" for one in found} == sent  # type: ignore[index]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"origin": "x"}, "origin"),
        ({"origin": "        x"}, "origin"),
        ({"kind": "purchased"}, "origin"),
        ({"kind": "odd"}, "kind"),
        ({"columns": {"1": "-"}}, None),
        ({"columns": {"0": "../../etc"}}, "हितग्राही"),
        ({"columns": {"x": "name"}}, "columns.x.[key]"),
        ({"also": 1}, "also"),
    ],
)
async def test_a_wrong_comparison_is_refused_with_its_field(
    scene: Scene, wrong: dict[str, object], where: str | None
) -> None:
    address = await scene.sent()
    await scene.until(address, ImportState.MAPPING)
    answer = await scene.ask("POST", f"{address}/compare", json=NEW | wrong)
    assert answer.status == 400
    assert (await answer.json())["details"].get("where") == where
    assert scene.worker.acts == ["look"]


async def test_what_is_not_its_turn_is_refused(scene: Scene) -> None:
    where = await scene.sent()
    await scene.until(where, ImportState.MAPPING)
    for act, body in (("confirm", {}), ("reopen", {}), ("sheet", {"sheet": "x"})):
        answer = await scene.ask("POST", f"{where}/{act}", json=body)
        assert answer.status == 400, act
    assert (await scene.told("POST", f"{where}/cancel"))["state"] == "cancelled"
    assert (await scene.ask("POST", f"{where}/cancel")).status == 400


async def test_a_problem_is_told_in_both_languages(scene: Scene) -> None:
    scene.worker.fail_with = BadInput("the file is empty", remedy="save it again")
    where = await scene.sent()
    failed = await scene.until(where, ImportState.FAILED)
    assert failed["problem_en"] == "the file is empty"
    assert failed["problem_hi"] == "फ़ाइल ख़ाली है"


# Files that are not taken, or come twice


async def test_a_file_that_is_too_big_or_empty_leaves_nothing(scene: Scene) -> None:
    big = await scene.ask("POST", IMPORTS, data=b"x" * 10_001)
    assert (big.status, (await big.json())["error_id"]) == (
        413,
        "request_entity_too_large",
    )
    assert (await scene.ask("POST", IMPORTS, data=b"")).status == 400
    assert (await scene.ask("POST", IMPORTS + "?kind=odd", data=FILE)).status == 400
    assert not list(scene.folder.glob("*"))


async def test_a_file_sent_again_is_one_import(scene: Scene) -> None:
    path = f"{IMPORTS}?file=list.csv"
    first = await scene.ask("POST", path, key="k-1", data=FILE)
    again = await scene.ask("POST", path, key="k-1", data=FILE)
    assert (first.status, again.status) == (201, 201)
    assert await first.read() == await again.read()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(list(scene.folder.glob("*"))) == 1
    longer = await scene.ask("POST", path, key="k-1", data=FILE + FILE)
    assert (longer.status, (await longer.json())["error_id"]) == (422, "another_body")


async def test_a_file_that_was_refused_may_be_sent_again(scene: Scene) -> None:
    refused = await scene.ask("POST", IMPORTS, key="k-2", data=b"")
    assert refused.status == 400
    assert (await scene.ask("POST", IMPORTS, key="k-2", data=FILE)).status == 201


async def test_a_file_whose_sender_goes_away_leaves_nothing(scene: Scene) -> None:
    port = int(scene.browser.base.rpartition(":")[2])
    head = (
        f"POST {IMPORTS} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k-3\r\n"
        f"Authorization: Bearer {scene.tokens['meera']}\r\nContent-Length: 17\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + FILE[:5])
    await writer.drain()
    await polling.until(lambda: list(scene.folder.glob("*/list")))
    writer.close()
    await polling.until(lambda: not list(scene.folder.glob("*")))
    sent = await scene.ask("POST", IMPORTS, key="k-3", data=FILE)
    assert sent.status == 201
    assert (await scene.actions()).count("list_uploaded") == 1


async def test_an_act_sent_again_is_done_once(scene: Scene) -> None:
    where = await scene.sent()
    await scene.until(where, ImportState.MAPPING)
    for _ in range(2):
        answer = await scene.ask("POST", f"{where}/compare", key="k-4", json=NEW)
        assert answer.status == 200
    assert scene.worker.acts.count("compare") <= 1


# Do-not-call


async def test_do_not_call_is_searched_and_each_search_is_noted(scene: Scene) -> None:
    number = PhoneNumber("+919827112345")
    barred = Barred(number, BEGIN, "key 9")
    lists_of(scene.browser.site.lists).never[number] = barred
    path = "/api/v1/do-not-call"
    assert await scene.told("GET", path, "anil") == {"count": 1}
    found = await scene.told(
        "POST", f"{path}/search", "anil", json={"number": "98271 12345"}
    )
    assert (found["number"], found["is_barred"], found["source"]) == (
        "98•••••345",
        True,
        "key 9",
    )
    other = await scene.told(
        "POST", f"{path}/search", "anil", json={"number": "9893012346"}
    )
    assert (other["is_barred"], other["since"]) == (False, None)
    assert (await scene.actions())[:2] == ["do_not_call_searched"] * 2
    wrong = await scene.ask("POST", f"{path}/search", json={"number": "112"})
    assert (await wrong.json())["details"]["where"] == "number"


async def test_a_file_of_numbers_is_barred(scene: Scene) -> None:
    where = await scene.sent("meera", "?kind=do_not_call&file=dnc.csv")
    done = await scene.until(where, ImportState.DONE)
    assert done["is_do_not_call"] is True and len(scene.outcomes.barred) == 2
    assert "do_not_call_file_uploaded" in await scene.actions()
