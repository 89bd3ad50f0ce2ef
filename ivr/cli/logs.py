"""Logs as the settings ask: a sentence and fields, in colour or as JSON lines."""

from __future__ import annotations

import logging
from typing import TextIO

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
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file),
        cache_logger_on_first_use=False,
    )
