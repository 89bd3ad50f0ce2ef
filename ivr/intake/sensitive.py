"""What has no place in a call list: identity and bank numbers, caste, religion.

Recognised by a column's header and by its values (docs/compliance.md, B10 and C11).
It only recognises; ivr/intake/columns.py drops the column and says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from enum import StrEnum

from ivr.intake.header_words import (
    SENSITIVE_VALUES,
    SENSITIVE_WORDS,
    equal_to,
    holding,
)
from ivr.intake.places import fold


class Sensitive(StrEnum):
    """Kinds of data that are dropped at import."""

    AADHAAR = "aadhaar"
    BANK = "bank"
    EPIC = "epic"  # the voter's identity card
    CASTE = "caste"
    RELIGION = "religion"


_AC_WITH_SLASH = re.compile(r"\ba/c\b", re.I)
TWELVE_DIGITS = re.compile(r"^[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}$")
_MASKED_TWELVE = re.compile(r"^[xX*•#]{4,8}[ -]?(?:[xX*•#]{4}[ -]?)?\d{4}$")
_ACCOUNT = re.compile(r"^(?!(?:91|0)[6-9]\d{9}$)\d{11,18}$")  # and no telephone
IFSC = re.compile(r"^[A-Z]{4}0[A-Z0-9]{6}$", re.I)
EPIC = re.compile(r"^(?:[A-Z]{3}\d{7}|[A-Z]{2}/\d{1,3}/\d{1,3}/\d{4,7})$", re.I)
_Test = Callable[[str], object]
_TWELVE_INSIDE = re.compile(r"(?<!\d)[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?!\d)")
_INSIDE = re.compile(
    r"\b(?:[A-Z]{3}\d{7}|[A-Z]{4}0[A-Z0-9]{6}|[A-Z]{2}/\d{1,3}/\d{1,3}/\d{4,7})\b",
    re.I,
)
_WORDS_SHARE = 0.8  # of the values that are there
_PATTERN_SHARE = 0.5
_ENOUGH_VALUES = 3

# Verhoeff's dihedral group D5: the check that every Aadhaar number passes.
_TIMES = (
    "0123456789 1234067895 2340178956 3401289567 4012395678"
    " 5987604321 6598710432 7659821043 8765932104 9876543210"
).split()
_PERMUTE = (
    "0123456789 1576283094 5803796142 8916043527"
    " 9453126870 4286573901 2793806415 7046913258"
).split()


def sensitive_header(header: str) -> Sensitive | None:
    """Return what a column of this name holds that must not come in."""
    if _AC_WITH_SLASH.search(header):  # "AC no" without it is a constituency
        return Sensitive.BANK
    key = fold(header)
    kind = equal_to(key, SENSITIVE_WORDS) or holding(key, SENSITIVE_WORDS)
    return Sensitive(kind) if kind else None


def sensitive_values(values: Sequence[str]) -> Sensitive | None:
    """Return what a column with these (plain, filled) values holds, if it may not."""
    if len(values) < _ENOUGH_VALUES:
        return None
    for kind, words in SENSITIVE_VALUES.items():
        known = sum(1 for value in values if fold(value) in words)
        if known >= len(values) * _WORDS_SHARE:
            return Sensitive(kind)
    if _looks_like_aadhaar(values):
        return Sensitive.AADHAAR
    if _share(values, EPIC.match) >= _PATTERN_SHARE:
        return Sensitive.EPIC
    if _share(values, IFSC.match) >= _PATTERN_SHARE:
        return Sensitive.BANK
    if _share(values, _ACCOUNT.match) >= _WORDS_SHARE:
        return Sensitive.BANK
    return None


def sensitive_cell(value: str) -> bool:
    """Return whether some text holds an identity card's or bank's number."""
    plain = unicodedata.normalize("NFKC", value)
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in plain)
    return bool(_INSIDE.search(plain)) or any(
        is_aadhaar(found) for found in _TWELVE_INSIDE.findall(plain)
    )


def is_aadhaar(value: str) -> bool:
    """Return whether `value` is twelve digits that pass the Verhoeff check."""
    if not TWELVE_DIGITS.match(value):
        return False
    return verhoeff_holds(re.sub(r"\D", "", value))


def verhoeff_holds(digits: str) -> bool:
    """Return whether the last of `digits` is the check digit of the others."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_TIMES[check][int(_PERMUTE[place % 8][int(digit)])])
    return check == 0


def _looks_like_aadhaar(values: Sequence[str]) -> bool:
    if _share(values, _MASKED_TWELVE.match) >= _PATTERN_SHARE:
        return True
    # One in ten of any twelve digits passes by chance: so ask for half.
    twelve = [value for value in values if TWELVE_DIGITS.match(value)]
    return (
        len(twelve) >= max(_ENOUGH_VALUES, len(values) * _PATTERN_SHARE)
        and _share(twelve, is_aadhaar) >= _PATTERN_SHARE
    )


def _share(values: Sequence[str], test: _Test) -> float:
    return sum(1 for value in values if test(value)) / len(values)
