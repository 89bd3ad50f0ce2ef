"""controller.contact_lists.ContactLists in memory, by the same contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ivr.core.list_facts import Barred, Counted, Facets, ListFacts, Segment, Some
from ivr.core.model import CentreCode, Contact, ListName, PhoneNumber

Centres = frozenset[CentreCode] | None


class MemoryLists:
    """Lists and barred numbers that a test puts in."""

    def __init__(self) -> None:
        self.facts: dict[ListName, ListFacts] = {}
        self.people: list[Contact] = []
        self.never: dict[PhoneNumber, Barred] = {}

    async def lists(self, centres: Centres) -> list[ListFacts]:
        found = [await self.one(name, centres) for name in self.facts]
        there = [one for one in found if one is not None]
        there.sort(key=lambda one: one.name)
        return sorted(there, key=lambda one: str(one.imported_at), reverse=True)

    async def one(self, name: ListName, centres: Centres) -> ListFacts | None:
        facts = self.facts.get(name)
        count = len(self._meant(name, Segment(), centres))
        if facts is None or (centres is not None and not count):
            return None
        rows = facts.rows if centres is None else None
        return replace(facts, contacts=count, rows=rows)

    async def facets(
        self, name: ListName, segment: Segment, centres: Centres
    ) -> Facets:
        def but(which: str) -> list[Contact]:
            return self._meant(name, replace(segment, **{which: ""}), centres)

        everybody = self._meant(name, Segment(), centres)
        values = (
            one.fields[segment.field]
            for one in but("value")
            if segment.field in one.fields
        )
        return Facets(
            total=len(self._meant(name, segment, centres)),
            districts=_counted(one.district for one in but("district")),
            schemes=_counted(word for one in but("scheme") for word in one.schemes),
            constituencies=_counted(one.constituency for one in but("constituency")),
            languages=_counted(one.language for one in but("language")),
            fields=tuple(dict.fromkeys(key for one in everybody for key in one.fields)),
            values=_counted(values) if segment.field else (),
        )

    async def sample(
        self, name: ListName, segment: Segment, centres: Centres, some: Some
    ) -> list[Contact]:
        meant = self._meant(name, segment, centres)
        after = [one for one in meant if one.contact_id > some.after]
        return sorted(after, key=lambda one: one.contact_id)[: some.limit]

    async def barred(self, number: PhoneNumber) -> Barred | None:
        return self.never.get(number)

    async def barred_count(self) -> int:
        return len(self.never)

    def _meant(
        self, name: ListName, segment: Segment, centres: Centres
    ) -> list[Contact]:
        return [
            one
            for one in self.people
            if one.list_name == name
            and (centres is None or one.centre in centres)
            and segment.district in ("", one.district)
            and (not segment.scheme or segment.scheme in one.schemes)
            and segment.constituency in ("", one.constituency)
            and segment.language in ("", one.language)
            and segment.value in ("", one.fields.get(segment.field, ""))
        ]


def _counted(values: Iterable[str]) -> Counted:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
