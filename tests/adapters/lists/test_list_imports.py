"""An import from the file to the list: its states, its turn, its end, a restart."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.controller import upload_folder
from ivr.controller.list_imports import ListImports, TooBig
from ivr.controller.upload_folder import UploadFolder
from ivr.core.access import centres_under
from ivr.core.list_import import ImportState, ListImport, Tally
from ivr.core.model import CentreCode, ListName
from ivr.core.new_list import NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from tests.fakes.list_room import LOOK, TALLY, FakeOutcomes, FakeWorker
from tests.fakes.site import MP, SEHORE, TREE
from tests.fakes.switch import FakeClock

S = ImportState
NEW = NewList(ListName("nov"), "the November camps", OriginKind.OWN_MEMBERS)


class Room:
    """All of it, with a worker that a test scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock()
        self.worker, self.outcomes = FakeWorker(), FakeOutcomes()
        self.imports = self.anew()

    def anew(self) -> ListImports:
        """Return what a restart of the program makes."""
        return ListImports(
            UploadFolder(self.folder, max_bytes=1000),
            self.worker,
            self.outcomes,
            self.clock.now,
            subtree=lambda centre: centres_under(centre, TREE),
        )

    async def taken(self, text: bytes = b"mobile\n", **facts: object) -> ListImport:
        begun = ListImport("", "list.csv", "anil", SEHORE, S.LOOKING, self.clock.now())
        begun = replace(begun, **facts)  # type: ignore[arg-type]
        return await self.imports.take(begun, len(text), chunks(text))

    async def until(self, one: ListImport, state: ImportState) -> ListImport:
        async with asyncio.timeout(5):
            while True:
                latest = self.imports.one(one.import_id)
                assert latest is not None
                if latest.state is state:
                    return latest
                await self.imports.wait_change(latest, 5)

    async def compared(self) -> ListImport:
        one = await self.until(await self.taken(), S.MAPPING)
        await self.imports.choose(one, {0: "name"}, NEW)
        return await self.until(one, S.COMPARED)

    async def ends_in_mid_import(self) -> ListImport:
        """Let the program end while rows come in; `anew` is the next one."""
        one = await self.compared()
        self.worker.gate.clear()
        await self.imports.confirm(one)
        await self.imports.close()
        return one

    def files(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}


async def chunks(*some: bytes) -> AsyncIterator[bytes]:
    for chunk in some:
        yield chunk


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "uploads")
    yield made
    await made.imports.close()


async def test_a_list_comes_in_after_it_was_seen_compared_and_confirmed(
    room: Room,
) -> None:
    one = await room.compared()
    assert (one.look, one.tally, one.new) == (LOOK, TALLY, NEW)
    assert room.worker.acts == ["look", "compare"]
    await room.imports.confirm(one)
    done = await room.until(one, S.DONE)
    assert room.worker.acts == ["look", "compare", "import"]
    assert room.outcomes.notes == [("anil", "list_imported")]
    assert "list" not in room.files()  # it may hold what the list must not
    assert room.imports.rejects(done) is not None


async def test_a_worker_is_told_whose_people_may_come_in(room: Room) -> None:
    await room.compared()
    assert room.worker.asked[-1].centres == {SEHORE}
    assert room.worker.asked[-1].mapping == {0: "name"}
    await room.until(await room.taken(centre=MP), S.MAPPING)
    assert room.worker.asked[-1].centres is None


async def test_a_centre_hears_only_of_its_own_lists(room: Room) -> None:
    one = await room.compared()
    room.worker.tally = replace(TALLY, known=5)  # in lists of others, too
    await room.imports.confirm(one)
    done = await room.until(one, S.DONE)
    assert done.tally is not None and done.tally.known == TALLY.known


async def test_one_import_works_at_a_time(room: Room) -> None:
    room.worker.gate.clear()
    first = await room.until(await room.taken(), S.MAPPING)
    await room.imports.choose(first, {}, NEW)
    second = await room.taken()
    await room.imports.wait_change(second, 0.05)
    assert room.imports.one(second.import_id) == second
    room.worker.gate.set()
    await room.until(second, S.MAPPING)


async def test_what_is_cancelled_is_stopped_and_taken_back(room: Room) -> None:
    one = await room.compared()
    room.worker.gate.clear()
    one = await room.imports.confirm(one)
    while room.worker.acts[-1] != "import":
        await room.imports.wait_change(one, 0.01)
    ended = await room.imports.cancel(one)
    assert ended.state is S.CANCELLED
    assert room.worker.stopped == 1 and room.worker.acts[-1] == "sweep"
    assert "list" not in room.files()
    with pytest.raises(BadInput, match="gone on"):
        await room.imports.confirm(ended)


async def test_what_was_stopped_too_late_is_in(room: Room) -> None:
    one = await room.compared()
    room.worker.gate.clear()
    room.worker.is_complete = True
    await room.imports.confirm(one)
    assert (await room.imports.cancel(one)).state is S.DONE


async def test_what_went_wrong_is_said_and_can_be_mended(room: Room) -> None:
    one = await room.until(await room.taken(), S.MAPPING)
    room.worker.fail_with = BadInput("no column holds telephone numbers", remedy="do")
    await room.imports.choose(one, {}, NEW)
    again = await room.until(one, S.MAPPING)
    assert (again.problem, again.remedy) == ("no column holds telephone numbers", "do")
    await room.imports.choose(again, {}, NEW)
    assert (await room.until(one, S.COMPARED)).problem == ""


async def test_a_file_that_cannot_be_read_is_thrown_away(room: Room) -> None:
    room.worker.fail_with = BadInput("the workbook cannot be read")
    failed = await room.until(await room.taken(), S.FAILED)
    assert failed.problem == "the workbook cannot be read"
    assert "list" not in room.files()


