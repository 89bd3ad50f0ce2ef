"""schemathesis over the API's whole document: what it allows, and what it does not.

The server and the examples are those of tests/adapters/web/test_schemathesis.py; here
it is asked for as long as one likes, wrong data as well as right, in other orders.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.adapters.web.test_schemathesis import ask, serving
from tests.fuzz.running import Report
from tests.fuzz.watching import Held, Watch, alike

STARTS_AND_ENDS_S = 240.0
EXAMPLES = 100_000  # of each operation, or what there is time for


async def fuzz_documented(
    folder: Path, watch: Watch, *, seconds: float, seed: int, keep: Path
) -> Report:
    report = Report("schemathesis", seed, before=Held.now())
    begun = time.monotonic()
    async with serving(folder) as served:
        code, said = await ask(
            served,
            *("--phases=examples,coverage,fuzzing", "--mode=all"),
            *(f"--max-time={int(seconds)}", f"--max-examples={EXAMPLES}"),
            seed=seed,
            at_most_s=seconds + STARTS_AND_ENDS_S,
        )
        report.cases = sum(served.answered.values())
    report.seconds = time.monotonic() - begun
    report.after = Held.now()
    if code != 0:
        watch.find(f"schemathesis: {_first_failure(said)}")
        report.files.append(_kept(keep / f"schemathesis-{seed}.txt", said))
    for what in watch.taken():
        report.findings[alike(what)] += 1
    return report


def _kept(file: Path, said: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(said)
    return file


def _first_failure(said: str) -> str:
    found = re.search(r"FAILURES =+\n(.{0,800})", said, re.DOTALL)
    return found[1] if found else said[-800:]
