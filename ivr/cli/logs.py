"""Logs as the settings ask: a sentence and fields, in colour or as JSON lines."""

from __future__ import annotations

import logging
import re
from typing import Any, TextIO

import structlog

from ivr.settings.config import Log


def set_up(log: Log, file: TextIO | None = None) -> None:
    """Configure structlog for this process; to `file`, or standard error."""
    level = logging.getLevelNamesMapping().get(log.level.upper(), logging.INFO)
    renderer: structlog.typing.Processor
    if log.format == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=file is None)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file),
        cache_logger_on_first_use=False,
    )


# Line breaks of every kind, what moves a terminal's cursor or turns its writing round,
# and halves of letters, which no file takes. The joiners of Hindi spelling stay.
_NOT_IN_A_LINE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
TRACES = ("exception", "stack")  # of many lines: ours, but for what is quoted in them


def one_line(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Write each text of an event on one line: nobody can forge a second one."""
    return {
        name: _trace(value) if name in TRACES else _line(value)
        for name, value in event.items()
    }


def _line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _NOT_IN_A_LINE.sub(lambda found: ascii(found[0])[1:-1], value)


def _trace(value: Any) -> Any:
    """Return a traceback, in which each line but its own begins with blanks."""
    if not isinstance(value, str):
        return value
    return "\n  ".join(_line(line) for line in value.split("\n"))
