"""Every error Samvad raises on purpose, split by whose fault it is.

SamvadError
├── BadInput             a file, option or request is wrong: says where, and the remedy
├── OurBug               a rule of our own was broken
│   └── UnexpectedEvent  a state machine was given an event it has no entry for
├── SwitchRefused        Asterisk said no to a command
├── SwitchGone           Asterisk cannot be reached, or did not answer in time
├── CallerHungUp         the person on the line has gone: normal, only unwinds
├── StoreUnavailable     the database cannot be reached or written
├── CannotOpen           what is encrypted has no key any more, or was damaged
└── SetupFailed          a program, port or file that Samvad needs is not there

The class docstring is the default message.
"""

from __future__ import annotations


class SamvadError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__ or type(self).__name__)


class BadInput(SamvadError):
    """The input is not valid.

    `where` names the file, row or node; `remedy` says what to do about it; `message`
    is what is wrong, without the two.
    """

    def __init__(
        self, message: str, *, where: str | None = None, remedy: str | None = None
    ) -> None:
        self.message = message
        self.where = where
        self.remedy = remedy
        parts = [f"{where}: {message}" if where else message]
        if remedy:
            parts.append(f"({remedy})")
        super().__init__(" ".join(parts))


class OurBug(SamvadError):
    """A rule of our own was broken."""


class UnexpectedEvent(OurBug):
    """An event arrived in a state that has no entry for it."""


class SwitchRefused(SamvadError):
    """The telephone switch refused the command."""


class SwitchGone(SamvadError):
    """The telephone switch cannot be reached."""


class CallerHungUp(SamvadError):
    """The person on the line hung up."""


class StoreUnavailable(SamvadError):
    """The database cannot be reached or written."""


class CannotOpen(SamvadError):
    """What is encrypted cannot be opened: its key is gone, or it was damaged."""


class SetupFailed(SamvadError):
    """Something that Samvad needs is not there."""
