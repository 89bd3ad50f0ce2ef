"""HOME/uploads: a folder for each import, with its file, its rejects and its state.

Only its owner may read it. A file that is too big, or for which there is no room, is
refused before it is written, and again while it is, whatever its sender said.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from ivr.core.list_import import Guess, ImportState, ListImport, Look, Reason, Tally
from ivr.core.model import CentreCode, ListName
from ivr.core.new_list import NewList
from ivr.core.origin import OriginKind
from ivr.errors import BadInput

log = structlog.get_logger(__name__)

SPARE_BYTES = 1024**3  # what a file may never take: calls and recordings need it
LOOK_EVERY_BYTES = 4 * 1024**2  # written, at the disk's free room
WORK_FACTOR = 3  # a list in the database, and once more while it is compared
SILENT_S = 60.0  # a sender that sends nothing for so long has gone


class TooBig(BadInput):
    """The file is bigger than a list may be."""


class UploadFolder:
    """Files that came in, by the id of their import (which is made here, not given)."""

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self.max_bytes = max_bytes

    def file(self, import_id: str) -> Path:
        return self._root / import_id / "list"

    def rejects(self, import_id: str) -> Path:
        return self._root / import_id / "rejects.csv"

    async def take(
        self, import_id: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> int:
        """Write the file; return its bytes. Nothing stays of a refused one."""
        self._refuse(size or 0)
        path = self.file(import_id)
        path.parent.mkdir(parents=True, mode=0o700)
        try:
            written = await self._write(path, size or 0, chunks)
            if size is not None and written != size:
                raise BadInput("the file did not come whole", remedy="send it again")
            if not written:
                raise BadInput("the file is empty", remedy="save it again")
        except BaseException:  # a sender that goes away, too; it is raised again
            await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
            raise
        return written

    async def _write(self, path: Path, size: int, chunks: AsyncIterator[bytes]) -> int:
        written = looked_at = 0
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            stream = aiter(chunks)
            while True:
                try:
                    async with asyncio.timeout(SILENT_S):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    return written
                except TimeoutError as exc:
                    raise BadInput("the file stopped coming") from exc
                written += len(chunk)
                if written > self.max_bytes or written - looked_at >= LOOK_EVERY_BYTES:
                    looked_at = written
                    self._refuse(max(size, written), written - len(chunk))
                await asyncio.to_thread(out.write, chunk)

    def _refuse(self, size: int, on_disk: int = 0) -> None:
        """Raise for a file of so many bytes that may not, or cannot, be taken.

        `on_disk`: those of them that are written, and take no room any more.
        """
        if size > self.max_bytes:
            raise TooBig(
                "the file is too big",
                remedy="save it as CSV, or divide it",
            )
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self._root).free
        if free - (WORK_FACTOR * size - on_disk) < SPARE_BYTES:
            raise BadInput("the disk is nearly full", remedy="ask your admin")

    # What is known of an import

    def keep(self, one: ListImport) -> None:
        """Write its state, so that it outlives this program."""
        place = self._root / one.import_id
        if not place.is_dir():
            return
        part = place / "state.part"
        text = json.dumps(dataclasses.asdict(one), default=str, ensure_ascii=False)
        part.touch(mode=0o600)
        part.write_text(text, "utf-8")
        part.replace(place / "state.json")

    def kept(self) -> list[ListImport]:
        """Return the imports of earlier runs; what cannot be read is thrown away."""
        found = []
        for place in sorted(self._root.glob("*/")):
            try:
                found.append(_import_of(json.loads((place / "state.json").read_text())))
            except (OSError, ValueError, KeyError, TypeError) as exc:
                log.warning("Upload thrown away", folder=place.name, error=str(exc))
                shutil.rmtree(place, ignore_errors=True)
        return found

    def drop_file(self, import_id: str) -> None:
        """Delete all but the state and the rejects: also what killed work has left."""
        for path in (self._root / import_id).glob("*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in ("state.json", "rejects.csv"):
                path.unlink(missing_ok=True)

    def forget(self, import_id: str) -> None:
        shutil.rmtree(self._root / import_id, ignore_errors=True)


def _import_of(row: dict[str, Any]) -> ListImport:
    """Return an import as `keep` wrote it. Raises KeyError, TypeError, ValueError."""
    look, tally, new = row["look"], row["tally"], row["new"]
    if look:
        columns = tuple(
            Guess(**column | {"first": tuple(column["first"])})
            for column in look["columns"]
        )
        look = Look(
            look["kind"],
            columns,
            look["sheet"],
            tuple(look["sheets"]),
            tuple(look["fields"]),
        )
    if tally:
        for name in ("reasons", "notes"):
            tally[name] = tuple(
                Reason(**one | {"examples": tuple(one["examples"])})
                for one in tally[name]
            )
        tally = Tally(**tally)
    if new:
        new = NewList(ListName(new["name"]), new["origin"], OriginKind(new["kind"]))
    return ListImport(
        **row
        | {
            "centre": CentreCode(row["centre"]),
            "state": ImportState(row["state"]),
            "at": datetime.fromisoformat(row["at"]),
            "mapping": {int(index): name for index, name in row["mapping"].items()},
            "look": look,
            "tally": tally,
            "new": new,
        }
    )
