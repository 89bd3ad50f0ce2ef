"""The command that times decisions."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from ivr.cli.bench import app


def test_it_tells_of_each_team_how_long_a_decision_takes() -> None:
    result = CliRunner().invoke(
        app, ["decision", "--agents", "2", "--minutes", "4", "--json"]
    )
    (row,) = json.loads(result.stdout)
    assert row["telecallers"] == 2
    assert row["decisions"] > 100
    assert 0 < row["p50_ms"] <= row["p99_ms"]
