"""The one place where text is made safe for a spreadsheet's cell. Pure.

A spreadsheet runs what begins like a formula, whoever wrote it (OWASP, CSV injection).
Every CSV of ours passes this; XLSX has cells that are text and nothing else.
"""

from __future__ import annotations

import re
import unicodedata

RISKY = frozenset("=+-@|%＝＋－＠﹢﹣﹦﹫−")
_NO_LETTERS = re.compile("[\0\ud800-\udfff]")
# What spreadsheets may skip before they look: blanks, controls, marks without width.
UNSEEN = ("Zs", "Zl", "Zp", "Cc", "Cf")


def harmless(text: str) -> str:
    """Return `text` as a cell that no spreadsheet takes for a formula.

    Letters that no file or sheet can hold are left out. What is changed gets an
    apostrophe in front, which spreadsheets do not show.
    """
    kept = plain(text)
    start = next((one for one in kept if unicodedata.category(one) not in UNSEEN), "")
    is_risky = start in RISKY or kept[:1] in ("\t", "\r", "\n")
    return f"'{kept}" if start and is_risky else kept


def plain(text: str) -> str:
    """Return `text` without letters that no sheet can hold: NUL, halves of letters."""
    return _NO_LETTERS.sub("", text)
