"""All telecallers leave at once, with 200 calls in flight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.controller.live_call import LiveCall
from ivr.core.flow_model import Flow, Node, NodeKind, Option
from ivr.core.model import Campaign, Disposition, Mode, PacingDecision, TelecallerId
from ivr.core.pacer import Fact, PacingView, Told
from tests.polling import until
from tests.unit.controller.conftest import (
    CAMPAIGN,
    FLOW,
    TRUNK,
    CallCentre,
    call_centre,
    n,
    say,
)

CALLS = 200
SORRY = "क्षमा कीजिए, सभी साथी व्यस्त हैं। वापस कॉल के लिए एक, कॉल न चाहें तो नौ दबाएँ।"
WIDE = replace(TRUNK, calls_per_s=1000, channels=300)
PREDICTIVE = replace(CAMPAIGN, mode=Mode.PREDICTIVE)
# As config/flows/person.yaml has it.
HANDED_OVER: Flow = replace(
    FLOW,
    version="handed-over",
    start=n("person"),
    nodes={
        **FLOW.nodes,
        n("sorry"): Node(
            n("sorry"),
            NodeKind.MENU,
            say=say(SORRY),
            options=(Option("1", "callback", goto=n("call_back")),),
            on_silence=n("bye"),
            retries=0,
        ),
        n("call_back"): Node(
            n("call_back"),
            NodeKind.CALLBACK,
            say=say("हम वापस कॉल करेंगे"),
            next=n("bye"),
        ),
    },
)


@dataclass
class AllAtOnce:
    """Places every call in its first decision, and keeps what it is told."""

    told: list[Told] = field(default_factory=list)
    left: int = CALLS

    async def of(self, campaign: Campaign) -> AllAtOnce:
        return self

    async def save(self) -> None: ...

    def decide(self, view: PacingView) -> PacingDecision:
        dial, self.left = min(self.left, view.tokens), 0
        return PacingDecision(dial, "all at once")

    def saw(self, fact: Fact) -> None:
        self.told.append(fact.told)


async def everybody_leaves(centre: CallCentre) -> list[LiveCall]:
    """Return the calls that ring when the last telecaller has left."""
    await centre.log_in("tc-1", "tc-2")
    await centre.people(CALLS + 50, PREDICTIVE, HANDED_OVER)
    centre.running.dial_loop.braking.begin_with(1000)
    calls = await centre.dialled(CALLS)
    for telecaller in ("tc-1", "tc-2"):
        await centre.running.log_out(TelecallerId(telecaller))
    return calls


async def test_each_of_them_hears_the_apology_may_choose_and_is_counted() -> None:
    pacer = AllAtOnce()
    async with call_centre(WIDE, pacer) as centre:
        calls = await everybody_leaves(centre)
        keys = ["1", "9", ""]
        lines = [
            centre.pick_up(call, keys[place % 3]) for place, call in enumerate(calls)
        ]
        await centre.over()

        assert all(SORRY in str(line.asked[0]) for line in lines)
        assert not any(line.joined for line in lines)
        ended = await centre.store.calls_of(PREDICTIVE.campaign_id)
        assert len(ended) == CALLS
        assert all(call.abandoned for call, _ in ended)
        assert sum(call.callback for call, _ in ended) == 67
        assert sum(call.opted_out for call, _ in ended) == 67
        kinds = {disposition for _, disposition in ended}
        assert kinds <= {
            Disposition.ABANDONED,
            Disposition.CALLBACK,
            Disposition.OPTED_OUT,
        }
        counts = await centre.store.abandonment(
            PREDICTIVE.campaign_id, centre.clock.now()
        )
        assert (counts.answered_30d, counts.abandoned_30d) == (CALLS, CALLS)
        assert pacer.told.count(Told.ABANDONED) == CALLS


async def test_the_campaign_stops_by_itself_and_dials_no_more() -> None:
    pacer = AllAtOnce()
    async with call_centre(WIDE, pacer) as centre:
        calls = await everybody_leaves(centre)
        for call in calls:
            centre.pick_up(call, "")
        await centre.over()
        pacer.left = 50
        centre.clock.move(seconds=6)  # the counts are taken anew
        run = centre.running.dial_loop.run_of(PREDICTIVE.campaign_id)
        assert run is not None
        centre.running.dial_loop.wake()
        await until(lambda: run.because.startswith("abandonment_stop"))
        assert len(centre.switch.dials) == CALLS
