"""config/simulation.yaml into frozen values, every key checked.

A key that is left out keeps the default of population.Rates; an unknown one is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ivr.core.model import PhoneNumber
from ivr.errors import BadInput
from ivr.simulation.population import (
    Character,
    Do,
    Fixed,
    KeyMode,
    Kind,
    Rates,
    Spread,
    Work,
)

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


@dataclass(frozen=True, slots=True)
class Ports:
    """The carrier's own ports, all on 127.0.0.1."""

    sip: int = 15060
    ami: int = 15038
    agi: int = 14573
    rtp_start: int = 16000
    rtp_end: int = 19999


@dataclass(frozen=True, slots=True)
class Bench:
    """How the load numbers (+91 60000 xxxxx) behave."""

    ring_s: float = 0.2
    key_after_s: float = 1.0
    stay_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Simulation:
    seed: int = 1
    rates: Rates = field(default_factory=Rates)
    work: Work = field(default_factory=Work)
    bench: Bench = field(default_factory=Bench)
    ports: Ports = field(default_factory=Ports)
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    keep_sound: float = 0.1  # the share of calls whose sound is kept as a file
    fixed: Mapping[PhoneNumber, Fixed] = field(default_factory=dict)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Spread(_Model):
    typical_s: Seconds
    low_s: Seconds
    high_s: Seconds
    sigma: Annotated[float, Field(ge=0, le=2)] = 0.5

    @model_validator(mode="after")
    def _in_order(self) -> _Spread:
        if not self.low_s <= self.typical_s <= self.high_s:
            raise ValueError("low_s, typical_s and high_s are not in this order")
        return self


class _Character(_Model):
    weight: Weight
    press: Weight = 1.0
    wrong: Weight = 0.0
    silent: Weight = 0.0
    early: Share = 0.0
    once: Do | None = None
    at_prompts: tuple[int, int] = (1, 3)


class _Rates(_Model):
    kinds: dict[Kind, Weight] | None = None
    early_media: Share | None = None
    key_modes: dict[KeyMode, Weight] | None = None
    characters: dict[str, _Character] | None = None
    pick_up: _Spread | None = None
    refusal: _Spread | None = None
    reaction: _Spread | None = None
    early: _Spread | None = None
    hang_up: _Spread | None = None
    talk: _Spread | None = None
    voicemail: _Spread | None = None
    hold_patience: _Spread | None = None
    speaks: Share | None = None
    ends_talk: Share | None = None
    wants_callback: Share | None = None
    accepts: Share | None = None
    keys: Annotated[str, Field(pattern=r"^[0-9*#]+$")] | None = None
    wrong_keys: Annotated[str, Field(pattern=r"^[0-9*#]+$")] | None = None
    prompts: Annotated[int, Field(ge=1, le=100)] | None = None
    time_compression: Annotated[float, Field(gt=0, le=20)] | None = None


class _Work(_Model):
    talk: _Spread | None = None
    wrap_up: _Spread | None = None
    pause: _Spread | None = None
    pauses: Share | None = None


class _Bench(_Model):
    ring_s: Annotated[float, Field(ge=0, le=30)] = 0.2
    key_after_s: Seconds = 1.0
    stay_s: Seconds = 60.0


class _Ports(_Model):
    sip: int = 15060
    ami: int = 15038
    agi: int = 14573
    rtp_start: int = 16000
    rtp_end: int = 19999


class _Fixed(_Model):
    kind: Kind
    character: str | None = None
    key_mode: KeyMode | None = None
    announcement: bool | None = None


class _File(_Model):
    seed: int = 1
    rates: _Rates = _Rates()
    work: _Work = _Work()
    bench: _Bench = _Bench()
    ports: _Ports = _Ports()
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    keep_sound: Share = 0.1
    fixed: dict[str, _Fixed] = {}


def load_simulation(file: Path) -> Simulation:
    """Read and check the file. Raises BadInput with the key and the remedy."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadInput(f"cannot be read: {exc}", where=str(file)) from exc
    try:
        read = _File.model_validate(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f'key "{key}": {first["msg"]}',
            where=str(file),
            remedy="docs/simulation.md lists every key",
        ) from exc
    rates = Rates(**_given(Rates, read.rates))
    for number, one in read.fixed.items():
        if one.character and one.character not in rates.characters:
            raise BadInput(
                f'key "fixed.{number}": there is no character "{one.character}"',
                where=str(file),
                remedy=f"known: {', '.join(rates.characters)}",
            )
    return _simulation(read, rates)


def _simulation(read: _File, rates: Rates) -> Simulation:
    return Simulation(
        seed=read.seed,
        rates=rates,
        work=Work(**_given(Work, read.work)),
        bench=Bench(**read.bench.model_dump()),
        ports=Ports(**read.ports.model_dump()),
        codecs=read.codecs,
        keep_sound=read.keep_sound,
        fixed={
            PhoneNumber(number): Fixed(**one.model_dump())
            for number, one in read.fixed.items()
        },
    )


def _given(shape: type, read: BaseModel) -> dict[str, Any]:
    """Return the values that were given, as the dataclass wants them."""
    given: dict[str, Any] = {}
    for one in fields(shape):
        value = getattr(read, one.name)
        if value is None:
            continue
        if isinstance(value, _Spread):
            value = Spread(**value.model_dump())
        elif one.name == "characters":
            value = {name: Character(**c.model_dump()) for name, c in value.items()}
        given[one.name] = value
    return given
