"""`python -m tests.fuzz ami agi http schemathesis --minutes 5 --seed 1`.

`--again FILE` runs one kept case. Ends with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tests.fuzz.cases import read
from tests.fuzz.documented import fuzz_documented
from tests.fuzz.fuzzers import FUZZERS
from tests.fuzz.running import Report, Run
from tests.fuzz.watching import watching

DOCUMENTED = "schemathesis"
KEEP = Path(__file__).parents[2] / "run" / "fuzz"


async def fuzz(kind: str, *, seconds: float, seed: int, keep: Path) -> Report:
    with watching() as watch, tempfile.TemporaryDirectory() as folder:
        if kind == DOCUMENTED:
            where = Path(folder)
            return await fuzz_documented(
                where, watch, seconds=seconds, seed=seed, keep=keep
            )
        async with FUZZERS[kind](Path(folder)) as target:
            run = Run(target, watch, seed, keep)
            await run.for_(seconds)
        run._noted()
        return run.report


async def again(file: Path) -> Report:
    case = read(file)
    with watching() as watch, tempfile.TemporaryDirectory() as folder:
        async with FUZZERS[case.kind](Path(folder)) as target:
            run = Run(target, watch, case.seed, KEEP)
            await run.one(case)
            await watch.probe(target.probe)
        run._noted()
        return run.report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[*FUZZERS, DOCUMENTED, []])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--again", type=Path)
    given = parser.parse_args()
    reports = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.again:
            reports.append(runner.run(again(given.again)))
        for kind in given.kinds:
            seconds = given.minutes * 60
            one = runner.run(fuzz(kind, seconds=seconds, seed=given.seed, keep=KEEP))
            sys.stdout.write(one.told() + "\n")
            sys.stdout.flush()
            reports.append(one)
    if given.again:
        sys.stdout.write(reports[0].told() + "\n")
    return 1 if any(one.findings for one in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
