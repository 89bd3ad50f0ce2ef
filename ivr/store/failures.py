"""What a database's complaint means in Samvad's words. Raises nothing itself."""

from __future__ import annotations

import sqlite3

import asyncpg
from sqlalchemy import exc

from ivr.errors import BadInput, OurBug, SamvadError, StoreUnavailable

# Everything a database call may raise, before translation.
DATABASE_ERRORS = (
    exc.SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    sqlite3.Error,  # where SQLAlchemy is not in between
    OSError,  # and with it TimeoutError
    UnicodeEncodeError,  # half of a letter, where a driver makes bytes of it
)

# PostgreSQL's classes of trouble that is not the statement's fault: connection,
# rolled back to break a deadlock, no room, operator, system, its own bug.
UNAVAILABLE_CLASSES = ("08", "40", "53", "57", "58", "XX")

# Of a text that PostgreSQL cannot keep, as such and within JSON: one with U+0000.
NO_TEXT = ("22021", "22P05")


def translated(error: BaseException) -> SamvadError:
    """Return the error of ours that says what `error` means to the caller."""
    if isinstance(error, SamvadError):
        return error
    cause = getattr(error, "orig", None)
    if isinstance(cause, SamvadError):
        return cause  # a value was refused on its way into the statement
    if getattr(cause or error, "sqlstate", None) in NO_TEXT or _is_half(error):
        return BadInput("a text that cannot be kept", remedy="leave out U+0000")
    if is_unavailable(error):
        return StoreUnavailable(f"the database cannot be used: {cause or error}")
    return OurBug(f"the database refused a statement: {cause or error}")


def is_unavailable(error: BaseException) -> bool:
    """Say whether the same statement might do on a better day."""
    if isinstance(error, SamvadError):
        return isinstance(error, StoreUnavailable)
    if isinstance(getattr(error, "orig", None), SamvadError):
        return False
    if isinstance(error, exc.IntegrityError | exc.ProgrammingError) or _is_half(error):
        return False
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError):
        return True
    if isinstance(error, exc.DBAPIError):
        # For PostgreSQL the SQLSTATE tells; SQLite has none, and what is left of
        # its errors here is a damaged or foreign file.
        state = getattr(error.orig, "sqlstate", None)
        return state is None or str(state).startswith(UNAVAILABLE_CLASSES)
    return not isinstance(error, exc.SQLAlchemyError)


def _is_half(error: BaseException | None) -> bool:
    """Say whether a text has half of a letter (a lone surrogate), which is no text."""
    while error is not None:
        if isinstance(error, UnicodeEncodeError):
            return True
        error = error.__cause__ or getattr(error, "orig", None)
    return False


def is_worth_another_try(error: BaseException) -> bool:
    """Say whether a fresh connection or a second turn may well do at once."""
    if isinstance(error, exc.DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state.startswith("40")
    return False
