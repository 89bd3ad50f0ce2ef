"""Who lives behind each number, and what they will do when called. Pure, seeded.

The same seed, number and attempt give the same `Fate`, whoever asks and in
whatever order. Nothing here calls, listens or keeps time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from ivr.core.model import PhoneNumber

T = TypeVar("T")


class Kind(StrEnum):
    """What answers a call to a number, if anything."""

    PERSON = "person"
    VOICEMAIL = "voicemail"  # answers, speaks, presses nothing, hangs up
    BUSY = "busy"  # 486
    RINGS_OUT = "rings_out"  # rings until the caller gives up
    DECLINED = "declined"  # 403: the person pressed the red button
    UNALLOCATED = "unallocated"  # 404: no such number
    INCOMPLETE = "incomplete"  # 484: digits missing
    SWITCHED_OFF = "switched_off"  # 480: off, or out of coverage
    NETWORK_FULL = "network_full"  # 503: no circuit free


# A number that does not exist today does not exist tomorrow either.
PERMANENT = frozenset({Kind.UNALLOCATED, Kind.INCOMPLETE})

# The answer on the wire. Each SIP code has one Q.850 cause that chan_pjsip turns
# into it (proven by tests/acceptance/test_carrier_fates.py).
SIP_CODES: Mapping[Kind, int] = {
    Kind.BUSY: 486,
    Kind.DECLINED: 403,
    Kind.UNALLOCATED: 404,
    Kind.INCOMPLETE: 484,
    Kind.SWITCHED_OFF: 480,
    Kind.NETWORK_FULL: 503,
}

# The recorded words of the network, where it has any.
ANNOUNCEMENTS: Mapping[Kind, str] = {
    Kind.UNALLOCATED: "unallocated",
    Kind.INCOMPLETE: "incomplete",
    Kind.SWITCHED_OFF: "switched_off",
    Kind.NETWORK_FULL: "network_full",
    Kind.BUSY: "busy",
}


class KeyMode(StrEnum):
    """How a key reaches the far end."""

    RFC4733 = "rfc4733"  # telephone-event packets
    INFO = "info"  # SIP INFO
    INBAND = "inband"  # two tones in the speech


class Do(StrEnum):
    """What a person does about one prompt."""

    PRESS = "press"
    WRONG = "wrong"  # a key that no menu offers
    SILENT = "silent"
    OPT_OUT = "opt_out"  # 9
    ASK_PERSON = "ask_person"  # 0
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a person does at one prompt, and when.

    `after_s` runs from the prompt's end, or, `early`, from its beginning.
    `choice` (0 <= x < 1) picks among the keys a prompt offers, for a person who
    understood it; `key` is what is pressed otherwise.
    """

    do: Do
    after_s: float
    early: bool = False
    key: str = ""
    choice: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    character: str
    key_mode: KeyMode
    reactions: tuple[Reaction, ...]  # to the first, second ... prompt
    speaks: bool  # says something after a beep
    speech_choice: float  # which recorded answer
    talk_s: float  # this long with a telecaller, then hangs up ...
    ends_talk: bool  # ... or waits for the telecaller to end it
    hold_patience_s: float  # waiting for a telecaller
    wants_callback: bool  # presses 1 when nobody is free
    accepts: bool  # the telecaller who is offered


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one attempt."""

    kind: Kind
    delay_s: float  # until it is answered or refused
    sip_code: int | None = None
    announcement: str = ""  # early media before the refusal
    voicemail_s: float = 0.0
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A log-normal length: `typical_s` is the median; clipped to low and high."""

    typical_s: float
    low_s: float
    high_s: float
    sigma: float = 0.5

    def draw(self, rng: random.Random) -> float:
        value = rng.lognormvariate(math.log(self.typical_s), self.sigma)
        return min(self.high_s, max(self.low_s, value))


@dataclass(frozen=True, slots=True)
class Character:
    """A way to behave: the weights of what is done at each prompt.

    `at_prompts`: for characters that do one thing once, between these prompts
    (1 is the first); everywhere else they behave by the weights.
    """

    weight: float
    press: float = 1.0
    wrong: float = 0.0
    silent: float = 0.0
    early: float = 0.0  # the share of presses made before the prompt ends
    once: Do | None = None
    at_prompts: tuple[int, int] = (1, 3)


