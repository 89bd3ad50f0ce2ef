"""What a run of faults is asked for, and what this machine cannot have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivr.chaos.kinds import Kind
from ivr.cli.chaos import kinds_of
from ivr.cli.chaos_parts import exceptions_in
from ivr.cli.chaos_run import Wish, possible
from ivr.errors import BadInput

OF_A_SERVER = {Kind.KILL_DATABASE, Kind.PAUSE_DATABASE}


def test_kinds_are_asked_for_by_name() -> None:
    assert kinds_of("") == frozenset(Kind)
    assert kinds_of("kill_controller, cut_ami") == {Kind.KILL_CONTROLLER, Kind.CUT_AMI}
    with pytest.raises(BadInput, match="kill_everything") as refused:
        kinds_of("kill_everything")
    assert "kill_asterisk" in str(refused.value)


@pytest.mark.parametrize(
    ("database", "has_small_disk", "out"),
    [
        ("sqlite", True, OF_A_SERVER),
        ("sqlite", False, {*OF_A_SERVER, Kind.FULL_DISK}),
        ("postgresql", True, set()),
    ],
)
def test_what_cannot_be_broken_here_is_left_out_and_said(
    database: str, has_small_disk: bool, out: set[Kind]
) -> None:
    kinds, left_out = possible(Wish(60, 1, 20, database), has_small_disk)
    assert left_out.keys() == out and all(left_out.values())
    assert kinds == set(Kind) - out


def test_what_the_controller_did_not_foresee_is_counted_by_its_last_line(
    tmp_path: Path,
) -> None:
    lines = [
        json.dumps({"event": "x", "exception": "Traceback ...\nKeyError: 1"}),
        json.dumps({"event": "y", "error": "foreseen"}),
        json.dumps({"event": "x", "exception": "Traceback ...\nKeyError: 1"}),
        "not JSON",
    ]
    (tmp_path / "log").write_text("\n".join(lines), "utf-8")
    assert exceptions_in(tmp_path / "log") == {"KeyError: 1": 2}
    assert exceptions_in(tmp_path / "none") == {}
