"""Telephone numbers as people write them, turned into one we may dial, or refused.

Decides on the text alone; docs/compliance.md names the rules. It must not read files,
and it knows no numbering plan beyond India's: which series are allotted today is a
fact that the caller brings along in `NumberRules`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ivr.core.model import PhoneNumber


class NumberReason(StrEnum):
    """Why a cell holds no number that may be dialled. The values are stable."""

    MISSING = "number_missing"
    NOT_A_NUMBER = "not_a_number"  # letters, or signs where digits belong
    DIGITS_LOST = "digits_lost"  # a spreadsheet rounded it: 9.82712E+09
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    STD_MISSING = "std_missing"  # a landline without its area code
    BAD_START = "bad_start"  # ten digits, but no Indian number starts like this
    BAD_LANDLINE = "bad_landline"  # no subscriber behind that area code
    SAME_DIGITS = "same_digits"  # 9999999999
    STRAIGHT_RUN = "straight_run"  # 9876543210
    NEVER_DIAL = "never_dial"  # emergency, helpline, short code, toll-free
    FOREIGN = "foreign"
    NOT_ALLOTTED = "not_allotted"  # no operator has this series


@dataclass(frozen=True, slots=True)
class Remedy:
    """What the person who made the list can do, in both languages."""

    hi: str
    en: str


REMEDIES: dict[NumberReason, Remedy] = {
    NumberReason.MISSING: Remedy(
        "इस व्यक्ति का मोबाइल नंबर भरें।", "Fill in this person's mobile number."
    ),
    NumberReason.NOT_A_NUMBER: Remedy(
        "खाने में केवल नंबर के अंक लिखें।", "Write only the digits of the number in the cell."
    ),
    NumberReason.DIGITS_LOST: Remedy(
        "एक्सेल ने अंक काट दिए हैं। मूल फ़ाइल में कॉलम का फ़ॉर्मेट Text करें और फिर से सहेजें।",
        "The spreadsheet dropped digits. In the original file format the column as "
        "text, then save it again.",
    ),
    NumberReason.TOO_SHORT: Remedy(
        "नंबर अधूरा है: दस अंक होने चाहिए।",
        "The number is incomplete: ten digits are needed.",
    ),
    NumberReason.TOO_LONG: Remedy(
        "अंक ज़्यादा हैं: दस अंक होने चाहिए। दो नंबर हों तो बीच में / लगाएँ।",
        "Too many digits: ten are needed. Put / between two numbers.",
    ),
    NumberReason.STD_MISSING: Remedy(
        "लैंडलाइन के साथ एसटीडी कोड लिखें, जैसे 0755-2551234।",
        "Write the landline with its STD code, as in 0755-2551234.",
    ),
    NumberReason.BAD_START: Remedy(
        "कोई भारतीय नंबर इस तरह शुरू नहीं होता। नंबर जाँच लें।",
        "No Indian number starts like this. Check the number.",
    ),
    NumberReason.BAD_LANDLINE: Remedy(
        "एसटीडी कोड के बाद का नंबर 2 से 6 तक के अंक से शुरू होता है और कुल दस अंक होते हैं।",
        "After the STD code a landline starts with 2 to 6, and has ten digits in all.",
    ),
    NumberReason.SAME_DIGITS: Remedy(
        "यह भरती का नंबर लगता है। असली नंबर लिखें।",
        "This looks like a filler. Write the person's real number.",
    ),
    NumberReason.STRAIGHT_RUN: Remedy(
        "यह भरती का नंबर लगता है। असली नंबर लिखें।",
        "This looks like a filler. Write the person's real number.",
    ),
    NumberReason.NEVER_DIAL: Remedy(
        "आपातकालीन, हेल्पलाइन और सेवा नंबर पर फ़ोन नहीं किया जाता। व्यक्ति का अपना नंबर लिखें।",
        "Emergency, helpline and service numbers are never dialled. Write the "
        "person's own number.",
    ),
    NumberReason.FOREIGN: Remedy(
        "केवल भारत (+91) के नंबर पर फ़ोन किया जाता है।",
        "Only numbers in India (+91) are dialled.",
    ),
    NumberReason.NOT_ALLOTTED: Remedy(
        "यह नंबर किसी कंपनी को आवंटित नहीं है। नंबर जाँच लें।",
        "No operator has this series of numbers. Check the number.",
    ),
}


@dataclass(frozen=True, slots=True)
class NumberProblem:
    """A refusal, with the reason and what to do about it."""

    reason: NumberReason

    @property
    def remedy(self) -> Remedy:
        """What to do about it."""
        return REMEDIES[self.reason]


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Facts from outside that the judgement needs.

    `std_codes` without the leading 0. `allotted` matches the ten digits of every
    series that an operator has; None: any series will do. `protected` numbers (police
    stations, hospitals ...) are never dialled.
    """

    std_codes: frozenset[str] = frozenset()
    allotted: re.Pattern[str] | None = None
    protected: frozenset[PhoneNumber] = frozenset()


