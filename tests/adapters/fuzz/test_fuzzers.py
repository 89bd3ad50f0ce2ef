"""A few seconds of each fuzzer. `make test-fuzz` runs them for minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.cases import Case, Step, read
from tests.fuzz.fuzzers import FUZZERS
from tests.fuzz.running import Run
from tests.fuzz.watching import watching

CASES = {"ami": 60, "agi": 150, "http": 200}


@pytest.mark.parametrize("kind", FUZZERS)
async def test_nothing_breaks_by_what_is_sent(kind: str, tmp_path: Path) -> None:
    with watching() as watch:
        async with FUZZERS[kind](tmp_path) as target:
            run = Run(target, watch, 1, tmp_path / "kept")
            report = await run.for_(60, at_most=CASES[kind])
        run._noted()
    assert report.cases >= CASES[kind] // 2, report.told()
    assert not report.findings, report.told()
    assert watch.probes


def test_a_case_is_the_same_for_the_same_seed_and_can_be_kept(tmp_path: Path) -> None:
    case = Case("ami", 1, 2, [Step("send", b"\xff\0"), Step("pause", seconds=0.5)])
    file = case.kept_in(tmp_path, "why")
    assert read(file) == case


async def test_what_breaks_is_found_and_kept(tmp_path: Path) -> None:
    class Broken:
        kind, at_once, warm, may_grow_mb = "ami", 1, 1, 0.0

        def make(self, seed: int, number: int) -> Case:
            return Case(self.kind, seed, number, [])

        async def run(self, case: Case) -> None:
            assert case.number != 2, "the third breaks"

        async def probe(self) -> None:
            raise AssertionError("it is dead")

        async def settle(self) -> None: ...

    with watching() as watch:
        run = Run(Broken(), watch, 5, tmp_path)
        report = await run.for_(10, at_most=4)
    assert {one.partition(":")[0] for one in report.findings} == {"wrong", "probe"}
    kept = [read(file).number for file in report.files]
    assert 2 in kept
