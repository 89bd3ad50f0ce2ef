from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import BadInput
from ivr.settings.config import PROJECT
from ivr.simulation.population import Character, Fixed, KeyMode, Kind, Rates, Spread
from ivr.simulation.settings import Simulation, load_simulation


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "simulation.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_file_is_read() -> None:
    shipped = load_simulation(PROJECT / "config" / "simulation.yaml")
    assert set(shipped.rates.kinds) == set(Kind)
    assert sum(shipped.rates.kinds.values()) == pytest.approx(1)
    assert set(shipped.rates.characters) == set(Rates().characters)


def test_what_is_left_out_keeps_its_default(tmp_path: Path) -> None:
    assert load_simulation(_file(tmp_path, "")) == Simulation()


def test_what_is_given_is_taken(tmp_path: Path) -> None:
    text = """
seed: 9
rates:
  pick_up: {typical_s: 1, low_s: 0.5, high_s: 2}
  characters: {calm: {weight: 1}}
fixed: {"+919827000001": {kind: busy}}
"""
    read = load_simulation(_file(tmp_path, text))
    assert read.seed == 9
    assert read.rates.pick_up == Spread(1, 0.5, 2)
    assert read.rates.characters == {"calm": Character(1)}
    assert read.fixed == {"+919827000001": Fixed(Kind.BUSY)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sed: 1", "sed"),
        ("rates: {speaks: 2}", "rates.speaks"),
        ("rates: {kinds: {alien: 1}}", "rates.kinds"),
        ("rates: {keys: abc}", "rates.keys"),
        ('fixed: {"+919827000001": {kind: person, character: nobody}}', "nobody"),
        ("rates: {pick_up: {typical_s: 5, low_s: 9, high_s: 2}}", "low_s"),
        ("[", "cannot be read"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        load_simulation(_file(tmp_path, text))


def test_key_modes_are_those_of_the_population(tmp_path: Path) -> None:
    read = load_simulation(_file(tmp_path, "rates: {key_modes: {info: 1}}"))
    assert read.rates.key_modes == {KeyMode.INFO: 1}
