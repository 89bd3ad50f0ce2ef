"""`SqlFlowShelf`: drafts of flows and what was released (controller.flow_workshop)."""

from __future__ import annotations

import json

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ivr.controller.flow_ports import Release, Save, Source
from ivr.core.flow_document import Layout
from ivr.core.flow_drafts import Draft, DraftState
from ivr.core.flow_model import Flow
from ivr.core.model import FlowId
from ivr.errors import BadInput
from ivr.store import records
from ivr.store.flow_tables import flow_drafts, flow_releases, flow_saves
from ivr.store.store import SqlStore
from ivr.store.tables import flows
from ivr.store.upsert import insert_or_leave

_FLOW = insert_or_leave(flows)
_RELEASE = insert_or_leave(flow_releases)
OVER = ("published", "discarded")


class SqlFlowShelf:
    """controller.flow_workshop.FlowShelf on the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def drafts(self) -> list[Draft]:
        return await self._store.read(_drafts)

    async def open_draft(self, flow_id: FlowId) -> Draft | None:
        return await self._store.read(_open_draft, flow_id)

    async def begin(self, draft: Draft) -> bool:
        return await self._store.change(_begin, draft)

    async def follow(self, before: Draft, after: Draft) -> bool:
        return await self._store.change(_follow, before, after)

    async def saves(self, draft_id: int) -> list[Save]:
        return await self._store.read(_saves, draft_id)

    async def save_text(self, draft_id: int, revision: int) -> tuple[str, Layout]:
        return await self._store.read(_save_text, draft_id, revision)

    async def publish(
        self, before: Draft, after: Draft, flow: Flow, release: Release
    ) -> bool:
        return await self._store.change(_publish, before, after, flow, release)

    async def releases(self, flow_id: FlowId) -> list[Release]:
        return await self._store.read(_releases, flow_id)

    async def release_text(self, flow_id: FlowId, version: str) -> Source:
        return await self._store.read(_release_text, flow_id, version)


def _draft_of(row: RowMapping, text: str = "", layout: str = "{}") -> Draft:
    return Draft(
        draft_id=row["draft_id"],
        flow_id=FlowId(row["flow_id"]),
        state=DraftState(row["state"]),
        revision=row["revision"],
        base=row["base"],
        authors=tuple(row["authors"].split()),
        saved_by=row["saved_by"],
        saved_at=row["saved_at"],
        text=text,
        layout=_layout_of(layout),
        approved_by=row["approved_by"],
        note=row["note"],
    )


def _layout_of(text: str) -> Layout:
    return {name: (int(x), int(y)) for name, (x, y) in json.loads(text).items()}


def _drafts(connection: Connection) -> list[Draft]:
    query = select(flow_drafts).where(flow_drafts.c.state.not_in(OVER))
    rows = connection.execute(query.order_by(flow_drafts.c.flow_id)).mappings()
    return [_draft_of(row) for row in rows]


def _open_draft(connection: Connection, flow_id: FlowId) -> Draft | None:
    query = select(flow_drafts).where(
        flow_drafts.c.flow_id == flow_id, flow_drafts.c.state.not_in(OVER)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    saved = _save_row(connection, row["draft_id"], row["revision"])
    return _draft_of(row, saved["text_given"], saved["layout"])


def _begin(connection: Connection, draft: Draft) -> bool:
    values = _values(draft) | {"flow_id": draft.flow_id}
    try:
        with connection.begin_nested():
            made = connection.execute(insert(flow_drafts).values(values))
    except IntegrityError:  # uq_flow_drafts_open
        return False
    key = made.inserted_primary_key
    assert key is not None
    _keep_save(connection, key[0], draft)
    return True


def _follow(connection: Connection, before: Draft, after: Draft) -> bool:
    """Write `after` where the draft is still `before`, and a new revision's text."""
    c = flow_drafts.c
    changed = connection.execute(
        update(flow_drafts)
        .where(c.draft_id == before.draft_id)
        .where(c.revision == before.revision, c.state == before.state)
        .values(_values(after))
    )
    if changed.rowcount == 0:
        return False
    if after.revision != before.revision:
        _keep_save(connection, before.draft_id, after)
    return True


def _values(draft: Draft) -> dict[str, object]:
    return {
        "state": str(draft.state),
        "revision": draft.revision,
        "base": draft.base,
        "authors": " ".join(draft.authors),
        "saved_by": draft.saved_by,
        "saved_at": draft.saved_at,
        "approved_by": draft.approved_by,
        "note": draft.note,
    }


def _keep_save(connection: Connection, draft_id: int, draft: Draft) -> None:
    connection.execute(
        insert(flow_saves).values(
            draft_id=draft_id,
            revision=draft.revision,
            text_given=draft.text,
            layout=json.dumps(dict(draft.layout)),
            saved_by=draft.saved_by,
            saved_at=draft.saved_at,
        )
    )


def _saves(connection: Connection, draft_id: int) -> list[Save]:
    c = flow_saves.c
    query = select(c.revision, c.saved_by, c.saved_at).where(c.draft_id == draft_id)
    found = connection.execute(query.order_by(c.revision.desc()))
    return [Save(revision, by, at) for revision, by, at in found]


def _save_row(connection: Connection, draft_id: int, revision: int) -> RowMapping:
    c = flow_saves.c
    query = select(c.text_given, c.layout).where(
        c.draft_id == draft_id, c.revision == revision
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise BadInput(f"the draft has no revision {revision}")
    return row


def _save_text(
    connection: Connection, draft_id: int, revision: int
) -> tuple[str, Layout]:
    row = _save_row(connection, draft_id, revision)
    return row["text_given"], _layout_of(row["layout"])


def _publish(
    connection: Connection, before: Draft, after: Draft, flow: Flow, release: Release
) -> bool:
    if not _follow(connection, before, after):
        return False
    # A version is its text: published again, it is the same one.
    connection.execute(
        _FLOW.on(connection),
        {
            "flow_id": flow.flow_id,
            "version": flow.version,
            "flow": records.flow_to_json(flow),
            "text_given": before.text,
            "kept_at": release.published_at,
        },
    )
    connection.execute(
        _RELEASE.on(connection),
        {
            "flow_id": release.flow_id,
            "version": release.version,
            "layout": json.dumps(dict(before.layout)),
            "authors": " ".join(release.authors),
            "approved_by": release.approved_by,
            "published_by": release.published_by,
            "published_at": release.published_at,
        },
    )
    return True


def _releases(connection: Connection, flow_id: FlowId) -> list[Release]:
    c = flow_releases.c
    query = select(flow_releases).where(c.flow_id == flow_id)
    rows = connection.execute(query.order_by(c.published_at.desc())).mappings()
    return [
        Release(
            flow_id=FlowId(row["flow_id"]),
            version=row["version"],
            authors=tuple(row["authors"].split()),
            approved_by=row["approved_by"],
            published_by=row["published_by"],
            published_at=row["published_at"],
        )
        for row in rows
    ]


def _release_text(connection: Connection, flow_id: FlowId, version: str) -> Source:
    """Return a version's YAML; of one that a campaign uses, too, released or not."""
    layout = func.coalesce(flow_releases.c.layout, "{}")
    joined = flows.outerjoin(
        flow_releases,
        (flow_releases.c.flow_id == flows.c.flow_id)
        & (flow_releases.c.version == flows.c.version),
    )
    query = (
        select(flows.c.text_given, layout)
        .select_from(joined)
        .where(flows.c.flow_id == flow_id, flows.c.version == version)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise BadInput(f"there is no flow {flow_id!r} in version {version!r}")
    return Source(flow_id, row[0], _layout_of(row[1]))
