"""What `flow_check` says, in Hindi: a table of its sentences with their places.

A sentence that is not in the table is shown in English: better than none.
"""

from __future__ import annotations

import re
from functools import cache

from ivr.web.texts import LOCALE

# English, tab, Hindi; %s stands for whatever is between: a node's name, a key, a text.
TABLE = LOCALE / "hi" / "flow_faults.tsv"


@cache
def sentences() -> dict[str, str]:
    """Return the table."""
    lines = TABLE.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.escape(english).replace("%s", "(.+?)"), re.DOTALL), hindi)
        for english, hindi in sentences().items()
    ]


def in_hindi(sentence: str) -> str:
    """Return the sentence in Hindi; "" for one that is not known."""
    for pattern, hindi in _patterns():
        if found := pattern.fullmatch(sentence):
            return hindi % found.groups() if "%s" in hindi else hindi
    return ""