async def test_one_goes_back_to_the_columns_and_to_another_sheet(room: Room) -> None:
    one = await room.imports.reopen(await room.compared())
    assert (one.state, one.tally, one.mapping) == (S.MAPPING, None, {0: "name"})
    await room.imports.another_sheet(one, "Sheet2")
    one = await room.until(one, S.MAPPING)
    assert room.worker.asked[-1].sheet == "Sheet2" and one.mapping == {}


async def test_a_file_of_numbers_is_barred_at_once(room: Room) -> None:
    one = await room.until(await room.taken(is_do_not_call=True), S.DONE)
    assert [number for number, _ in room.outcomes.barred] == list(room.worker.good)
    assert room.outcomes.barred[0][1] == "file list.csv"
    assert one.tally == Tally(read=3, kept=2, refused=1)
    assert room.outcomes.notes == [("anil", "do_not_call_file_added")]


async def test_a_restart_finds_everything_where_it_stood(room: Room) -> None:
    one = await room.compared()
    room.imports = room.anew()
    await room.imports.open()
    assert room.imports.one(one.import_id) == one
    await room.imports.confirm(one)
    await room.until(one, S.DONE)


async def test_a_restart_in_mid_import_takes_the_half_list_back(room: Room) -> None:
    one = await room.ends_in_mid_import()
    room.imports = room.anew()
    await room.imports.open()
    again = await room.until(one, S.COMPARED)
    assert room.worker.acts[-1] == "sweep" and "restarted" in again.problem


async def test_a_start_does_not_wait_until_half_a_list_is_taken_back(
    room: Room,
) -> None:
    """The telephones come after it."""
    one = await room.ends_in_mid_import()
    room.worker.gate_of_sweeps.clear()
    room.imports = room.anew()
    await room.imports.open()
    assert room.imports.all()[0].state is S.IMPORTING
    room.worker.gate_of_sweeps.set()
    await room.until(one, S.COMPARED)


async def test_a_list_that_was_complete_at_the_restart_stays(room: Room) -> None:
    one = await room.ends_in_mid_import()
    room.worker.is_complete = True
    room.imports = room.anew()
    await room.imports.open()
    await room.until(one, S.DONE)


async def test_an_odd_folder_is_thrown_away(room: Room) -> None:
    (room.folder / "odd").mkdir(parents=True)
    (room.folder / "odd/state.json").write_text("{}")
    await room.imports.open()
    assert room.imports.all() == [] and not (room.folder / "odd").exists()


async def test_what_nobody_confirms_is_forgotten(room: Room) -> None:
    one = await room.until(await room.taken(), S.MAPPING)
    room.clock.step(hours=25)
    later = await room.until(await room.taken(), S.MAPPING)
    assert [known.import_id for known in room.imports.all()] == [later.import_id]
    assert not (room.folder / one.import_id).exists()


# Files that are not taken


async def test_a_file_that_says_it_is_too_big_is_refused_before_a_byte(
    room: Room,
) -> None:
    async def nobody_asks() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    begun = ListImport("", "x", "anil", CentreCode("MP"), S.LOOKING, room.clock.now())
    with pytest.raises(TooBig):
        await room.imports.take(begun, 2_000_000_000, nobody_asks())
    assert room.files() == set()


async def test_a_file_that_does_not_say_so_is_refused_when_it_is(room: Room) -> None:
    begun = ListImport("", "x", "anil", CentreCode("MP"), S.LOOKING, room.clock.now())
    with pytest.raises(TooBig):
        await room.imports.take(begun, None, chunks(*[b"x" * 400] * 3))
    assert room.files() == set()


@pytest.mark.parametrize(
    ("size", "text", "what"), [(5, b"abc", "whole"), (None, b"", "empty")]
)
async def test_a_file_that_is_not_whole_is_not_kept(
    room: Room, size: int | None, text: bytes, what: str
) -> None:
    begun = ListImport("", "x", "anil", CentreCode("MP"), S.LOOKING, room.clock.now())
    with pytest.raises(BadInput, match=what):
        await room.imports.take(begun, size, chunks(text))
    assert room.files() == set()


async def test_room_is_left_on_the_disk(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_folder, "SPARE_BYTES", 1 << 62)
    with pytest.raises(BadInput, match="disk"):
        await room.taken()


async def test_room_is_left_on_a_disk_that_fills_while_a_file_comes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def others_write_meanwhile() -> AsyncIterator[bytes]:
        yield b"x" * 300
        monkeypatch.setattr(upload_folder, "SPARE_BYTES", 1 << 62)
        yield b"x" * 300

    monkeypatch.setattr(upload_folder, "LOOK_EVERY_BYTES", 500)
    begun = ListImport("", "x", "anil", CentreCode("MP"), S.LOOKING, room.clock.now())
    with pytest.raises(BadInput, match="disk"):
        await room.imports.take(begun, 600, others_write_meanwhile())
    assert room.files() == set()


async def test_a_page_that_waits_in_vain_leaves_nothing_behind(room: Room) -> None:
    one = await room.until(await room.taken(), S.MAPPING)

    def events() -> int:
        return sum(isinstance(found, asyncio.Event) for found in gc.get_objects())

    before = events()
    for _ in range(20):
        await room.imports.wait_change(one, 0.001)
    assert events() - before < 5


async def test_only_so_many_files_wait(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.controller.list_imports.MAX_WAITING", 1)
    await room.until(await room.taken(), S.MAPPING)
    with pytest.raises(BadInput, match="too many"):
        await room.taken()
