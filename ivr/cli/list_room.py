"""Wires what the pages of lists need: the store's answers, and imports of files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ivr.cli.import_worker import ProcessWorker
from ivr.controller.list_imports import ListImports
from ivr.controller.ports import Clock
from ivr.controller.upload_folder import UploadFolder
from ivr.controller.users import Users
from ivr.core.access import UserId, centres_under
from ivr.core.list_import import ListImport
from ivr.core.organisation import Tree
from ivr.settings.config import Settings
from ivr.settings.people import load_geography
from ivr.store.contact_lists import SqlContactLists
from ivr.store.store import SqlStore
from ivr.web.site import ListRoom

UPLOADS = "uploads"  # in the home folder
MB = 1_000_000
Bar = Callable[[str, str], Awaitable[None]]


class _Outcomes:
    """controller.list_imports.Outcomes of a running system."""

    def __init__(self, bar: Bar, users: Users) -> None:
        self._bar, self._users = bar, users

    async def bar(self, number: str, source: str) -> None:
        await self._bar(number, source)

    async def note(self, one: ListImport, action: str) -> None:
        user = await self._users.store.user(UserId(one.by))
        name = one.new.name if one.new else one.file_name
        tally = one.tally
        await self._users.note(
            action,
            user=user,
            user_id=one.by,
            about=f"list {name}" if one.new else f"file {name}",
            centre=one.centre,
            detail={"kept": str(tally.kept), "read": str(tally.read)} if tally else {},
        )


@asynccontextmanager
async def open_list_room(
    settings: Settings,
    store: SqlStore,
    users: Users,
    *,
    bar: Bar,
    clock: Clock,
    tree: Tree,
    hands_over: Callable[[], bool],
) -> AsyncIterator[ListRoom]:
    """Take up the imports that an earlier run left, and end all work at the end.

    When the run `hands_over`, people wait on the line: imports are then ended at once,
    and the next run takes back what is half stored.
    """
    geography = load_geography(settings.project / "config/geography.yaml")
    worker = ProcessWorker(settings)
    imports = ListImports(
        UploadFolder(settings.home / UPLOADS, max_bytes=settings.web.upload_mb * MB),
        worker,
        _Outcomes(bar, users),
        clock.now,
        subtree=lambda centre: centres_under(centre, tree),
    )
    await imports.open()
    try:
        yield ListRoom(
            lists=SqlContactLists(store),
            imports=imports,
            districts={d.code: (d.name_hi, d.name_en) for d in geography.districts},
            schemes={s.tag: (s.name_hi, s.name_en) for s in geography.scheme_tags},
            is_government=settings.organisation.kind == "government",
        )
    finally:
        if hands_over():
            worker.stop_s = 0.0
        await imports.close()
