"""One trial call: what is known of it, and its walk through the flow.

The flow runner is the one that serves voters. What stands around it is trial_line's:
nothing of it is kept, and nobody is joined.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.controller.flow_runner import FlowRunner
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Line
from ivr.controller.trial_line import TrialGate, TrialMemory, WatchedLine
from ivr.core.access import UserId
from ivr.core.call import Call, CallEvent
from ivr.core.flow_model import Clip
from ivr.core.flow_trial import TRIAL_FIELDS, Given, Heard, own_name, whole_flow
from ivr.core.model import Answer, CallId, Campaign, Due, Telecaller, Trunk
from ivr.core.trial_call import NOWHERE, Phase, TrialCall, Wanted

IN_THE_HOUSE = Trunk(NOWHERE, "")
# The invented person is of no district: what is said of it is this.
_DISTRICTS: Mapping[str, str] = {"": TRIAL_FIELDS["district_name"]}


@dataclass(slots=True)
class LiveTrial:
    user_id: UserId
    whose: Telecaller
    wanted: Wanted
    due: Due
    campaign: Campaign
    view: TrialCall
    trunk: Trunk = IN_THE_HOUSE
    is_up: bool = False
    is_stopped: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def trial_id(self) -> str:
        return self.view.trial_id

    @property
    def is_over(self) -> bool:
        return self.view.phase is Phase.OVER

    def tell(self, **changes: Any) -> None:
        """Change what the page is shown, and let whoever waits look."""
        self.view = replace(self.view, step=self.view.step + 1, **changes)
        self.changed.set()
        self.changed = asyncio.Event()

    def said(self, node: str, clips: tuple[Clip, ...]) -> None:
        """A node speaks, or asks."""
        name = own_name(self.wanted.flow, node)
        self.tell(node=name, heard=(*self.view.heard, Heard(name, clips)))

    def answered(self, answer: Answer) -> None:
        node = own_name(self.wanted.flow, str(answer.node))
        meaning = answer.meaning
        given = Given(node, answer.kind, answer.value, answer.accepted, meaning)
        self.tell(answers=(*self.view.answers, given))

    def noted(self, note: str) -> None:
        self.tell(notes=(*self.view.notes, note))


async def walk(trial: LiveTrial, line: Line, clock: Clock) -> None:
    """Take whoever is on the line through the flow. Raises CallerHungUp, SwitchGone."""
    live = _live_call(trial, clock)
    memory = TrialMemory(trial.answered, trial.noted)
    is_free = trial.wanted.telecaller_is_free
    gate = TrialGate(clock, is_free=is_free, on_said=trial.said)
    runner = FlowRunner(
        memory,
        clock,
        connect=gate.connect,
        offers=gate,
        on_opt_out=memory.opt_out,
        district_names=_DISTRICTS,
    )
    await runner.run(live, WatchedLine(line, live, trial.said))


def _live_call(trial: LiveTrial, clock: Clock) -> LiveCall:
    """Return what the runner walks by: no attempt of the store's."""
    flow, contact, now = whole_flow(trial.wanted.flow), trial.due.contact, clock.now()
    call = Call(
        call_id=CallId(trial.trial_id),
        campaign_id=trial.campaign.campaign_id,
        contact_id=contact.contact_id,
        number=contact.number,
        caller_id=trial.campaign.caller_id,
        trunk=trial.trunk.name,
        flow_id=flow.flow_id,
        flow_version=flow.version,
        attempt_no=0,
        placed_at=now,
    )
    live = LiveCall(call, trial.due, trial.campaign, flow, trial.trunk)
    live.apply(CallEvent.ANSWERED, now)
    return live
