"""One call in progress: the core's value, and what belongs to it while it lives.

`call` is only ever replaced here, between two awaits: asyncio has one thread, so
nothing needs a lock. Decides nothing: `advance` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ivr.controller.live_talk import LiveTalk
from ivr.controller.ports import Line
from ivr.core.call import Call, CallEvent, CallState, advance
from ivr.core.events import SwitchEvent
from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, Due, NodeId, TelecallerId, Trunk


@dataclass(slots=True)
class LiveCall:
    call: Call
    due: Due
    campaign: Campaign
    flow: Flow
    trunk: Trunk
    events: asyncio.Queue[SwitchEvent] = field(default_factory=asyncio.Queue)
    line: Line | None = None
    seq: int = 0  # of the last key or answer kept
    asked_by: TelecallerId | None = None  # preview: who will talk to this voter
    heard: list[tuple[str, str]] = field(default_factory=list)  # (node, meaning)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # set by each event
    flow_task: asyncio.Task[None] | None = None
    callback_at: datetime | None = None  # the voter asked to be called then
    # What the store could not take when it was said; written before the call is closed.
    owed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    is_adopted: bool = False  # begun by a former controller
    untaken: str = ""  # keys pressed while no controller was there
    # The same, when their question was over or none had been heard: they answer none.
    passed_over: tuple[tuple[NodeId, str], ...] = ()
    legs: set[str] = field(default_factory=set)  # who is joined to the voter now
    talk: LiveTalk | None = None  # while a telecaller serves them
    uncertain: bool = False  # nobody knows whether the dial reached the switch

    @property
    def state(self) -> CallState:
        return self.call.state

    def apply(self, event: CallEvent, at: datetime) -> None:
        """Move the call. Raises UnexpectedEvent, changing nothing."""
        self.call = advance(self.call, event, at)
        self.moved.set()
        if self.call.state is CallState.ENDED:
            self.ended.set()

    def note(self, **facts: Any) -> None:
        """Set facts that are not states: the node, counts, causes."""
        self.call = replace(self.call, **facts)
