"""Centres, telecallers and geography: YAML files into frozen values.

Every key is checked and an unknown one refused. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ivr.core.model import (
    Centre,
    CentreCode,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TransferNumber,
)
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.settings.checked import Strict, read_yaml

Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")]
CENTRE = r"^[A-Z0-9]{1,8}(\.[A-Z0-9]{1,8})*$"
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


@dataclass(frozen=True, slots=True)
class District:
    """A revenue district: where the law looks, and what people call it."""

    code: str  # SEH
    division: str  # BPL
    name_hi: str
    name_en: str
    std: str  # with the leading 0: 07562
    constituencies: tuple[int, ...]  # assembly seats
    population_k: int  # weights for invented data, no official count
    electors: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemeTag:
    tag: str
    level: str  # centre or state
    name_hi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Geography:
    state: str
    timezone: str
    districts: tuple[District, ...]
    scheme_tags: tuple[SchemeTag, ...]


def load_centres(path: Path) -> list[Centre]:
    """Return the tree as a list, parents before children."""
    file = read_yaml(path, _CentresFile)
    centres = [c for root in file.centres for c in _flatten(root, None)]
    _refuse_repeats(path, "centre", [c.code for c in centres])
    return centres


def load_telecallers(path: Path) -> list[Telecaller]:
    """Return the telecallers; no two share an id or a softphone."""
    rows = read_yaml(path, _TelecallersFile).telecallers
    _refuse_repeats(path, "telecaller id", [row.id for row in rows])
    _refuse_repeats(path, "address", [row.address for row in rows])
    return [
        Telecaller(
            telecaller_id=TelecallerId(row.id),
            name=row.name,
            centre=CentreCode(row.centre),
            address=row.address,
            languages=row.languages,
            skills=row.skills,
            mobile=_subscriber(path, row.id, row.mobile) if row.mobile else None,
        )
        for row in rows
    ]


def load_in_charges(path: Path) -> list[Telecaller]:
    """Return who may listen to telecallers: they have a softphone, and no desk."""
    file = read_yaml(path, _TelecallersFile)
    ids = [row.id for row in file.telecallers] + [row.id for row in file.in_charges]
    _refuse_repeats(path, "id", ids)
    addresses = [row.address for row in file.telecallers]
    addresses += [row.address for row in file.in_charges]
    _refuse_repeats(path, "address", addresses)
    return [
        Telecaller(
            telecaller_id=TelecallerId(row.id),
            name=row.name,
            centre=CentreCode(row.centre),
            address=row.address,
            mobile=_subscriber(path, row.id, row.mobile) if row.mobile else None,
        )
        for row in file.in_charges
    ]


def load_transfer_numbers(path: Path) -> list[TransferNumber]:
    """Return the numbers that voters may be handed to; none without the file."""
    if not path.exists():
        return []
    rows = read_yaml(path, _TransferFile).numbers
    _refuse_repeats(path, "id", [row.id for row in rows])
    return [
        TransferNumber(
            number_id=row.id,
            name=row.name,
            number=_subscriber(path, row.id, row.number),
            centres=tuple(CentreCode(code) for code in row.centres),
        )
        for row in rows
    ]


def _subscriber(path: Path, whose: str, text: str) -> PhoneNumber:
    """Return a number that may be dialled at all: no service, no emergency."""
    number = parse_number(text)
    if isinstance(number, NumberProblem):
        raise BadInput(
            f"{whose}: {text!r} cannot be dialled",
            where=str(path),
            remedy=number.remedy.en,
        )
    return number


def load_geography(path: Path) -> Geography:
    """Return districts and scheme tags, as contact lists and samples need them."""
    file = read_yaml(path, _GeographyFile)
    _refuse_repeats(path, "district", [row.code for row in file.districts])
    _refuse_repeats(path, "scheme tag", [row.tag for row in file.scheme_tags])
    return Geography(
        state=file.state.code,
        timezone=file.state.timezone,
        districts=tuple(_district(path, row) for row in file.districts),
        scheme_tags=tuple(
            SchemeTag(row.tag, row.level, row.name_hi, row.name_en)
            for row in file.scheme_tags
        ),
    )


class _CentreRow(Strict):
    code: Code
    name_hi: str
    name_en: str
    centres: tuple[_CentreRow, ...] = ()


class _CentresFile(Strict):
    centres: tuple[_CentreRow, ...]


class _TelecallerRow(Strict):
    id: Slug
    name: str
    centre: str = Field(pattern=CENTRE)
    address: Slug
    languages: tuple[str, ...] = ("hi",)
    skills: tuple[Slug, ...] = ()
    mobile: str = ""


class _InChargeRow(Strict):
    id: Slug
    name: str
    centre: str = Field(pattern=CENTRE)
    address: Slug
    mobile: str = ""


class _TelecallersFile(Strict):
    telecallers: tuple[_TelecallerRow, ...]
    in_charges: tuple[_InChargeRow, ...] = ()


class _TransferRow(Strict):
    id: Slug
    name: str
    number: str
    centres: tuple[Annotated[str, Field(pattern=CENTRE)], ...] = ()


class _TransferFile(Strict):
    numbers: tuple[_TransferRow, ...] = ()


class _StateRow(Strict):
    code: Code
    name_hi: str
    name_en: str
    timezone: str
    assembly_seats: int


class _DistrictRow(Strict):
    code: Code
    division: Code
    name_hi: str
    name_en: str
    std: str = Field(pattern=r"^0\d{2,5}$")
    ac: str
    population_k: int = Field(gt=0)
    electors: int = Field(gt=0)
    aliases: tuple[str, ...] = ()


class _TagRow(Strict):
    tag: Slug
    level: str = Field(pattern="^(centre|state)$")
    name_hi: str
    name_en: str


class _GeographyFile(Strict):
    state: _StateRow
    districts: tuple[_DistrictRow, ...]
    scheme_tags: tuple[_TagRow, ...]


def _flatten(row: _CentreRow, parent: CentreCode | None) -> Iterator[Centre]:
    code = CentreCode(f"{parent}.{row.code}" if parent else row.code)
    yield Centre(code, row.name_hi, row.name_en, parent)
    for child in row.centres:
        yield from _flatten(child, code)


def _district(path: Path, row: _DistrictRow) -> District:
    return District(
        code=row.code,
        division=row.division,
        name_hi=row.name_hi,
        name_en=row.name_en,
        std=row.std,
        constituencies=_seats(path, row),
        population_k=row.population_k,
        electors=row.electors,
        aliases=row.aliases,
    )


def _seats(path: Path, row: _DistrictRow) -> tuple[int, ...]:
    """Read "68-70,73": ranges and single seats."""
    seats: list[int] = []
    try:
        for part in row.ac.split(","):
            first, _, last = part.strip().partition("-")
            seats.extend(range(int(first), int(last or first) + 1))
    except ValueError as exc:
        raise BadInput(
            f'"{row.ac}" is no list of seats',
            where=f"{path}: district {row.code}",
            remedy='write it like "68-70,73"',
        ) from exc
    return tuple(seats)


def _refuse_repeats(path: Path, what: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise BadInput(
                f"{what} {value} is there twice",
                where=str(path),
                remedy="rename or remove one of them",
            )
        seen.add(value)
