"""The program beside the server: it looks, compares, stores, and can be stopped."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli import import_worker
from ivr.cli.import_worker import ProcessWorker
from ivr.controller.list_imports import Work
from ivr.core.list_facts import Segment, Some
from ivr.core.list_import import Look, Tally
from ivr.core.model import CentreCode, ListName, PhoneNumber
from ivr.core.new_list import NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from ivr.settings.config import PROJECT, load_settings
from ivr.store.contact_lists import all_lists, list_state, sample
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.adapters.intake.workbook import write_workbook
from tests.adapters.store.scene import NOON
from tests.polling import until

SAMPLE = PROJECT / "config/samples/sample.csv"
NOV = ListName("nov")
NEW = NewList(NOV, "invented people", OriginKind.OWN_MEMBERS)
SEHORE = frozenset({CentreCode("MP.BPL.SEH")})


class Bench:
    def __init__(self, folder: Path, store: SqlStore, worker: ProcessWorker) -> None:
        self.folder, self.store, self.worker = folder, store, worker
        self.told: list[tuple[float, int]] = []

    def work(self, act: str, file: Path, **facts: object) -> Work:
        made = Work(act, file, self.folder / "rejects.csv", new=NEW)
        return replace(made, **facts)  # type: ignore[arg-type]

    def file(self, *lines: str) -> Path:
        path = self.folder / "list"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    async def count(self, act: str, file: Path, **facts: object) -> Tally:
        work = self.work(act, file, **facts)
        return await self.worker.count(work, lambda *told: self.told.append(told))

    async def look(self, file: Path, **facts: object) -> Look:
        return await self.worker.look(self.work("look", file, **facts))

    def rejects(self) -> list[list[str]]:
        text = (self.folder / "rejects.csv").read_text("utf-8-sig")
        return list(csv.reader(text.splitlines()))[1:]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    settings = load_settings(PROJECT / "config/samvad.toml").replace(home=tmp_path)
    async with await open_store(settings.database_url) as store:
        yield Bench(tmp_path, store, ProcessWorker(settings))


async def test_the_first_rows_are_shown_without_a_whole_number(bench: Bench) -> None:
    look = await bench.look(SAMPLE)
    by_header = {column.header: column for column in look.columns}
    assert by_header["Mobile No."].field == "number"
    assert all("•" in value for value in by_header["Mobile No."].first)
    assert by_header["आधार नं."].use == by_header["जाति वर्ग"].use == "dropped"
    assert by_header["आधार नं."].first == ("•••",)
    assert by_header["क्र."].choice == "-" and by_header["क्र."].own
    assert "number" in look.fields and look.sheets == ()


async def test_a_comparison_stores_nothing_and_an_import_does(bench: Bench) -> None:
    await bench.store.keep_opt_out(PhoneNumber("+919589787507"), NOON, "key 9", None)
    compared = await bench.count("compare", SAMPLE)
    assert compared.read == 10_000 and compared.kept > 9_500
    assert compared.read == (
        compared.kept + compared.refused + compared.duplicate + compared.blank
    )
    assert (compared.known, compared.barred) == (0, 1)
    assert await bench.store.read(all_lists, None) == []
    assert await bench.count("import", SAMPLE) == compared
    assert len(bench.rejects()) == compared.refused + compared.duplicate
    [listed] = await bench.store.read(all_lists, None)
    assert (listed.contacts, listed.state) == (compared.kept, "ready")
    assert bench.told[-1] == (1.0, 10_000)
    with pytest.raises(BadInput, match="there already"):
        await bench.count("compare", SAMPLE)
    other = replace(NEW, name=ListName("other"))
    again = await bench.count("compare", SAMPLE, new=other)
    assert (again.known, again.new) == (compared.kept, 0)


async def test_only_people_of_the_importers_centres_come_in(bench: Bench) -> None:
    tally = await bench.count("import", SAMPLE, centres=SEHORE)
    [listed] = await bench.store.read(all_lists, None)
    [own] = await bench.store.read(all_lists, SEHORE)
    assert tally.kept == listed.contacts == own.contacts
    assert 0 < tally.kept < 1_000
    assert {one.reason: one for one in tally.reasons}["other_centre"].hi


async def test_a_mapping_is_followed_but_identity_stays_out(bench: Bench) -> None:
    file = bench.file(
        "मोबाइल,टीप,आधार",
        "9827123456,राम वर्मा,234123412346",
        "9893012346,सीता बाई,234123412346",
    )
    await bench.count("import", file, mapping={1: "name", 2: "village"})
    people = await bench.store.read(sample, NOV, Segment(), None, Some(9))
    assert [one.name for one in people] == ["राम वर्मा", "सीता बाई"]
    assert [dict(one.fields) for one in people] == [{}, {}]


async def test_formulas_come_back_harmless(bench: Bench) -> None:
    file = bench.file(
        "mobile,name", "=cmd|' /C calc'!A0,राम", "+91 1234,x", "9827123456,=1+1"
    )
    tally = await bench.count("import", file)
    assert (tally.kept, tally.refused) == (1, 2)
    assert [row[2] for row in bench.rejects()] == ["'=cmd|' /C calc'!A0", "'+91 1234"]


async def test_a_workbook_is_read_by_the_sheet_that_is_chosen(bench: Bench) -> None:
    book = write_workbook(
        bench.folder / "list",
        first=[["mobile"], [9827123456]],
        second=[["मोबाइल", "नाम"], [9893012346, "सीता"], [9893012347, "गीता"]],
    )
    assert (await bench.look(book)).sheets == ("first", "second")
    look = await bench.look(book, sheet="second")
    assert [column.field for column in look.columns] == ["number", "name"]
    tally = await bench.count("import", book, sheet="second")
    assert tally.kept == 2


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(300), b"PK\x03\x04broken", bytes(99)],
)
async def test_a_wrong_file_is_refused_in_words(bench: Bench, content: bytes) -> None:
    file = bench.folder / "list"
    file.write_bytes(content)
    with pytest.raises(BadInput):
        await bench.look(file)


async def test_numbers_for_do_not_call_need_no_header(bench: Bench) -> None:
    file = bench.file(*"98271 23456|9827123456||abc|1930|0755-2551234".split("|"))
    tally, numbers = await bench.worker.numbers(bench.work("numbers", file))
    assert numbers == ["+919827123456", "+917552551234"]
    assert tally == Tally(read=6, kept=2, refused=2, duplicate=1, blank=1)


async def test_what_is_stopped_leaves_nothing(bench: Bench) -> None:
    rows = [f"98{n:08}" for n in range(10_000_000, 10_400_000)]
    file = bench.file("mobile", *rows)
    begun = asyncio.Event()
    work = bench.work("import", file)
    task = asyncio.create_task(
        bench.worker.count(work, lambda _share, _rows: begun.set())
    )
    async with asyncio.timeout(60):
        await begun.wait()
        assert await bench.store.read(list_state, NOV) == "importing"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not await bench.worker.sweep(work)
    assert await bench.store.read(list_state, NOV) is None


async def test_one_that_goes_on_talking_and_will_not_stop_is_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    talks = r"""while True: print('{"progress": [0.5, 1]}\n' * 9999, end="")"""
    monkeypatch.setattr(import_worker, "PROGRAM", f"{deaf}\n{talks}")
    bench.worker.stop_s = 1.0
    counting = asyncio.create_task(bench.count("compare", SAMPLE))
    await until(lambda: bench.told)
    counting.cancel()
    ended, _ = await asyncio.wait({counting}, timeout=20)
    assert ended == {counting}


async def test_one_that_is_ended_at_once_leaves_half_a_list_to_the_next_run(
    bench: Bench,
) -> None:
    rows = [f"98{n:08}" for n in range(10_000_000, 10_400_000)]
    file, begun = bench.file("mobile", *rows), asyncio.Event()
    work = bench.work("import", file)
    counting = asyncio.create_task(bench.worker.count(work, lambda *_: begun.set()))
    async with asyncio.timeout(60):
        await begun.wait()
    bench.worker.stop_s = 0.0
    counting.cancel()
    ended, _ = await asyncio.wait({counting}, timeout=20)
    assert ended == {counting}
    assert await bench.store.read(list_state, NOV) == "importing"
    assert not await bench.worker.sweep(work)
    assert await bench.store.read(list_state, NOV) is None
