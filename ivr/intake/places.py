"""What lists say about places, schemes and languages, turned into our codes.

Spelling varies: nukta, chandrabindu, half letters, Latin. Names are folded until the
variants meet, never guessed: a wrong district would put a person under wrong laws.
It must not read files; the caller brings the names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Half ङ ञ ण न म before a consonant is what others write as anusvara.
_HALF_NASAL = re.compile("[ङञणनम]\u094d(?=[क-ह])")
_SIGNS = re.compile("[\u093c\u200c\u200d]")  # nukta, joiners
_CHANDRABINDU = "\u0901", "\u0902"
_SHORT_VOWELS = str.maketrans({"ी": "ि", "ू": "ु", "ई": "इ", "ऊ": "उ", "ण": "न"})
_LATIN_FOLDS = (
    (re.compile(r"(?<=[bcdgjkpstr])h+"), ""),  # Chindwara is Chhindwara
    (re.compile("ee"), "i"),
    (re.compile("oo|ou"), "u"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile("iya"), "ia"),
    (re.compile("w"), "v"),
    (re.compile("y$"), "i"),
    (re.compile("e$"), ""),
)
_NOT_A_LETTER = re.compile(r"[^\w\u0900-\u097f]+|_")
_DISTRICT_WORDS = re.compile(
    r"\(.*?\)|,.*$|^\s*(?:जिला|ज़िला|ज़िला|district|distt?\.?|zila|jila)\s*[-:]?\s*"
    r"|\s+(?:जिला|ज़िला|ज़िला|district|distt?\.?)\s*$",
    re.IGNORECASE,
)
_SCHEME_WORDS = re.compile(
    r"मुख्यमंत्री|प्रधानमंत्री|पीएम|सीएम|योजना|mukhyamantri|mukhya mantri|pradhan ?mantri"
    r"|yojana|yojna|scheme|\bpm\b|\bcm\b|\(|\)|\bmission\b|मिशन",
    re.IGNORECASE,
)
_SCHEME_SEPARATORS = re.compile(r"[,;|/।\n+&]+")
_SEEN_LIMIT = 10_000  # wordings of schemes that are remembered
_SCHEME_LETTERS = 5  # fewer would fit too many
LANGUAGES = {
    "hi": ("hi", "hin", "hindi", "हिंदी", "हिन्दी"),
    "en": ("en", "eng", "english", "अंग्रेजी", "अंग्रेज़ी", "इंग्लिश"),
    "gu": ("gu", "gujarati", "गुजराती"),
    "mr": ("mr", "marathi", "मराठी"),
    "ur": ("ur", "urdu", "उर्दू"),
}


@dataclass(frozen=True, slots=True)
class District:
    """A district as the import knows it."""

    code: str
    name_hi: str
    centre: str | None  # which centre serves it
    names: tuple[str, ...]  # every way to write it


@dataclass(frozen=True, slots=True)
class Places:
    """Names to codes. Made once from the configuration with `Places.known`."""

    districts: Mapping[str, District] = field(default_factory=dict)  # by folded name
    schemes: Mapping[str, str] = field(default_factory=dict)  # folded name -> tag
    by_code: Mapping[str, District] = field(default_factory=dict)
    _seen: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def known(
        cls, districts: Iterable[District], schemes: Mapping[str, Iterable[str]]
    ) -> Places:
        """Return the places with all their `names`; schemes: tag -> its names."""
        by_name: dict[str, District] = {}
        districts = list(districts)
        for district in districts:
            for name in (district.code, *district.names):
                by_name.setdefault(fold(name), district)
        tags: dict[str, str] = {}
        for tag, names in schemes.items():
            for name in (tag, *names):
                tags.setdefault(fold(name), tag)
                tags.setdefault(_fold_scheme(name), tag)
        return cls(by_name, tags, {d.code: d for d in districts})

    def district(self, written: str) -> District | None:
        """Return the district that is meant, or None when that is not certain."""
        return self.districts.get(fold(written)) or self.districts.get(
            fold(_DISTRICT_WORDS.sub("", written))
        )

    def scheme_tags(self, written: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the tags in a cell, and the names in it that no tag has."""
        tags: dict[str, None] = {}
        unknown: list[str] = []
        for part in filter(None, map(str.strip, _SCHEME_SEPARATORS.split(written))):
            tag = self._scheme(part)
            if tag:
                tags[tag] = None
            else:
                unknown.append(part)
        return tuple(tags), tuple(unknown)

    def _scheme(self, written: str) -> str | None:
        if written in self._seen:
            return self._seen[written]
        tag = self._scheme_by_name(written)
        if len(self._seen) < _SEEN_LIMIT:
            self._seen[written] = tag
        return tag

    def _scheme_by_name(self, written: str) -> str | None:
        for key in (fold(written), _fold_scheme(written)):
            tag = self.schemes.get(key) or self._scheme_like(key)
            if tag:
                return tag
        return None

    def _scheme_like(self, key: str) -> str | None:
        """Return the one scheme of which `key` is the start, or a longer wording."""
        if len(key) < _SCHEME_LETTERS:
            return None
        like = {
            tag
            for name, tag in self.schemes.items()
            if name.startswith(key) or (len(name) >= _SCHEME_LETTERS and name in key)
        }
        return like.pop() if len(like) == 1 else None


def fold(name: str) -> str:
    """Return what all spellings of `name` have in common."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = unicodedata.normalize("NFD", text)
    text = _SIGNS.sub("", text).replace(*_CHANDRABINDU)
    text = _HALF_NASAL.sub("\u0902", text).translate(_SHORT_VOWELS)
    text = _NOT_A_LETTER.sub("", text)
    for pattern, shorter in _LATIN_FOLDS if text.isascii() else ():
        text = pattern.sub(shorter, text)
    return text


def language_code(written: str) -> str:
    """Return the language's code; Hindi when nothing, or nothing known, is written."""
    return _LANGUAGE_BY_NAME.get(fold(written), "hi")


def _fold_scheme(name: str) -> str:
    return fold(_SCHEME_WORDS.sub(" ", name)) or fold(name)


_LANGUAGE_BY_NAME = {
    fold(name): code for code, names in LANGUAGES.items() for name in names
}
