"""What the pages ask of the memory about lists and do-not-call, as one Protocol."""

from __future__ import annotations

from typing import Protocol

from ivr.core.list_facts import Barred, Facets, ListFacts, Segment, Some
from ivr.core.model import CentreCode, Contact, ListName, PhoneNumber


class ContactLists(Protocol):
    """`centres`: whose people count; None: all. Raises StoreUnavailable."""

    async def lists(self, centres: frozenset[CentreCode] | None) -> list[ListFacts]:
        """Return the lists that have people of these centres, the latest first."""

    async def one(
        self, name: ListName, centres: frozenset[CentreCode] | None
    ) -> ListFacts | None:
        """Return a list, None when it is not there or has nobody of these centres."""

    async def facets(
        self, name: ListName, segment: Segment, centres: frozenset[CentreCode] | None
    ) -> Facets:
        """Return the counts of a segment, and of each choice beside the others."""

    async def sample(
        self,
        name: ListName,
        segment: Segment,
        centres: frozenset[CentreCode] | None,
        some: Some,
    ) -> list[Contact]:
        """Return some contacts of a segment, the earliest stored first."""

    async def barred(self, number: PhoneNumber) -> Barred | None:
        """Return since when and why a number is never called, None when it may be."""

    async def barred_count(self) -> int: ...
