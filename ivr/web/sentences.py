"""Finds the Hindi of an English sentence that is finished: a refusal, fault or reason.

The rooms inside write their sentences in English, with the names, numbers and words of
the moment already in them, and know no language. The catalogues locale/*/refusals_*.po
have each as it stands in the source, with its places: `the draft has no revision
{revision}`. Here a finished sentence is laid beside them; what fills a place is kept as
it is, or is a sentence of its own and put into Hindi too. Of several ways to read it,
the one in which the most text is known is taken. What nobody knows has no Hindi.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from string import Formatter

LONGEST = 1000  # letters; nothing longer is a sentence of ours
# Whoever writes a value may write it so that it could be read in many ways.
MOST_TRIES = 150
DEEPEST = 5  # a sentence in a sentence in a sentence
MOST_SPLITS = 4  # places at which a sentence is taken apart
# With so little text of its own a sentence would fit many: its places hold one word,
# or a sentence that is known.
FEW_LETTERS = 8
ENDS = 4  # letters by which the sentences are kept apart


@dataclass(frozen=True)
class Template:
    """A sentence with places, and its Hindi with the same ones."""

    english: str
    hindi: str

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the texts before, between and after the places; and the places."""
        texts, places = [""], []
        for text, place, _, _ in Formatter().parse(self.english):
            texts[-1] += text
            if place is not None:
                places.append(place)
                texts.append("")
        return tuple(texts), tuple(places)

    @property
    def places(self) -> tuple[str, ...]:
        return self.parts[1]

    @cached_property
    def size(self) -> int:
        return sum(map(len, self.parts[0]))

    @cached_property
    def says_little(self) -> bool:
        letters = sum(one.isalnum() for text in self.parts[0] for one in text)
        return bool(self.places) and letters < FEW_LETTERS

    def values(self, sentence: str) -> tuple[str, ...] | None:
        """Return what fills the places of a finished sentence; None: it is another."""
        first, *between = self.parts[0]
        if not between:
            return () if sentence == first else None
        last = between.pop()
        if not sentence.startswith(first) or not sentence.endswith(last):
            return None
        at, end, found = len(first), len(sentence) - len(last), []
        for text in between:
            following = sentence.find(text, at, end)
            if following < 0:
                return None
            found.append(sentence[at:following])
            at = following + len(text)
        return (*found, sentence[at:end]) if at <= end else None


class Sentences:
    """The sentences of one language, and how a finished one is found among them.

    `words` are the screens' own: a state of a desk is told as there.
    """

    def __init__(
        self,
        catalogue: Mapping[str, str] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self._words = dict(words or {})
        self._by_begin: dict[str, list[Template]] = defaultdict(list)
        self._by_end: dict[str, list[Template]] = defaultdict(list)
        for english, own in (catalogue or {}).items():
            self._add(Template(english, own))
        self.find = lru_cache(maxsize=4096)(self._find)

    def _add(self, one: Template) -> None:
        first, last = one.parts[0][0], one.parts[0][-1]
        if not one.places:
            self._words[first] = one.hindi.format()
        elif len(first) >= ENDS:
            self._by_begin[first[:ENDS]].append(one)
        else:
            self._by_end[last[-ENDS:] if len(last) >= ENDS else ""].append(one)

    def _find(self, sentence: str) -> str | None:
        """Return a finished English sentence in this language; None: not known."""
        found = _Search(self).look_up(sentence, 0)
        return found.text if found else None

    def word(self, sentence: str) -> str | None:
        """Return a sentence without places."""
        return self._words.get(sentence)

    def fitting(self, sentence: str) -> list[tuple[Template, tuple[str, ...]]]:
        """Return the templates that a sentence can be, with what fills their places;
        those that say most before."""
        near = chain(
            self._by_begin.get(sentence[:ENDS], ()),
            self._by_end.get(sentence[-ENDS:], ()),
            self._by_end.get("", ()),
        )
        found = [(one, values) for one in near if (values := one.values(sentence))]
        return sorted(found, key=lambda pair: -pair[0].size)


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    known: int  # letters of the English that were known


class _Search:
    """One sentence being looked for: each piece of it once, and not for ever."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences
        self._seen: dict[str, _Found | None] = {}

    def look_up(self, said: str, depth: int) -> _Found | None:
        if not said or len(said) > LONGEST or depth > DEEPEST:
            return None
        word = self._sentences.word(said)
        if word is not None and (depth == 0 or said[0].islower() or " " in said):
            return _Found(word, len(said))
        if said not in self._seen and len(self._seen) < MOST_TRIES and " " in said:
            self._seen[said] = None
            self._seen[said] = self._best(said, depth)
        return self._seen.get(said)

    def _best(self, said: str, depth: int) -> _Found | None:
        ways: list[_Found] = []
        for one, values in self._sentences.fitting(said):
            if (found := self._filled(one, values, depth)) is not None:
                ways.append(found)
                if not any(" " in value for value in values):
                    return found  # nothing is left to be read in another way
        return max(
            [*ways, *self._in_pieces(said, depth)],
            key=lambda found: found.known,
            default=None,
        )

    def _filled(
        self, one: Template, values: tuple[str, ...], depth: int
    ) -> _Found | None:
        own, known = [], one.size
        for value in values:
            found = self.look_up(value, depth + 1)
            if found is None and one.says_little and len(value.split()) != 1:
                return None
            own.append(found.text if found else value)
            known += found.known if found else 0
        filled = dict(zip(one.places, own, strict=True))
        return _Found(one.hindi.format(**filled), known)

    def _in_pieces(self, said: str, depth: int) -> Iterator[_Found]:
        """Yield `where: wrong (remedy)` and `this; that` with what of it is known."""
        for between, end in ((" (", ")"), ("; ", ""), (": ", "")):
            if not said.endswith(end):
                continue
            for first, second in _splits(said.removesuffix(end), between):
                one = self.look_up(first, depth + 1)
                other = self.look_up(second, depth + 1)
                known = [found.known for found in (one, other) if found]
                if not known:
                    continue
                own = one.text if one else first, other.text if other else second
                yield _Found(
                    f"{own[0]}{between}{own[1]}{end}",
                    sum(known) + (len(between) if len(known) == 2 else 0),
                )


def _splits(said: str, between: str) -> Iterator[tuple[str, str]]:
    at = said.find(between)
    for _ in range(MOST_SPLITS):
        if at < 0:
            return
        yield said[:at], said[at + len(between) :]
        at = said.find(between, at + 1)
