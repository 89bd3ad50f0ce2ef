"""A talk in progress: the core's value, and who waits for it to change."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ivr.core.talk import PartyId, Talk, TalkEvent, advance


@dataclass(slots=True)
class LiveTalk:
    talk: Talk
    version: int = 0  # grows with every event
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    lost_s: float = 0.0  # when their telecaller's leg died; the clock's steady_s
    # Whose next parting is no end: they are called back, or joined anew.
    rejoining: set[PartyId] = field(default_factory=set)

    def apply(
        self,
        event: TalkEvent,
        *,
        who: PartyId | None = None,
        is_outside: bool = False,
        is_cold: bool = False,
    ) -> Talk:
        """Move the talk; return it as it was. Raises UnexpectedEvent.

        Who waits for `changed` is told when the legs have followed.
        """
        before = self.talk
        self.talk = advance(
            before, event, who=who, is_outside=is_outside, is_cold=is_cold
        )
        self.version += 1
        return before

    def has(self, party: PartyId) -> bool:
        return party in (self.talk.party, self.talk.partner)