DEFAULT_CHARACTERS: Mapping[str, Character] = {
    "helpful": Character(0.46, press=0.94, wrong=0.03, silent=0.03, early=0.15),
    "hasty": Character(0.14, press=0.97, wrong=0.03, early=0.85),
    "unsure": Character(0.08, press=0.60, wrong=0.25, silent=0.15, early=0.10),
    "quitter": Character(
        0.10, press=1.0, early=0.2, once=Do.HANG_UP, at_prompts=(1, 4)
    ),
    "wants_no_calls": Character(0.06, once=Do.OPT_OUT, at_prompts=(1, 3)),
    "wants_a_person": Character(0.12, once=Do.ASK_PERSON, at_prompts=(1, 4)),
    "mute": Character(0.04, press=0.0, silent=1.0),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Every share and length the population is drawn by (config/simulation.yaml)."""

    kinds: Mapping[Kind, float] = field(
        default_factory=lambda: {
            Kind.PERSON: 0.60,
            Kind.VOICEMAIL: 0.05,
            Kind.BUSY: 0.08,
            Kind.RINGS_OUT: 0.10,
            Kind.DECLINED: 0.03,
            Kind.UNALLOCATED: 0.04,
            Kind.INCOMPLETE: 0.01,
            Kind.SWITCHED_OFF: 0.07,
            Kind.NETWORK_FULL: 0.02,
        }
    )
    early_media: float = 0.5  # of refusals that have an announcement
    key_modes: Mapping[KeyMode, float] = field(
        default_factory=lambda: {
            KeyMode.RFC4733: 0.84,
            KeyMode.INFO: 0.08,
            KeyMode.INBAND: 0.08,
        }
    )
    characters: Mapping[str, Character] = field(
        default_factory=lambda: dict(DEFAULT_CHARACTERS)
    )
    pick_up: Spread = Spread(6.0, 2.0, 18.0)
    refusal: Spread = Spread(1.2, 0.3, 4.0)
    reaction: Spread = Spread(1.1, 0.4, 3.0, sigma=0.45)
    early: Spread = Spread(2.0, 0.8, 6.0)
    hang_up: Spread = Spread(2.5, 0.8, 7.0)
    talk: Spread = Spread(14.0, 5.0, 40.0, sigma=0.4)
    voicemail: Spread = Spread(7.0, 4.0, 15.0, sigma=0.3)
    hold_patience: Spread = Spread(20.0, 6.0, 60.0)
    speaks: float = 0.85  # of people who hear a beep
    ends_talk: float = 0.5  # voters who hang up before the telecaller does
    wants_callback: float = 0.7
    accepts: float = 0.5  # of people who are offered a telecaller
    keys: str = "1123"  # what a person presses without having understood
    wrong_keys: str = "678"
    prompts: int = 20  # nobody listens to more than this
    # Everything above is divided by this, except reaction and early.
    time_compression: float = 1.0


@dataclass(frozen=True, slots=True)
class Fixed:
    """What is not left to chance for one number: for tests, and for showing."""

    kind: Kind
    character: str | None = None
    key_mode: KeyMode | None = None
    announcement: bool | None = None  # early media before the refusal


@dataclass(frozen=True, slots=True)
class Work:
    """How simulated telecallers work."""

    talk: Spread = Spread(12.0, 4.0, 35.0, sigma=0.4)
    wrap_up: Spread = Spread(4.0, 1.5, 10.0, sigma=0.4)
    pause: Spread = Spread(5.0, 3.0, 12.0, sigma=0.3)
    pauses: float = 0.05  # the chance of a pause after a conversation


def fate(
    number: PhoneNumber,
    attempt_no: int,
    seed: int,
    rates: Rates,
    fixed: Fixed | None = None,
) -> Fate:
    """Return what becomes of the `attempt_no`th call to `number`."""
    life = random.Random(f"{seed}:{number}")
    kind = _pick(life, rates.kinds)
    if kind not in PERMANENT and attempt_no > 1:
        life = random.Random(f"{seed}:{number}:{attempt_no}")
        may_be = {k: w for k, w in rates.kinds.items() if k not in PERMANENT}
        kind = _pick(life, may_be or rates.kinds)
    kind = fixed.kind if fixed else kind
    faster = rates.time_compression
    if kind is Kind.PERSON:
        person = _person(life, rates, fixed)
        return Fate(kind, rates.pick_up.draw(life) / faster, person=person)
    if kind is Kind.VOICEMAIL:
        delay = rates.pick_up.draw(life) / faster
        return Fate(kind, delay, voicemail_s=rates.voicemail.draw(life) / faster)
    spoken = life.random() < rates.early_media
    if fixed and fixed.announcement is not None:
        spoken = fixed.announcement
    return Fate(
        kind,
        rates.refusal.draw(life) / faster,
        sip_code=SIP_CODES.get(kind),
        announcement=ANNOUNCEMENTS.get(kind, "") if spoken else "",
    )


def _person(rng: random.Random, rates: Rates, fixed: Fixed | None) -> Person:
    weights = {name: c.weight for name, c in rates.characters.items()}
    name = _pick(rng, weights)
    key_mode = _pick(rng, rates.key_modes)
    if fixed:
        name = fixed.character or name
        key_mode = fixed.key_mode or key_mode
    character = rates.characters[name]
    special = rng.randint(*character.at_prompts) if character.once else 0
    reactions = tuple(
        _special(rng, character.once, rates)
        if character.once and n == special
        else _reaction(rng, character, rates)
        for n in range(1, rates.prompts + 1)
    )
    faster = rates.time_compression
    return Person(
        character=name,
        key_mode=key_mode,
        reactions=reactions,
        speaks=rng.random() < rates.speaks,
        speech_choice=rng.random(),
        talk_s=rates.talk.draw(rng) / faster,
        ends_talk=rng.random() < rates.ends_talk,
        hold_patience_s=rates.hold_patience.draw(rng),
        wants_callback=rng.random() < rates.wants_callback,
        accepts=rng.random() < rates.accepts,
    )


def _reaction(rng: random.Random, character: Character, rates: Rates) -> Reaction:
    weights = {
        Do.PRESS: character.press,
        Do.WRONG: character.wrong,
        Do.SILENT: character.silent,
    }
    do = _pick(rng, weights)
    early = do is not Do.SILENT and rng.random() < character.early
    after_s = (rates.early if early else rates.reaction).draw(rng)
    keys = {Do.PRESS: rates.keys, Do.WRONG: rates.wrong_keys}.get(do, "")
    key = rng.choice(keys) if keys else ""
    return Reaction(do, after_s, early, key, choice=rng.random())


def _special(rng: random.Random, do: Do, rates: Rates) -> Reaction:
    if do is Do.HANG_UP:
        return Reaction(do, rates.hang_up.draw(rng), early=True)
    key = {Do.OPT_OUT: "9", Do.ASK_PERSON: "0"}.get(do, "")
    early = rng.random() < 0.3
    after_s = (rates.early if early else rates.reaction).draw(rng)
    return Reaction(do, after_s, early, key)


def _pick(rng: random.Random, weights: Mapping[T, float]) -> T:
    return rng.choices(list(weights), weights=list(weights.values()))[0]
