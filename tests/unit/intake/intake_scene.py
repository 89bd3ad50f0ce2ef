"""What the intake's tests share: two districts, two schemes, and how to clean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ivr.core.numbers import NumberRules
from ivr.intake.cleaning import Cleaned, Cleaner
from ivr.intake.columns import plan_columns
from ivr.intake.list_file import Batch
from ivr.intake.number_column import indian_series
from ivr.intake.places import District, Places

PLACES = Places.known(
    [
        District("SEH", "सीहोर", "MP.BPL.SEH", ("सीहोर", "Sehore")),
        District("CHW", "छिंदवाड़ा", "MP.JBP.CHW", ("छिंदवाड़ा", "Chhindwara")),
    ],
    {
        "pm_kisan": ("पीएम किसान सम्मान निधि", "PM-KISAN"),
        "kisan_kalyan": ("मुख्यमंत्री किसान कल्याण योजना", "Kisan Kalyan Yojana"),
        "ladli_behna": ("मुख्यमंत्री लाड़ली बहना योजना", "Ladli Behna Yojana"),
        "ayushman": ("आयुष्मान भारत", "Ayushman Bharat PM-JAY"),
    },
)
RULES = NumberRules(std_codes=frozenset({"755"}), allotted=indian_series())
TODAY = date(2026, 11, 24)


def cleaner_of(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Cleaner:
    """Return a cleaner for a list with these headers."""
    columns = plan_columns(headers, rows, overrides={}, rules=RULES)
    return Cleaner(columns, places=PLACES, rules=RULES, today=TODAY)


def cleaned(headers: Sequence[str], *rows: Sequence[str]) -> Cleaned:
    """Return what becomes of these rows."""
    batch = Batch(list(map(list, rows)), list(range(2, 2 + len(rows))))
    return cleaner_of(headers, rows).clean(batch)
