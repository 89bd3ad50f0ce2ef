"""rejects.csv: every refused row, why, and what to do, for people with a spreadsheet.

Holds numbers as they were given, so only its owner may read it. It appears when the
import has ended, never half.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from ivr.core.numbers import REMEDIES, NumberReason, Remedy
from ivr.core.sheet_cell import harmless
from ivr.intake.cleaning import Reject

HEADERS = (
    "पंक्ति / Row",
    "कॉलम / Column",
    "दिया गया मान / Value given",
    "कारण / Reason",
    "क्या करें",
    "What to do",
)
_MAX_VALUE = 200
# A cell that starts like this is a formula to a spreadsheet (OWASP: CSV injection).

ROW_REMEDIES: dict[str, Remedy] = {
    "columns_differ": Remedy(
        "इस पंक्ति में खानों की संख्या शीर्षक से अलग है। पंक्ति ठीक करें।",
        "This row has not as many cells as the header. Correct the row.",
    ),
    "quote_open": Remedy(
        'इस पंक्ति में " खुला है, बंद नहीं। उसे हटा दें।',
        'A " is opened in this row and not closed. Remove it.',
    ),
    "minor": Remedy(
        "18 वर्ष से कम आयु के व्यक्ति को कॉल नहीं की जाती। आयु ग़लत हो तो सुधारें।",
        "People under 18 are not called. Correct the age if it is wrong.",
    ),
    "name_too_long": Remedy(
        "नाम 200 अक्षरों से लंबा है। खाने में केवल नाम रखें।",
        "The name is longer than 200 letters. Leave only the name in the cell.",
    ),
    "other_centre": Remedy(
        "इस व्यक्ति का ज़िला आपके केंद्र का नहीं है, या लिखा नहीं है। ज़िला भरें, या पंक्ति उनके"
        " केंद्र को दें।",
        "The person's district is not of your centre, or not given. Fill it in, or hand"
        " the row to their centre.",
    ),
    "erased": Remedy(
        "इस व्यक्ति ने अपनी जानकारी मिटाने को कहा है। उन्हें फिर न जोड़ें: पंक्ति हटा दें।",
        "This person asked to be erased. Do not add them again: take the row out.",
    ),
    "duplicate": Remedy(
        "यह नंबर इस सूची में पहले आ चुका है। कुछ करने की ज़रूरत नहीं।",
        "This number was in the list before. Nothing needs to be done.",
    ),
}


def remedy_for(reason: str) -> Remedy:
    """Return what to do about a refused row."""
    return ROW_REMEDIES.get(reason) or REMEDIES[NumberReason(reason)]


class RejectsFile:
    """Writes the file row by row; use it in a `with` block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> RejectsFile:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        private = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # The byte order mark is how a spreadsheet knows that it is UTF-8.
        self._file = open(private, "w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(HEADERS)
        return self

    def write(self, rejects: Iterable[Reject]) -> None:
        """Write one row for each."""
        for reject in rejects:
            self.rows += 1
            remedy = remedy_for(reject.reason)
            given = (reject.row, _harmless(reject.column), _harmless(reject.value))
            self._csv.writerow((*given, reject.reason, remedy.hi, remedy.en))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None and self.rows:
            self._part.replace(self.path)
            return
        self._part.unlink()
        if kind is None:
            # No row was refused: an older file would say otherwise.
            self.path.unlink(missing_ok=True)


def _harmless(value: str) -> str:
    return harmless(value[:_MAX_VALUE])
