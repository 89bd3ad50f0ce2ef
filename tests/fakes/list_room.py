"""Lists and imports as a test scripts them: controller.list_imports.ImportWorker."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ivr.controller.list_imports import ImportWorker, ListImports, Progress, Work
from ivr.controller.upload_folder import UploadFolder
from ivr.core.access import UserId, centres_under
from ivr.core.list_facts import ListFacts
from ivr.core.list_import import Guess, ImportState, ListImport, Look, Reason, Tally
from ivr.core.model import CentreCode, Contact, ContactId, ListName, PhoneNumber
from ivr.core.organisation import Tree
from ivr.errors import BadInput
from ivr.web.site import ListRoom
from tests.fakes.memory_lists import MemoryLists
from tests.fakes.switch import BEGIN

FIELDS = ("alt_number", "district", "name", "number", "scheme")
LOOK = Look(
    kind="text, UTF-8",
    columns=(
        Guess(0, "हितग्राही", "extra", "हितग्राही", "हितग्राही", ("<b>राम</b>", "सीता")),
        Guess(1, "Mobile", "contact", "number", "mobile", ("98•••••456",)),
        Guess(2, "आधार", "dropped", "", "आधार", ("•••",)),
    ),
    fields=FIELDS,
)
REASON = Reason("too_short", 2, "दस अंक लिखें।", "Write ten digits.")
TALLY = Tally(
    read=10,
    kept=6,
    refused=2,
    duplicate=1,
    blank=1,
    known=2,
    barred=1,
    reasons=(REASON,),
)


class FakeWorker:
    """Answers as a test says; `gate` holds counting up until it is set."""

    def __init__(self) -> None:
        self.answer: Look = LOOK
        self.tally = TALLY
        self.good: Sequence[str] = ("+919827112345", "+919893012346")
        self.gate = asyncio.Event()
        self.gate.set()
        self.gate_of_sweeps = asyncio.Event()
        self.gate_of_sweeps.set()
        self.asked: list[Work] = []
        self.fail_with: BadInput | None = None
        self.stopped = 0
        self.is_complete = False  # a list, when it was to be taken back

    async def look(self, work: Work) -> Look:
        self._begun(work)
        return self.answer

    async def count(self, work: Work, on_progress: Progress) -> Tally:
        self._begun(work)
        on_progress(0.5, 5)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        work.rejects.write_text("row\n", "utf-8")
        return self.tally

    async def numbers(self, work: Work) -> tuple[Tally, Sequence[str]]:
        self._begun(work)
        return Tally(read=3, kept=2, refused=1), self.good

    async def sweep(self, work: Work) -> bool:
        self._begun(work)
        await self.gate_of_sweeps.wait()
        return self.is_complete

    def _begun(self, work: Work) -> None:
        self.asked.append(work)
        failure, self.fail_with = self.fail_with, None
        if failure is not None:
            raise failure

    @property
    def acts(self) -> list[str]:
        return [work.act for work in self.asked]


class FakeOutcomes:
    def __init__(self) -> None:
        self.barred: list[tuple[str, str]] = []
        self.notes: list[tuple[UserId | str, str]] = []

    async def bar(self, number: str, source: str) -> None:
        self.barred.append((number, source))

    async def note(self, one: ListImport, action: str) -> None:
        self.notes.append((one.by, action))


def make_list_room(
    now: Callable[[], datetime],
    tree: Tree,
    *,
    folder: Path | None = None,
    max_bytes: int = 10_000,
    worker: ImportWorker | None = None,
    outcomes: FakeOutcomes | None = None,
) -> ListRoom:
    """Return a room with no list. Without a folder nothing may be uploaded."""

    def subtree(centre: CentreCode) -> frozenset[CentreCode] | None:
        return centres_under(centre, tree)

    nowhere = Path(tempfile.gettempdir()) / "samvad-tests-no-uploads"
    uploads = UploadFolder(folder or nowhere, max_bytes=max_bytes)
    worker, outcomes = worker or FakeWorker(), outcomes or FakeOutcomes()
    imports = ScriptedImports(uploads, worker, outcomes, now, subtree=subtree)
    return ListRoom(
        MemoryLists(),
        imports,
        districts={"SEH": ("सीहोर", "Sehore"), "VID": ("विदिशा", "Vidisha")},
        schemes={"ujjwala": ("उज्ज्वला", "Ujjwala")},
    )


def lists_of_vidisha(room: ListRoom) -> None:
    """Put in a list "nov" and an import "vidishas" that only Vidisha may know of."""
    memory, vidisha, at = lists_of(room), CentreCode("MP.BPL.VID"), BEGIN
    name = ListName("nov")
    memory.facts[name] = ListFacts(name, "the November camps", "", "ready", at, 0)
    person = Contact(ContactId(1), name, PhoneNumber("+919827112345"), centre=vidisha)
    memory.people.append(person)
    one = ListImport("vidishas", "list.csv", "rekha", vidisha, ImportState.MAPPING, at)
    assert isinstance(room.imports, ScriptedImports)
    room.imports.put(replace(one, look=LOOK))


def lists_of(room: ListRoom) -> MemoryLists:
    assert isinstance(room.lists, MemoryLists)
    return room.lists


class ScriptedImports(ListImports):
    """Imports into which a test puts one."""

    def put(self, one: ListImport) -> None:
        self._all[one.import_id] = one
