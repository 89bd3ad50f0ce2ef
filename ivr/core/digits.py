"""Numbers, dates, rupees and digits as the words a person says. Texts only.

Everything is said from a small set of blocks (a word for each number to 99,
the hundreds and lakhs, months, units), so that any amount can be spoken from
recorded sound. `all_block_texts` lists every block there is; the prompt builder
makes them all. Grouping is Indian in both languages: hundred, thousand, lakh,
crore, arab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ivr.core.flow_model import Clip

# Spelled as in the Central Hindi Directorate's standard list (1980).
HINDI_TO_99: tuple[str, ...] = tuple(
    """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ
    दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस
    तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस
    चालीस इकतालीस बयालीस तैंतालीस चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास
    पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ
    साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर
    सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी
    अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सतासी अठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे
    """.split()
)

_ENGLISH_TO_19 = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH_TO_99: tuple[str, ...] = (
    *_ENGLISH_TO_19,
    *(
        ten if unit == 0 else f"{ten} {_ENGLISH_TO_19[unit]}"
        for ten in _ENGLISH_TENS
        for unit in range(10)
    ),
)

TO_99 = {"hi": HINDI_TO_99, "en": ENGLISH_TO_99}

# The value of each counting word, largest first.
SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    "hi": (
        (1_00_00_00_000, "अरब"),
        (1_00_00_000, "करोड़"),
        (1_00_000, "लाख"),
        (1_000, "हज़ार"),
        (100, "सौ"),
    ),
    "en": (
        (1_00_00_00_000, "arab"),
        (1_00_00_000, "crore"),
        (1_00_000, "lakh"),
        (1_000, "thousand"),
        (100, "hundred"),
    ),
}

MONTHS: dict[str, tuple[str, ...]] = {
    "hi": tuple("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()),
    "en": tuple(
        "January February March April May June July August September October "
        "November December".split()
    ),
}

RUPEES = {"hi": ("रुपया", "रुपये"), "en": ("rupee", "rupees")}
PAISE = {"hi": ("पैसा", "पैसे"), "en": ("paisa", "paise")}
MINUS = {"hi": "ऋण", "en": "minus"}

LARGEST = 100 * SCALES["hi"][0][0] - 1  # 99 अरब and the rest


def number_clips(n: int, language: str = "hi") -> tuple[Clip, ...]:
    """Return the blocks that say `n`; more than 99 arab is said digit by digit."""
    if abs(n) > LARGEST:
        return digits_clips(str(abs(n)), language)
    return _blocks(_number_words(n, language), language)


def digits_clips(digits: str, language: str = "hi") -> tuple[Clip, ...]:
    """Return one block for each digit of `digits`; anything else is passed over."""
    words = TO_99[language]
    return _blocks([words[int(d)] for d in digits if d.isdecimal()], language)


def phone_clips(number: str, language: str = "hi") -> tuple[Clip, ...]:
    """Return a telephone number's national digits, without +91."""
    return digits_clips(number.removeprefix("+91"), language)


def date_clips(day: date, language: str = "hi") -> tuple[Clip, ...]:
    """Return day, month and year: चौबीस नवंबर दो हज़ार छब्बीस."""
    words = [
        *_number_words(day.day, language),
        MONTHS[language][day.month - 1],
        *_number_words(day.year, language),
    ]
    return _blocks(words, language)


def rupees_clips(amount: Decimal | int, language: str = "hi") -> tuple[Clip, ...]:
    """Return an amount of money, with paise when there are any."""
    paise = int((Decimal(amount) * 100).to_integral_value(ROUND_HALF_UP))
    sign = -1 if paise < 0 else 1
    whole, rest = divmod(abs(paise), 100)
    clips: tuple[Clip, ...] = ()
    if whole or not rest:
        clips += number_clips(sign * whole, language)
        clips += _blocks([_unit(RUPEES, whole, language)], language)
    if rest:
        clips += number_clips(rest if whole else sign * rest, language)
        clips += _blocks([_unit(PAISE, rest, language)], language)
    return clips


def all_block_texts(language: str) -> list[str]:
    """Return the text of every block of `language`, each once, in a stable order."""
    texts = [
        *TO_99[language],
        *(word for _, word in SCALES[language]),
        *MONTHS[language],
        *RUPEES[language],
        *PAISE[language],
        MINUS[language],
    ]
    return list(dict.fromkeys(texts))


def words_to_number(words: Sequence[str], language: str = "hi") -> int:
    """Return the number that `words`, one block each, say. Raises ValueError."""
    scales = {word: value for value, word in SCALES[language]}
    below_100 = {word: value for value, word in enumerate(TO_99[language])}
    if words and words[0] == MINUS[language]:
        return -words_to_number(words[1:], language)
    total = pending = 0
    for word in words:
        if word in scales:
            total, pending = total + pending * scales[word], 0
        elif word in below_100:
            pending = below_100[word]
        else:
            raise ValueError(f"{word!r} is no number word")
    return total + pending


def _number_words(n: int, language: str) -> list[str]:
    if n < 0:
        return [MINUS[language], *_number_words(-n, language)]
    if n < 100:
        return [TO_99[language][n]]
    words = []
    for value, word in SCALES[language]:
        count, n = divmod(n, value)
        if count:
            words += [TO_99[language][count], word]
    return [*words, TO_99[language][n]] if n else words


def _unit(names: Mapping[str, tuple[str, str]], count: int, language: str) -> str:
    one, many = names[language]
    return one if count == 1 else many


def _blocks(words: Sequence[str], language: str) -> tuple[Clip, ...]:
    return tuple(Clip(language, word, "block") for word in words)
