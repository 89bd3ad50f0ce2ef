"""The report as one HTML file."""

from __future__ import annotations

from ivr.core.results import Report


def as_html(report: Report) -> str:
    return report.title.campaign.hi
