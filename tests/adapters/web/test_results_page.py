"""The results page over a real database: what each reader sees, hears and takes."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ivr.controller import results as controller_results
from ivr.core.model import CampaignId
from ivr.web.pages import results as pages_of_results
from ivr.web.pages.results_spoken import Heard
from tests.adapters.web.results_scene import (
    PAGE,
    SCRIPT,
    Scene,
    mixed_past,
    opened_results,
    text_of,
)
from tests.fakes.filled_store import BEGINS, CAMPAIGN, Past
from tests.fakes.site import SEHORE, VIDISHA


@pytest.fixture(scope="module")
def past() -> Past:
    return mixed_past()


@pytest.fixture
async def scene(tmp_path: Path, past: Past) -> AsyncIterator[Scene]:
    async with opened_results(tmp_path, past) as one:
        yield one


async def test_the_page_has_every_part_in_both_languages(scene: Scene):
    await scene.browser.sign_in("meera")
    text = await text_of(await scene.browser.get(PAGE))
    for word in (
        "योजनाओं पर आपकी राय",
        "कितने लोगों तक पहुँचे",
        "लोगों ने क्या कहा",
        "ज़िले और योजना के अनुसार",
        "किस सवाल पर कॉल छोड़ी",
        "घंटे के अनुसार",
        "साथियों का काम",
        "सीहोर",
    ):
        assert word in text
    assert re.search(r"\d+ नवं 2026", text)
    form = {"csrf": scene.browser.csrf, "next": PAGE}
    english = await text_of(await scene.browser.post("/language/en", form))
    for word in ("Feedback on public schemes", "Where people hung up", "Sehore"):
        assert word in english


async def test_nothing_on_it_breaks_the_policy_and_names_are_text(scene: Scene):
    await scene.browser.sign_in("meera")
    text = await text_of(await scene.browser.get(PAGE))
    assert SCRIPT not in text and "&lt;script&gt;" in text
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", text)
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)", text)
    assert not re.search(r"\+91\d{10}|98\d{8}", text)


async def test_an_in_charge_sees_their_own_people_only(scene: Scene):
    tried = {}
    for name in ("meera", "anil", "rekha"):
        async with scene.browser.another() as other:
            await other.sign_in(name)
            text = await text_of(await other.get(PAGE))
            tried[name] = int(re.findall(r'class="card"><b>([\d,]+)', text)[0])
            if name == "anil":
                assert "विदिशा" not in text.partition('id="figures"')[2]
    assert tried["meera"] > tried["anil"] + tried["rekha"]
    assert tried["anil"] > tried["rekha"] > 100


async def test_a_campaign_without_ones_people_does_not_exist(scene: Scene):
    await scene.browser.sign_in("anil")
    for path in ("", "/figures", "/results.csv", "/results.xlsx", "/spoken"):
        assert (await scene.browser.get(f"/results/nobody{path}")).status == 404
    assert (await scene.browser.get(f"{PAGE}?centre={VIDISHA}")).status == 404
    assert (await scene.browser.get(f"{PAGE}?centre=MP")).status == 404
    assert (await scene.browser.get(f"{PAGE}?centre={SEHORE}")).status == 200


async def test_the_list_holds_what_one_may_see(scene: Scene):
    await scene.browser.sign_in("anil")
    text = await text_of(await scene.browser.get("/results"))
    assert f'href="{PAGE}"' in text


async def test_a_strange_address_is_refused_in_words(scene: Scene):
    await scene.browser.sign_in("meera")
    for day in ("yesterday", "0001-01-01", "9999-12-31"):
        assert (await scene.browser.get(f"{PAGE}?from={day}&to={day}")).status == 400
    found = await text_of(await scene.browser.get(f'{PAGE}?district="><b>x'))
    assert "><b>x" not in found


async def test_the_figures_come_alone_for_the_live_page(scene: Scene):
    await scene.browser.sign_in("meera")
    page = await text_of(await scene.browser.get(f"{PAGE}?district=SEH"))
    assert f'hx-get="{PAGE}/figures?district=SEH"' in page
    part = await text_of(await scene.browser.get(f"{PAGE}/figures?district=SEH"))
    assert "<html" not in part and "h-reach" in part


async def test_a_file_is_what_the_page_shows_and_is_in_the_audit_log(scene: Scene):
    await scene.browser.sign_in("anil")
    for kind, begins in (("csv", b"\xef\xbb\xbfsection"), ("xlsx", b"PK")):
        path = f"{PAGE}/results.{kind}?scheme=pm_kisan"
        page = await scene.browser.http.get(scene.browser.base + path)
        assert page.status == 200
        body = await page.read()
        assert body.startswith(begins)
        named = f'filename="results-{CAMPAIGN}.{kind}"'
        assert named in page.headers["Content-Disposition"]
        if kind == "csv":
            rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
            places = {r["group"] for r in rows if r["section"] == "districts"}
            assert places == {"SEH"}
    entries = await scene.browser.site.users.store.audit(None)
    exported = [e for e in entries if e.action == "results_exported"]
    assert [e.detail["kind"] for e in exported] == ["xlsx", "csv"]
    assert exported[0].detail["part"] == "scheme=pm_kisan"
    assert (exported[0].user_id, exported[0].about) == ("anil", f"campaign {CAMPAIGN}")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_a_large_file_is_not_made_where_calls_are_carried(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, kind: str
):
    makers: list[threading.Thread] = []

    def made(module: object, name: str) -> None:
        make = getattr(module, name)

        def noted(*given: object) -> object:
            makers.append(threading.current_thread())
            return make(*given)

        monkeypatch.setattr(module, name, noted)

    made(pages_of_results, f"part_{kind}")
    made(controller_results, "summarise_part")
    await scene.browser.sign_in("meera")
    page = await scene.browser.http.get(f"{scene.browser.base}{PAGE}/results.{kind}")
    assert page.status == 200
    assert len(makers) == 2
    assert threading.main_thread() not in makers


async def test_an_auditor_sees_results_and_neither_hears_nor_takes_them(scene: Scene):
    await scene.browser.sign_in("vimla")
    text = await text_of(await scene.browser.get(PAGE))
    assert "results.csv" not in text and f"{PAGE}/spoken" not in text
    recording = await scene.a_recording(SEHORE)
    for path in (f"{PAGE}/results.csv", f"{PAGE}/spoken", recording):
        assert (await scene.browser.get(path)).status == 403


async def test_a_recording_is_heard_in_parts_and_by_its_own_centre_only(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("anil")
    base = scene.browser.base
    whole = await scene.browser.http.get(base + recording)
    assert (whole.status, whole.content_type) == (200, "audio/wav")
    sound = await whole.read()
    assert sound.startswith(b"RIFF")
    part = await scene.browser.http.get(
        base + recording, headers={"Range": "bytes=100-199"}
    )
    assert part.status == 206
    assert await part.read() == sound[100:200]
    entries = await scene.browser.site.users.store.audit(None)
    assert [e.action for e in entries].count("spoken_answer_heard") == 1
    async with scene.browser.another() as other:
        await other.sign_in("rekha")
        assert (await other.get(recording)).status == 404
        form = {"csrf": other.csrf, "note": "x"}
        assert (await other.post(recording, form)).status == 404
    for wrong in (f"{recording}9", f"{PAGE}/spoken/..%2Fx/1", f"{PAGE}/spoken/a/b"):
        assert (await scene.browser.get(wrong)).status == 404


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=-10", -10, None),
        ("bytes=65000-140000", 65_000, 140_001),
        ("bytes=249999-999999999", 249_999, None),
    ],
)
async def test_any_part_of_a_long_recording_is_sent(
    scene: Scene, asked: str, first: int, end: int | None
):
    recording = await scene.a_recording(SEHORE, b"\1\2\3\4" * 65_000)
    await scene.browser.sign_in("anil")
    url = scene.browser.base + recording
    whole = await (await scene.browser.http.get(url)).read()
    part = await scene.browser.http.get(url, headers={"Range": asked})
    wanted = whole[first:end]
    assert (part.status, await part.read()) == (206, wanted)
    told = part.headers["Content-Range"]
    at = first % len(whole)
    assert told == f"bytes {at}-{at + len(wanted) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-2", "bytes=x"])
async def test_a_part_that_there_is_not_is_refused(scene: Scene, asked: str):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("anil")
    part = await scene.browser.http.get(
        scene.browser.base + recording, headers={"Range": asked}
    )
    assert part.status == 416


async def test_only_the_head_of_a_recording_can_be_asked_for(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("anil")
    head = await scene.browser.http.head(scene.browser.base + recording)
    assert (head.status, head.headers["Content-Length"]) == (200, "16044")


async def test_a_recording_whose_key_was_destroyed_is_not_there(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    scene.recordings.destroy([f.stem for f in scene.recordings.folder.glob("*.sealed")])
    await scene.browser.sign_in("anil")
    assert (await scene.browser.get(recording)).status == 404


async def test_whoever_leaves_out_the_first_byte_is_noted_too(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("anil")
    for asked in ("bytes=1-", "bytes=100-199", "bytes=0-"):
        page = await scene.browser.http.get(
            scene.browser.base + recording, headers={"Range": asked}
        )
        assert page.status == 206
        await page.read()
    entries = await scene.browser.site.users.store.audit(None)
    assert [e.action for e in entries].count("spoken_answer_heard") == 1


def test_who_hears_it_again_later_is_noted_again():
    heard, one = Heard(), ("anil", "", "c-1", 2)
    assert not heard.is_going_on(one, BEGINS)
    heard.began(one, BEGINS)
    assert heard.is_going_on(one, BEGINS + timedelta(minutes=4))
    assert not heard.is_going_on(one, BEGINS + timedelta(minutes=5))
    assert not heard.is_going_on(("anil", "", "c-1", 3), BEGINS)
    assert not heard.is_going_on(("rekha", "", "c-1", 2), BEGINS)


async def test_the_page_of_recordings_has_ones_own_peoples_only(scene: Scene):
    of_sehore = await scene.a_recording(SEHORE)
    of_vidisha = await scene.a_recording(VIDISHA)
    heard = {
        name: await scene.all_recordings(name) for name in ("meera", "anil", "rekha")
    }
    assert of_sehore in heard["anil"] and of_vidisha in heard["rekha"]
    assert not heard["anil"] & heard["rekha"]
    assert heard["meera"] > heard["anil"] | heard["rekha"]  # and who is of no centre
    for name, centre in (("anil", SEHORE), ("rekha", VIDISHA)):
        assert heard[name] == await scene.kept_recordings(centre)


async def test_a_row_that_names_another_file_opens_nothing(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("meera")
    (scene.recordings.folder.parent / "secret.wav").write_bytes(b"RIFFsecret")
    call_id, seq = recording.split("/")[-2:]

    def point_elsewhere(connection: Connection) -> None:
        connection.exec_driver_sql(
            "UPDATE answers SET value = '../secret.wav' WHERE call_id = ? AND seq = ?",
            (call_id, int(seq)),
        )

    await scene.store.change(point_elsewhere)
    assert (await scene.browser.get(recording)).status == 404


async def test_a_note_is_kept_with_who_and_when(scene: Scene):
    recording = await scene.a_recording(SEHORE)
    await scene.browser.sign_in("anil")
    await scene.browser.get(f"{PAGE}/spoken")
    csrf = scene.browser.csrf
    note = {"csrf": csrf, "note": f"पानी नहीं आता {SCRIPT}"}
    text = await text_of(await scene.browser.post(recording, note))
    assert "पानी नहीं आता &lt;script&gt;" in text and SCRIPT not in text
    assert "anil" in text
    entries = await scene.browser.site.users.store.audit(None)
    assert "spoken_answer_noted" in {entry.action for entry in entries}
    empty = {"csrf": csrf, "note": "  "}
    assert (await scene.browser.post(recording, empty)).status == 400
    assert (await scene.browser.post(recording, {"note": "x"})).status == 403


async def test_figures_are_not_counted_again_for_every_reader(scene: Scene):
    results = scene.browser.site.results
    counts = []
    ask = results._store.part

    async def counted(campaign_id: CampaignId, *rest):  # type: ignore[no-untyped-def]
        counts.append(campaign_id)
        return await ask(campaign_id, *rest)

    results._store.part = counted  # type: ignore[method-assign]
    await scene.browser.sign_in("meera")
    for _ in range(3):
        await scene.browser.get(PAGE)
        await scene.browser.get(f"{PAGE}?question=on_time")
    assert len(counts) == 1