@dataclass(frozen=True, slots=True)
class CellNumbers:
    """What one cell held: the number to dial first, and a second one if it is there."""

    number: PhoneNumber
    alt_number: PhoneNumber | None = None


ANY_SERIES = NumberRules()
SAME_DIGITS_LIMIT = 7
_CIRCLES = "0123456789" * 2, "9876543210" * 2
STRAIGHT_RUNS = frozenset(c[i : i + 10] for c in _CIRCLES for i in range(10))
_SEPARATORS = re.compile(r"[/\\,;|।&\n]+|\s(?:या|एवं|व|or|and)\s", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:tel|phone|ph|mobile|mob|मोबाइल|मो|फ़ोन|फोन)\s*[.:\-]*\s*", re.I
)
_SCIENTIFIC = re.compile(r"^(\d)(?:\.(\d+))?e\+?(\d{1,2})$", re.I)
_DIALLABLE_SIGNS = re.compile(r"^\(?\+?[\d\s\-.()]*$")
_WRITTEN_STD = re.compile(r"^\(?0(\d{2,4})(?:\)[\s\-.]*|[\s\-.]+)([\d\s\-.]+)$")
_SIDE_BY_SIDE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?91[\s-]?|0)?[6-9]\d{4}[\s-]?\d{5}(?!\d)"
)
_TWO_NUMBERS = 20  # digits


def parse_number(
    raw: str, rules: NumberRules = ANY_SERIES
) -> PhoneNumber | NumberProblem:
    """Return the one number written in `raw`, or why there is none to dial."""
    return _judge(_plain(raw), rules)


def parse_cell(
    raw: str, rules: NumberRules = ANY_SERIES
) -> CellNumbers | NumberProblem:
    """Return the number or numbers in one cell of a list.

    The first good one is the number, the second the alternative. When none is good
    the problem is that of the first.
    """
    text = _plain(raw)
    parts = [part for part in (p.strip() for p in _SEPARATORS.split(text)) if part]
    if len(parts) > 1:
        found = [_judge(part, rules) for part in parts]
        # 9,82,71,23,456: a spreadsheet's thousands, not five numbers.
        return _first_two(found) or _single(text.replace(",", ""), rules, found[0])
    whole = _judge(text, rules)
    if not isinstance(whole, NumberProblem):
        return CellNumbers(whole)
    if sum(map(str.isdigit, text)) < _TWO_NUMBERS:
        return whole
    side_by_side = [_judge(m, rules) for m in _SIDE_BY_SIDE.findall(text)]
    return _first_two(side_by_side) or whole


def _first_two(found: list[PhoneNumber | NumberProblem]) -> CellNumbers | None:
    good = list(
        dict.fromkeys(one for one in found if not isinstance(one, NumberProblem))
    )
    if not good:
        return None
    return CellNumbers(good[0], good[1] if len(good) > 1 else None)


def _single(
    text: str, rules: NumberRules, otherwise: PhoneNumber | NumberProblem
) -> CellNumbers | NumberProblem:
    whole = _judge(text, rules)
    if not isinstance(whole, NumberProblem):
        return CellNumbers(whole)
    assert isinstance(otherwise, NumberProblem)  # a good part would have been taken
    return otherwise


