"""Which tables and columns the journal covers. docs/journal.md tells why, and why not.

A table that is added here needs a migration after it, even an empty one: then what is
in it is taken in, and its triggers are made (store/migrate.py). So does a column that
is added to one of these and may not be null: see `journal_begin.restate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Table

from ivr.core.journal import name_for
from ivr.store import records
from ivr.store.erasure_tables import erased_numbers, erasures
from ivr.store.floor_tables import dial_stops
from ivr.store.flow_tables import flow_releases
from ivr.store.opinion_tables import spoken_notes
from ivr.store.program_tables import api_tokens, webhooks
from ivr.store.tables import (
    answers,
    attempts,
    callbacks,
    campaign_events,
    campaigns,
    centres,
    conversations,
    desk_states,
    do_not_call,
    flows,
    lists,
    telecallers,
)
from ivr.store.user_tables import audit_log, users
from ivr.store.workshop_tables import prompt_papers

# Of a person, for the list's sum. Fixed: another column would change every sum.
PERSON = (
    "contact_id",
    "list_name",
    "number",
    "alt_number",
    "name",
    "district",
    "centre",
    "constituency",
    "schemes",
    "language",
    "timezone",
    "fields",
)


@dataclass(frozen=True)
class Covered:
    """One table. `counts`: the SQL condition for rows that count at all."""

    table: Table
    leave_out: frozenset[str] = frozenset()
    # Columns that change until the column `settled` is not null: left out till then.
    moving: frozenset[str] = frozenset()
    settled: str = ""
    counts: str = ""
    has_secret_key: bool = False  # its key is a person's number: see `name_for`

    @property
    def name(self) -> str:
        return self.table.name

    @cached_property
    def columns(self) -> tuple[Column[Any], ...]:
        """Return the columns that count, by name: the order in which they are told."""
        kept = (c for c in self.table.columns if c.name not in self.leave_out)
        return tuple(sorted(kept, key=lambda column: column.name))

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.primary_key.columns)

    def key_of(self, told: str) -> str:
        """Return the journal's key from what the database tells of the row's."""
        return name_for(told) if self.has_secret_key else told


COVERED = (
    Covered(
        attempts,
        moving=frozenset(records.MOVING) | {"keys_pressed"},
        settled="disposition",
    ),
    Covered(answers),
    Covered(conversations),
    Covered(callbacks),
    Covered(do_not_call, has_secret_key=True),
    Covered(spoken_notes),
    Covered(desk_states),
    Covered(campaigns),
    Covered(campaign_events),
    Covered(flows),
    Covered(flow_releases),
    Covered(prompt_papers),
    Covered(dial_stops),
    Covered(erasures),
    Covered(erased_numbers),
    Covered(lists, counts="state = 'ready'"),
    Covered(users),
    Covered(api_tokens, leave_out=frozenset({"used_at"})),
    Covered(webhooks),
    Covered(telecallers),
    Covered(centres),
    Covered(audit_log),
)
OF_TABLE = {one.name: one for one in COVERED}
LISTS = OF_TABLE["lists"]
BEGUN = "begun"  # the kind of the entry that says that a table was taken in
