"""The API's results over a real database: the page's figures, files, spoken answers."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ivr.core.access import May, grants
from ivr.core.withholding import LEAST_OPINIONS
from tests.adapters.web.results_scene import Scene, mixed_past, opened_results
from tests.fakes.filled_store import CAMPAIGN, Past
from tests.fakes.site import PEOPLE, SEHORE, VIDISHA

ALL = "/api/v1/results"
ONE = f"{ALL}/{CAMPAIGN}"
RIGHTS = frozenset({May.RESULTS, May.EXPORT, May.LISTEN})


@pytest.fixture(scope="module")
def past() -> Past:
    return mixed_past()


class Programs:
    """Programs of some users, with all rights to results that these have."""

    def __init__(self, scene: Scene, tokens: dict[str, str]) -> None:
        self.scene, self._tokens = scene, tokens

    async def ask(
        self, who: str, path: str, method: str = "GET", **given: Any
    ) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        browser = self.scene.browser
        headers |= given.pop("headers", {})
        response = await browser.http.request(
            method, browser.base + path, headers=headers, **given
        )
        await response.read()
        return response

    async def told(self, who: str, path: str, method: str = "GET", **given: Any) -> Any:
        response = await self.ask(who, path, method, **given)
        assert response.status in {200, 201}, await response.text()
        return await response.json()

    async def actions(self) -> list[str]:
        entries = await self.scene.browser.site.users.store.audit(None)
        return [one.action for one in entries]

    async def all_spoken(self, who: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.told(who, f"{ONE}/spoken?limit=7&cursor={cursor}")
            assert len(page["items"]) <= 7
            items, cursor = items + page["items"], page["next"]
        return items


@pytest.fixture
async def programs(tmp_path: Path, past: Past) -> AsyncIterator[Programs]:
    async with opened_results(tmp_path, past) as scene:
        tokens = {}
        for user in PEOPLE[:4]:
            _, secret = await scene.browser.site.programs.make(
                "CRM", user, user.centre, RIGHTS & grants(user), by=user
            )
            tokens[user.user_id] = secret
        yield Programs(scene, tokens)


async def test_campaigns_with_ones_people_are_told(programs: Programs) -> None:
    found = await programs.told("anil", ALL)
    assert [one["campaign_id"] for one in found["items"]] == [CAMPAIGN]
    assert found["items"][0]["title"]["hi"] == "योजनाओं पर आपकी राय"
    assert found["next"] is None


async def test_results_have_every_part_of_the_page(programs: Programs) -> None:
    await programs.scene.caught_up()
    told = await programs.told("meera", ONE)
    for part in ("questions", "drops", "districts", "schemes", "hours", "telecallers"):
        assert told[part], part
    assert [step["code"] for step in told["funnel"]][:2] == ["enrolled", "tried"]
    assert told["funnel"][1]["words"]["hi"] == "जिन्हें कॉल लगाई"
    assert told["cross"]["rows"] and told["cross"]["question"]["choices"]
    assert told["figures"]["tried"] == told["funnel"][1]["count"]
    assert not {"wrong_keys", "network", "opt_outs", "spoken", "title_at"} & told.keys()
    assert all(not {"outcomes", "ready_s"} & row.keys() for row in told["telecallers"])


async def test_the_api_tells_what_the_file_of_the_page_holds(
    programs: Programs,
) -> None:
    await programs.scene.caught_up()
    filters = f"?centre={SEHORE}&scheme=pm_kisan&from=2026-11-01&to=2026-11-30"
    told = await programs.told("meera", ONE + filters)
    assert told["selection"] == {
        "centre": SEHORE,
        "scheme": "pm_kisan",
        "from": "2026-11-01",
        "to": "2026-11-30",
    }
    file = await programs.ask("meera", f"{ONE}/results.csv{filters}")
    rows = list(csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig"))))
    for question in told["questions"]:
        section = f"question {question['node']}"
        in_file = {
            row["code"]: (int(row["count"]), int(row["of"]))
            for row in rows
            if row["section"] == section and not row["group"] and row["of"]
        }
        choices = {
            one["code"]: (one["share"]["count"], one["share"]["of"])
            for one in question["choices"]
        }
        assert choices == in_file
    tried = {
        row["group"]: int(row["count"])
        for row in rows
        if (row["section"], row["code"]) == ("districts", "tried")
    }
    assert {one["code"]: one["tried"] for one in told["districts"]} == tried


async def test_an_in_charge_is_told_of_their_own_people_only(
    programs: Programs,
) -> None:
    tried = {
        who: (await programs.told(who, ONE))["figures"]["tried"]
        for who in ("meera", "anil", "rekha")
    }
    assert tried["meera"] > tried["anil"] + tried["rekha"]
    told = await programs.told("anil", ONE)
    assert {one["code"] for one in told["districts"]} == {"SEH"}
    assert "VID" not in str(told)


async def test_what_is_of_another_centre_does_not_exist(programs: Programs) -> None:
    recording = (await programs.scene.a_recording(VIDISHA)).removeprefix("/results/")
    paths = [
        f"{ONE}{part}?centre={VIDISHA}" for part in ("", "/results.csv", "/spoken")
    ]
    paths += [f"{ALL}/nobody{part}" for part in ("", "/results.xlsx", "/spoken")]
    paths += [f"{ALL}/{recording}{part}" for part in ("", "/sound")]
    for path in paths:
        assert (await programs.ask("anil", path)).status == 404, path
    answer = await programs.ask(
        "anil", f"{ALL}/{recording}/notes", "POST", json={"note": "x"}
    )
    assert answer.status == 404


async def test_no_opinion_is_told_of_fewer_than_twenty(programs: Programs) -> None:
    await programs.scene.caught_up()
    shown: list[int] = []
    of = ("district=SEH", "scheme=pm_kisan", "district=VID")
    days = ("", "&from=2026-11-24&to=2026-11-24", "&from=2026-11-25")
    for by, on in itertools.product(of, days):
        told = await programs.told("meera", f"{ONE}?{by}{on}")
        sizes = [question["of"] for question in told["questions"]]
        sizes += [drop["share"]["of"] for drop in told["drops"]]
        rows = told["cross"]["rows"] if told["cross"] else []
        sizes += [row["of"] for row in rows]
        sizes += [one["of"] for row in rows for one in row["schemes"]]
        assert all(size == 0 or size >= LEAST_OPINIONS for size in sizes), sizes
        shown += sizes
    assert any(shown)


async def test_what_cannot_be_asked_is_refused(programs: Programs) -> None:
    odd = (
        "from=yesterday",
        "from=9999-12-31&to=9999-12-31",
        "to=0001-01-01",
        "also=1",
        "from=2026-11-25&to=2026-11-24",
        "district=%00",
        "scheme=" + "x" * 81,
    )
    for part, query in itertools.product(("", "/results.csv", "/spoken"), odd):
        answer = await programs.ask("meera", f"{ONE}{part}?{query}")
        assert answer.status == 400, query


async def test_files_are_taken_away_by_a_program_and_noted(programs: Programs) -> None:
    file = await programs.ask("anil", f"{ONE}/results.xlsx")
    assert (await file.read()).startswith(b"PK")
    assert f"results-{CAMPAIGN}.xlsx" in file.headers["Content-Disposition"]
    assert (await programs.actions())[0] == "results_exported"


async def test_an_auditors_program_neither_hears_nor_takes(programs: Programs) -> None:
    assert (await programs.ask("vimla", ONE)).status == 200
    recording = (await programs.scene.a_recording(SEHORE)).removeprefix("/results/")
    paths = [f"{ONE}/results.csv", f"{ONE}/results.xlsx", f"{ONE}/spoken"]
    for path in (*paths, f"{ALL}/{recording}", f"{ALL}/{recording}/sound"):
        assert (await programs.ask("vimla", path)).status == 403, path


# Spoken answers


async def test_spoken_answers_come_in_pages_of_ones_own_people(
    programs: Programs,
) -> None:
    for who, centre in (("anil", SEHORE), ("rekha", VIDISHA)):
        found = await programs.all_spoken(who)
        paths = [f"/results/{CAMPAIGN}/spoken/{o['call_id']}/{o['seq']}" for o in found]
        assert len(paths) == len(set(paths))
        assert set(paths) == await programs.scene.kept_recordings(centre)
    assert not {"number", "name", "centre"} & found[0].keys()
    for wrong in ("cursor=a", "cursor=bm9uZQ", "limit=0"):
        assert (await programs.ask("anil", f"{ONE}/spoken?{wrong}")).status == 400


async def test_a_recording_is_heard_and_who_hears_it_is_noted_once(
    programs: Programs,
) -> None:
    recording = (await programs.scene.a_recording(SEHORE)).removeprefix("/results/")
    sound = await programs.ask("anil", f"{ALL}/{recording}/sound")
    assert (sound.content_type, (await sound.read())[:4]) == ("audio/wav", b"RIFF")
    part = await programs.ask(
        "anil", f"{ALL}/{recording}/sound", headers={"Range": "bytes=4-7"}
    )
    assert (part.status, len(await part.read())) == (206, 4)
    assert (await programs.actions()).count("spoken_answer_heard") == 1
    entry = (await programs.scene.browser.site.users.store.audit(None))[0]
    assert entry.detail["token"]


async def test_a_note_is_kept_once_with_its_key(programs: Programs) -> None:
    recording = (await programs.scene.a_recording(SEHORE)).removeprefix("/results/")
    path, body = f"{ALL}/{recording}/notes", {"note": "पानी नहीं आता"}
    for _ in range(2):
        answer = await programs.ask(
            "anil", path, "POST", json=body, headers={"Idempotency-Key": "k-1"}
        )
        assert answer.status == 201
        notes = (await answer.json())["notes"]
        assert [(one["note"], one["noted_by"]) for one in notes] == [
            ("पानी नहीं आता", "anil")
        ]
    one = await programs.told("anil", f"{ALL}/{recording}")
    assert len(one["notes"]) == 1 and one["has_sound"] is True
    assert (await programs.actions()).count("spoken_answer_noted") == 1
    for wrong in ("", "  ", "x" * 2001):
        answer = await programs.ask("anil", path, "POST", json={"note": wrong})
        assert answer.status == 400