def _plain(raw: str) -> str:
    """Return `raw` in ASCII digits, without what is invisible or only wraps it."""
    text = raw if raw.isascii() else "".join(_plain_letters(raw))
    # ="9827123456" and '9827123456 are how people keep a spreadsheet from rounding.
    text = text.strip().removeprefix("=").strip("'\"`’‘ \t\r\n")
    return _LABEL.sub("", text, count=1)


def _plain_letters(raw: str) -> Iterator[str]:
    for letter in unicodedata.normalize("NFKC", raw):
        category = unicodedata.category(letter)
        if category == "Nd":
            yield str(unicodedata.decimal(letter))
        elif category == "Pd" or letter == "\N{MINUS SIGN}":
            yield "-"
        elif category != "Cf":  # zero-width marks, byte order marks, soft hyphens
            yield letter


def _judge(text: str, rules: NumberRules) -> PhoneNumber | NumberProblem:
    """Judge one number in plain text."""
    if text.strip("-.0 \t\r\n") == "":
        return NumberProblem(NumberReason.MISSING)
    scientific = _SCIENTIFIC.match(text)
    if scientific:
        lead, fraction, exponent = scientific.groups(default="")
        if len(fraction) != int(exponent):
            return NumberProblem(NumberReason.DIGITS_LOST)
        text = lead + fraction
    text = re.sub(r"\.0{1,2}$", "", text)
    if not _DIALLABLE_SIGNS.match(text):
        return NumberProblem(NumberReason.NOT_A_NUMBER)
    std = _WRITTEN_STD.match(text)
    if std and std[1] in rules.std_codes:
        return _landline(std[1], re.sub(r"\D", "", std[2]), rules)
    return _national(text, rules)


def _landline(
    std_code: str, subscriber: str, rules: NumberRules
) -> PhoneNumber | NumberProblem:
    # A subscriber never starts with 0, 1, 7, 8 or 9 (docs/compliance.md, numbers).
    if subscriber[0] not in "23456" or len(std_code + subscriber) != 10:
        return NumberProblem(NumberReason.BAD_LANDLINE)
    return _verdict(std_code + subscriber, rules)


def _national(text: str, rules: NumberRules) -> PhoneNumber | NumberProblem:
    """Take off what stands before the national number, then judge that."""
    digits = re.sub(r"\D", "", text)
    abroad = digits if "+" in text else digits[2:] if digits.startswith("00") else None
    if abroad is None:
        if digits.startswith("0"):
            digits = digits[1:]
        if len(digits) == 12 and digits.startswith("91"):
            digits = digits[2:]
    elif abroad.startswith("91"):
        digits = abroad[2:].removeprefix("0")  # +91 (0)755 2551234
    else:
        return NumberProblem(NumberReason.FOREIGN)
    return _verdict(digits, rules)


def _verdict(national: str, rules: NumberRules) -> PhoneNumber | NumberProblem:
    reason = _objection(national, rules)
    if reason:
        return NumberProblem(reason)
    number = PhoneNumber(f"+91{national}")
    return (
        NumberProblem(NumberReason.NEVER_DIAL) if number in rules.protected else number
    )


def _objection(national: str, rules: NumberRules) -> NumberReason | None:
    if len(national) != 10:
        return _wrong_length(national)
    if national in STRAIGHT_RUNS:
        return NumberReason.STRAIGHT_RUN
    if max(map(national.count, set(national))) >= SAME_DIGITS_LIMIT:
        return NumberReason.SAME_DIGITS
    # 1xx, 140, 160, 1800, 1860: services, telemarketers and emergency lines.
    if national[0] == "1":
        return NumberReason.NEVER_DIAL
    if national[0] == "0":
        return NumberReason.BAD_START
    if rules.allotted and not rules.allotted.fullmatch(national):
        return NumberReason.NOT_ALLOTTED
    return None


def _wrong_length(national: str) -> NumberReason:
    if len(national) < 3:
        return NumberReason.TOO_SHORT
    if national[0] == "1" or len(national) <= 6:  # 1800..., 14567, 155260
        return NumberReason.NEVER_DIAL
    if len(national) > 10:
        return NumberReason.TOO_LONG
    # Seven or eight digits from 2 to 6: a subscriber without the area code.
    if len(national) in (7, 8) and national[0] in "23456":
        return NumberReason.STD_MISSING
    return NumberReason.TOO_SHORT
