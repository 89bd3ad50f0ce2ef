"""dialer.py flow: check, show and try."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.cli.flow import app
from ivr.errors import BadInput

FEEDBACK = "config/flows/scheme-feedback.yaml"
PROJECT = Path(__file__).resolve().parents[3]
RUNNER = CliRunner()


def test_the_shipped_flows_pass() -> None:
    result = RUNNER.invoke(app, ["check", "--all"])
    assert result.exit_code == 0
    shipped = list((PROJECT / "config/flows").glob("*.yaml"))
    assert result.output.count("✓") == len(shipped)


def test_a_bad_flow_is_told_with_its_remedy_and_exit_1(tmp_path: Path) -> None:
    typo = tmp_path / "typo.yaml"
    typo.write_text("flow: typo\nnods: {}\n", "utf-8")
    lost = tmp_path / "lost.yaml"
    lost.write_text(
        "flow: lost\ntitle: x\nstart: a\nnodes: {a: {kind: play, say: नमस्ते}}\n", "utf-8"
    )
    result = RUNNER.invoke(app, ["check", str(typo), str(lost)])
    assert result.exit_code == 1
    assert "typo.yaml:2: nods: unknown key 'nods'" in result.output
    assert 'did you mean "nodes"?' in result.output
    assert "lost, node a: leads nowhere" in result.output


def test_audio_that_is_not_built_is_told(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["check", FEEDBACK, "--audio", str(tmp_path)])
    assert result.exit_code == 1
    assert "prompts build" in result.output


def test_checking_nothing_is_a_mistake() -> None:
    result = RUNNER.invoke(app, ["check"])
    assert isinstance(result.exception, BadInput)


def test_a_flow_is_shown_with_where_each_key_leads() -> None:
    result = RUNNER.invoke(app, ["show", FEEDBACK], env={"COLUMNS": "200"})
    assert "9 anywhere → stop_calls" in result.output
    assert "2 नहीं → why_not" in result.output
    assert "on_silence → no_reply" in result.output


def test_a_flow_can_be_tried_by_typing_keys() -> None:
    typed = [
        "",
        "",
        "1",
        "2",
        "7",
        "1",
        "5",
        "3",
        "4",
        "1",
        "पानी की समस्या है",
        "1",
        "y",
        "",
    ]
    result = RUNNER.invoke(
        app, ["try", FEEDBACK, "-f", "name=राम"], input="\n".join(typed) + "\n"
    )
    assert result.exit_code == 0, result.output
    assert "जन संवाद केंद्र" in result.output
    assert "kept, not accepted: key 7" in result.output
    assert "kept: speech trial.wav 1.3 s" in result.output
    assert "hang-up (completed)" in result.output


def test_opting_out_and_a_busy_telecaller_can_be_tried() -> None:
    result = RUNNER.invoke(
        app, ["try", "config/flows/information.yaml"], input="0\nn\n9\n\n"
    )
    assert "OptOut" in result.output
    assert "hang-up (not completed)" in result.output


def test_a_recording_can_be_cut_short_by_a_key() -> None:
    typed = ["", "", "1", "2", "1", "5", "3", "4", "1", "9", ""]
    result = RUNNER.invoke(app, ["try", FEEDBACK], input="\n".join(typed) + "\n")
    assert "kept: key 9 opt_out" in result.output


@pytest.mark.parametrize("field", ["name", "नाम"])
def test_a_field_without_a_value_is_a_mistake(field: str) -> None:
    result = RUNNER.invoke(app, ["try", FEEDBACK, "-f", field])
    assert isinstance(result.exception, BadInput)
