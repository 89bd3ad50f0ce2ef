"""A scene for `bench live`: who is called, who talks, how long. Pure, seeded.

The virtual carrier plays it and the forecast draws from it: one set of numbers.
`speed` shortens what people do (ringing, talks, wrap-ups); the two seconds of
patience and the ring timeout stay as long as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ivr.core.model import PhoneNumber
from ivr.simulation.population import Character, Kind, Rates, Spread, Work

# 35 of 100 calls reach a person; the rest as a list of some age has them.
KINDS: Mapping[Kind, float] = {
    Kind.PERSON: 0.35,
    Kind.RINGS_OUT: 0.30,
    Kind.BUSY: 0.15,
    Kind.SWITCHED_OFF: 0.12,
    Kind.DECLINED: 0.05,
    Kind.UNALLOCATED: 0.03,
}
# Everybody listens, and waits longer than we may let them.
PATIENT = {"patient": Character(1.0, silent=1.0, press=0.0)}
RING_TIMEOUT_S = 15.0  # the shortest that the law allows


@dataclass(frozen=True, slots=True)
class Scene:
    """Lengths in seconds, as they are played (already shortened)."""

    telecallers: int
    minutes: float
    speed: float
    seed: int
    patience_s: float = 2.0
    rates: Rates = field(default_factory=Rates)
    work: Work = field(default_factory=Work)

    def number(self, index: int) -> PhoneNumber:
        return PhoneNumber(f"+9198{27_000_000 + index:08d}")

    @property
    def people(self) -> int:
        """Enough for the whole time, whatever the policy."""
        talk_s = self.work.talk.typical_s + self.work.wrap_up.typical_s
        talks = self.telecallers * self.minutes * 60 / talk_s
        return round(200 + 1.5 * talks / KINDS[Kind.PERSON])


def scene(telecallers: int, minutes: float, speed: float, seed: int) -> Scene:
    """Return short talks of pacing's reference table: about 25 s and 5 s wrap-up."""
    rates = replace(
        Rates(),
        kinds=KINDS,
        early_media=0.0,
        characters=PATIENT,
        pick_up=_faster(Spread(8.0, 2.0, 25.0, sigma=0.5), speed),
        refusal=_faster(Spread(2.0, 0.5, 6.0, sigma=0.5), speed),
        ends_talk=0.0,  # the telecaller ends it
        hold_patience=Spread(30.0, 20.0, 60.0),
        wants_callback=0.5,
    )
    work = Work(
        talk=_faster(Spread(22.0, 4.0, 120.0, sigma=0.5), speed),
        wrap_up=_faster(Spread(4.5, 1.0, 15.0, sigma=0.4), speed),
        pauses=0.0,
    )
    return Scene(telecallers, minutes, speed, seed, rates=rates, work=work)


def _faster(spread: Spread, speed: float) -> Spread:
    return Spread(
        spread.typical_s / speed,
        spread.low_s / speed,
        spread.high_s / speed,
        spread.sigma,
    )


def as_settings(one: Scene) -> dict[str, Any]:
    """Return the scene as config/simulation.yaml has it."""
    names = ("pick_up", "refusal", "hold_patience")
    characters = {
        name: {"weight": c.weight, "press": c.press, "silent": c.silent}
        for name, c in one.rates.characters.items()
    }
    return {
        "seed": one.seed,
        "rates": {
            "kinds": {kind.value: share for kind, share in one.rates.kinds.items()},
            "characters": characters,
            "early_media": one.rates.early_media,
            "ends_talk": one.rates.ends_talk,
            "wants_callback": one.rates.wants_callback,
            **{name: asdict(getattr(one.rates, name)) for name in names},
        },
        "work": {
            "talk": asdict(one.work.talk),
            "wrap_up": asdict(one.work.wrap_up),
            "pauses": one.work.pauses,
        },
        "keep_sound": 0.0,
    }
