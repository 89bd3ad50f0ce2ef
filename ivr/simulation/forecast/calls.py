"""What becomes of a forecast's calls, from the dial to the end. Seeded.

Every call draws all its luck when it is placed, so call n is as lucky whatever the
telecallers, lines or pacing are.
"""

from __future__ import annotations

from random import Random

from ivr.core.model import Disposition
from ivr.core.pacer import Told
from ivr.core.pacing import PATIENCE_S
from ivr.simulation.forecast.floor import Event, Floor
from ivr.simulation.forecast.people import People, Person
from ivr.simulation.forecast.pool import Call, Pool
from ivr.simulation.forecast.scenario import ENDS, Scenario
from ivr.simulation.population import Kind

APOLOGY_S = 8.0  # what an abandoned person hears
SAYS_BUSY = frozenset({Kind.BUSY, Kind.DECLINED})


class Calls(Floor):
    """The lines. Who is called, and when, is `world.World`'s."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(scenario, seed)
        self.lines_up = 0
        self.finished_s: float | None = None  # when everybody was done
        self._rng = Random(f"{seed}:calls")
        self._kinds = tuple(scenario.outcomes)
        self._weights = tuple(scenario.outcomes.values())

    def dial(self, pool: Pool, people: People, person: Person) -> None:
        scenario, rng = self.scenario, self._rng
        self.tally.placed += 1
        self.hour().placed += 1
        # Every call draws all its luck, whatever becomes of it: call n is as lucky
        # whatever the telecallers are.
        kind = rng.choices(self._kinds, self._weights)[0]
        answers_s, refused_s = scenario.pick_up.draw(rng), scenario.refusal.draw(rng)
        talk_s, wrap_s = scenario.talk.draw(rng), scenario.wrap_up.draw(rng)
        wants = rng.random() < scenario.wants
        call = Call(
            self.tally.placed, person, people, self.now_s, talk_s, wrap_s, wants, kind
        )
        rings_s = refused_s
        if kind in (Kind.PERSON, Kind.VOICEMAIL):
            rings_s = answers_s
        if kind is Kind.RINGS_OUT or rings_s >= scenario.ring_timeout_s:
            call.kind, rings_s = Kind.RINGS_OUT, scenario.ring_timeout_s
        pool.ringing[call.number] = self.now_s
        pool.ringing_of[people.centre] += 1
        pool.up += 1
        self.lines_up += 1
        self.tally.most_lines = max(self.tally.most_lines, self.lines_up)
        self.after(rings_s, Event.RESOLVES, (pool, call))

    def resolves(self, what: tuple[Pool, Call]) -> None:
        pool, call = what
        rang_s = self.now_s - pool.ringing.pop(call.number)
        pool.ringing_of[call.people.centre] -= 1
        if call.kind in ENDS:
            told = Told.BUSY if call.kind in SAYS_BUSY else Told.FAILED
            if call.kind is Kind.RINGS_OUT:
                told = Told.NO_ANSWER
            pool.saw(told, rang_s, self.now_s)
            self.over(pool, call, ENDS[call.kind])
            return
        pool.saw(Told.ANSWERED, rang_s, self.now_s)
        pool.in_flow += 1
        if call.kind is Kind.PERSON:
            self.tally.answered += 1
            self.hour().answered += 1
        if self.scenario.greeting_s > 0:
            self.after(self.scenario.greeting_s, Event.GREETED, what)
        else:
            self.greeted(what)

    def greeted(self, what: tuple[Pool, Call]) -> None:
        """The person wants a telecaller, or goes on without; a machine is silent."""
        pool, call = what
        if call.kind is Kind.PERSON and call.wants:
            pool.in_flow -= 1
            self.tally.wanted += 1
            pool.saw(Told.WANTED, 0.0, self.now_s)
            call.wanted_s = self.now_s
            pool.waiting[call.number] = call
            self.serve(pool)
            if call.number in pool.waiting:
                self.after(PATIENCE_S, Event.GIVES_UP, what)
                self.look_again(what)
            return
        self.goes_without(what)

    def goes_without(self, what: tuple[Pool, Call]) -> None:
        """Nobody is wanted: the rest of the flow, and goodbye."""
        pool, call = what
        pool.in_flow -= 1
        pool.saw(Told.NOT_WANTED, 0.0, self.now_s)
        if call.kind is Kind.PERSON:
            call.ends = Disposition.COMPLETED
            pool.counted(False, self.now_s)
        else:
            call.ends = Disposition.SILENT
        self.after(self.scenario.flow_s, Event.LEAVES, what)
        self.ask(pool, self.now_s)

    def gives_up(self, what: tuple[Pool, Call]) -> None:
        pool, call = what
        if pool.waiting.pop(call.number, None) is None:
            return  # somebody took the call
        self.abandon(pool, call)
        self.after(APOLOGY_S, Event.LEAVES, what)
        self.ask(pool, self.now_s)

    def abandon(self, pool: Pool, call: Call) -> None:
        self.tally.abandoned += 1
        self.hour().abandoned += 1
        pool.counted(True, self.now_s)
        call.ends = Disposition.ABANDONED

    def leaves(self, what: tuple[Pool, Call]) -> None:
        pool, call = what
        self.over(pool, call, call.ends)

    def over(self, pool: Pool, call: Call, how: Disposition) -> None:
        """End the call: its line is free, and the person's next turn is known."""
        self.lines_up -= 1
        pool.up -= 1
        self.tally.ended += 1
        self.tally.ends[how.value] += 1
        self.tally.line_s += self.now_s - call.placed_s
        before = sum(call.people.done.values())
        call.people.ended(call.person, how, self.now_s)
        self.hour().done += sum(call.people.done.values()) - before
        if not pool.left and not any(one.left for one in self.pools):
            self.finish()
        else:
            self.ask(pool, self.now_s)

    def finish(self) -> None:
        """Stop the clock: everybody is done."""
        self.finished_s = self.now_s
        for pool in self.pools:
            for since_s in pool.wrapping.values():
                self.tally.busy_s += self.now_s - since_s
