"""An import of a list, from the file's arrival to its people: the states, as a table.

Pure. A person fixes the columns, sees what would come in, and only then confirms; so a
wrong file costs nothing. It reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ivr.core.access import User
from ivr.core.model import CentreCode
from ivr.core.new_list import NewList
from ivr.core.organisation import Tree, roots
from ivr.errors import BadInput


class ImportState(StrEnum):
    LOOKING = "looking"  # the file is here; its columns are being guessed
    MAPPING = "mapping"  # a person checks the guesses
    COMPARING = "comparing"  # every row is read; nothing is stored
    COMPARED = "compared"  # a person sees what would come in
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"  # `problem` says why
    CANCELLED = "cancelled"


class ImportEvent(StrEnum):
    LOOKED = "looked"
    MAPPED = "mapped"  # the person said what is what, and the list's name
    COUNTED = "counted"
    REOPENED = "reopened"  # back to the columns
    ANOTHER_SHEET = "another_sheet"
    CONFIRMED = "confirmed"
    STORED = "stored"
    FAILED = "failed"
    CANCELLED = "cancelled"


S, E = ImportState, ImportEvent
TRANSITIONS: dict[tuple[ImportState, ImportEvent], ImportState] = {
    (S.LOOKING, E.LOOKED): S.MAPPING,
    (S.LOOKING, E.STORED): S.DONE,  # a file of numbers for do-not-call: no columns
    (S.LOOKING, E.FAILED): S.FAILED,
    (S.LOOKING, E.CANCELLED): S.CANCELLED,
    (S.MAPPING, E.MAPPED): S.COMPARING,
    (S.MAPPING, E.ANOTHER_SHEET): S.LOOKING,
    (S.MAPPING, E.CANCELLED): S.CANCELLED,
    (S.COMPARING, E.COUNTED): S.COMPARED,
    (S.COMPARING, E.FAILED): S.MAPPING,  # the columns or the name were wrong
    (S.COMPARING, E.CANCELLED): S.CANCELLED,
    (S.COMPARED, E.CONFIRMED): S.IMPORTING,
    (S.COMPARED, E.REOPENED): S.MAPPING,
    (S.COMPARED, E.CANCELLED): S.CANCELLED,
    (S.IMPORTING, E.STORED): S.DONE,
    (S.IMPORTING, E.FAILED): S.COMPARED,  # nothing of it is stored: try again
    (S.IMPORTING, E.CANCELLED): S.CANCELLED,
}
LEFT_OUT = "-"  # what a person chooses for a column that stays out
STAYS_OUT = "dropped"  # intake.columns.Use: whatever is chosen
AT_WORK = frozenset({S.LOOKING, S.COMPARING, S.IMPORTING})
OVER = frozenset({S.DONE, S.FAILED, S.CANCELLED})


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of the file: what it was taken for, and its first values, masked."""

    index: int
    header: str
    use: str  # intake.columns.Use
    field: str
    own: str = ""  # under which it is kept beside the contact's own fields
    first: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """Return what the guess chooses for it."""
        return self.field or LEFT_OUT


@dataclass(frozen=True, slots=True)
class Look:
    """What the first rows of a file tell."""

    kind: str
    columns: tuple[Guess, ...]
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()  # those that every contact has


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows that were refused for one reason, or something worth knowing."""

    reason: str
    count: int
    hi: str = ""
    en: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """What became, or would become, of every row. read = kept + the next three."""

    read: int = 0
    kept: int = 0
    refused: int = 0
    duplicate: int = 0
    blank: int = 0
    known: int = 0  # of the kept: in other lists that the importer may see
    barred: int = 0  # of the kept: on do-not-call
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()

    @property
    def new(self) -> int:
        return self.kept - self.known


@dataclass(frozen=True, slots=True)
class ListImport:
    """One import, or one file of numbers for do-not-call (`new` is then never set)."""

    import_id: str
    file_name: str
    by: str
    centre: CentreCode  # whose matter it is: the importer's
    state: ImportState
    at: datetime
    is_do_not_call: bool = False
    bytes: int = 0
    sheet: str = ""
    look: Look | None = None
    mapping: Mapping[int, str] = field(default_factory=dict)
    new: NewList | None = None
    done_share: float = 0.0  # of the file, 0 to 1
    rows: int = 0
    tally: Tally | None = None
    problem: str = ""
    remedy: str = ""


def advance(state: ImportState, event: ImportEvent) -> ImportState:
    """Return the next state. Raises BadInput for what cannot be now.

    Not OurBug: two people, or two open pages, may press at once.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise BadInput(
            "this import has gone on meanwhile", remedy="load the page again"
        ) from None


def after_a_restart(state: ImportState) -> ImportState:
    """Return where an import stands whose work ended with the program."""
    return {
        S.LOOKING: S.FAILED,
        S.COMPARING: S.MAPPING,
        S.IMPORTING: S.COMPARED,
    }.get(state, state)


def name_for(user: User, wanted: str, tree: Tree) -> str:
    """Return what a user's list is called.

    Names are the whole organisation's. A centre's lists carry its code, so that "is
    there already" never tells of another centre's lists.
    """
    if user.centre in roots(tree):
        return wanted
    clean = " ".join(wanted.split())
    return f"{user.centre}-{clean}" if clean else ""


def chosen_columns(look: Look, choices: Mapping[int, str]) -> dict[int, str]:
    """Return how a person's choices differ from the guesses. Raises BadInput."""
    mapping: dict[int, str] = {}
    taken: list[str] = []
    for column in look.columns:
        if column.use == STAYS_OUT:
            continue
        chosen = choices.get(column.index, column.choice)
        if chosen not in {LEFT_OUT, column.own, column.field, *look.fields}:
            raise BadInput("a column cannot be this", where=column.header)
        if chosen != column.choice:
            mapping[column.index] = chosen
        if chosen in look.fields:
            taken.append(chosen)
    if len(taken) > len(set(taken)):
        raise BadInput(
            "two columns are the same", remedy="leave one out, or choose another"
        )
    if "number" not in taken:
        raise BadInput(
            "no column holds telephone numbers", remedy="choose the one that does"
        )
    return mapping
