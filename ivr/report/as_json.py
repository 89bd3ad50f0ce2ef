"""The report as JSON: every field of `core.results.Report`, under its own name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from ivr.core.results import Report

FORMAT = 1  # changes when a reader of the JSON must change


def as_json(report: Report) -> str:
    """Return the report, shares unrounded, times with their zone."""
    plain = {"format": FORMAT, **_plain(report)}
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return value
