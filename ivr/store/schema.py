"""Every table there is: whoever wants the whole schema asks here. No queries."""

from __future__ import annotations

from ivr.store import (
    erasure_tables,
    floor_tables,
    flow_tables,
    journal_tables,
    lockout_tables,
    opinion_tables,
    practice_tables,
    program_tables,
    tables,
    trunk_tables,
    user_tables,
    workshop_tables,
)

MODULES = (
    tables,
    erasure_tables,
    floor_tables,
    flow_tables,
    lockout_tables,
    journal_tables,
    opinion_tables,
    practice_tables,
    program_tables,
    trunk_tables,
    user_tables,
    workshop_tables,
)
metadata = tables.metadata
