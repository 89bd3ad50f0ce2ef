"""The scenarios of the practice: those that ship, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import BadInput
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.practice import FOLDER, load_scenarios

PROJECT = Path(__file__).parents[3]
SHIPPED = load_scenarios(PROJECT / FOLDER)
GOOD = (PROJECT / FOLDER / "busy-farmer.yaml").read_text("utf-8")


def test_three_ship_and_every_line_of_them_can_be_heard() -> None:
    library = AudioLibrary(PROJECT / "audio")
    assert len(SHIPPED) == 3
    for one, _voice in SHIPPED:
        for name in (*one.line_names, one.silence_name):
            library.named(name, kind="practice")  # raises when it is missing
        assert set(one.expected) == {asked.question_id for asked in one.questions}


def test_a_line_that_was_changed_has_been_spoken_anew() -> None:
    records = {
        record.name: record.text
        for record in AudioLibrary(PROJECT / "audio").records()
        if record.kind == "practice"
    }
    for one, _voice in SHIPPED:
        texts = (*one.lines, one.silence)
        names = (*one.line_names, one.silence_name)
        assert [records[name] for name in names] == list(texts)


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("outcome: callback", "outcome: happy", "outcome"),
        ("expected: evening", "expected: never", "questions 1"),
        ("voice: hm_omega", "voice: ../etc", "voice"),
        ("patience_s: 6", "patience_s: 0", "patience_s"),
        ("lines:", "linse:", "linse"),
    ],
)
def test_what_cannot_be_practised_is_refused_with_its_place(
    tmp_path: Path, before: str, after: str, where: str
) -> None:
    assert before in GOOD
    (tmp_path / "mine.yaml").write_text(GOOD.replace(before, after), "utf-8")
    with pytest.raises(BadInput) as refused:
        load_scenarios(tmp_path)
    assert where in str(refused.value)


def test_a_file_whose_name_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "My Scenario.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(BadInput):
        load_scenarios(tmp_path)
