"""Makes lists of invented people, for the demo, for tests and for measuring.

    python config/samples/make_sample.py > config/samples/sample.csv
    python config/samples/make_sample.py --rows 1000000 --seed 7 --out big.csv

Nobody in it exists: names are drawn from names.yaml, numbers from a seeded generator.
A drawn number may belong to somebody all the same, so such a list must only ever be
dialled through the virtual carrier. The same seed gives the same file.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import yaml

HERE = Path(__file__).parent
ROWS, SEED, DIRTY = 10_000, 2026, 0.08
HEADERS = (
    "क्र.",
    "हितग्राही का नाम",
    "Mobile No.",
    "ज़िला",
    "ग्राम / वार्ड",
    "विधानसभा क्र.",
    "योजना",
    "राशि (₹)",
    "आयु",
    "लिंग",
    "भाषा",
    "जाति वर्ग",
    "आधार नं.",
)
NAME, NUMBER, DISTRICT, SCHEME, AGE = 1, 2, 3, 6, 8
# Series that operators have had for long, from 6 to 9.
SERIES = (
    "6260 6261 6263 6264 6265 7000 7024 7049 7222 7415 7566 7692 7898 7974 8085 8109"
    " 8223 8319 8435 8770 8818 8871 8959 8982 9009 9111 9131 9300 9302 9424 9425 9589"
    " 9617 9669 9713 9752 9826 9827 9893 9907 9926 9977 9981 9993"
).split()
VILLAGES_1 = (
    "राम किशन गोपाल शिव हरि देव धन कमल मोहन पिपल बड़ खजू नीम आम सेमल माधो भवानी चंदन केसर"
    " रतन जाम सोन हीरा लाल नया बड़ा छोटा पीपल गंगा नर्मदा"
).split()
VILLAGES_2 = "पुर पुरा गाँव खेड़ी खेड़ा गढ़ नगर टोला वाड़ा पानी पिपरिया कला खुर्द डोंगरी".split()
AMOUNTS = ("", "1250", "1500", "2000", "6000", "1,20,000", "3200")
CASTES = ("सामान्य", "पिछड़ा वर्ग", "अजा", "अजजा")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")

Row = list[str]
Dirt = Callable[[random.Random, Row, list[Row]], None]


def rows(count: int, seed: int, dirty: float = DIRTY) -> Iterator[Row]:
    """Yield `count` invented people, `dirty` of them written badly in some way."""
    rng = random.Random(seed)
    person = _Person(rng)
    recent: list[Row] = []
    for serial in range(1, count + 1):
        row = person.row(serial)
        if rng.random() < dirty:
            rng.choice(DIRTS)(rng, row, recent)
        elif len(recent) < 500 or rng.random() < 0.01:
            recent.append(row)
            recent[:] = recent[-500:]
        yield row


def write(out: TextIO, count: int, seed: int, dirty: float = DIRTY) -> None:
    """Write a list as a spreadsheet would save it, without the byte order mark."""
    sheet = csv.writer(out)
    sheet.writerow(HEADERS)
    sheet.writerows(rows(count, seed, dirty))


class _Person:
    """Draws people, spread over the districts as the population is."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        names = _read(HERE / "names.yaml")
        self._given = {
            "महिला": [n["hi"] for n in names["given"]["women"]],
            "पुरुष": [n["hi"] for n in names["given"]["men"]],
        }
        self._surnames = [n["hi"] for n in names["surnames"]]
        geography = _read(HERE.parent / "geography.yaml")
        self._districts = geography["districts"]
        self._weights = _running_total([d["population_k"] for d in self._districts])
        self._schemes = [(s["name_hi"], s["tag"]) for s in geography["scheme_tags"]]
        self._seats = {d["code"]: _seats(d["ac"]) for d in self._districts}

    def row(self, serial: int) -> Row:
        rng = self._rng
        district = rng.choices(self._districts, cum_weights=self._weights)[0]
        sex = rng.choice(("महिला", "पुरुष"))
        village = rng.choice(VILLAGES_1) + rng.choice(VILLAGES_2)
        schemes = rng.sample(self._schemes, rng.choice((1, 1, 1, 2)))
        spelling = rng.choice((0, 1, 1))  # some write the name, more the tag
        return [
            str(serial),
            f"{rng.choice(self._given[sex])} {rng.choice(self._surnames)}",
            number(rng),
            district["name_hi"],
            village,
            str(rng.choice(self._seats[district["code"]])),
            ", ".join(scheme[spelling] for scheme in schemes),
            rng.choice(AMOUNTS),
            str(min(92, 18 + int(rng.gammavariate(3.0, 8.0)))),
            sex,
            "हिंदी" if rng.random() < 0.98 else "English",
            rng.choice(CASTES),
            f"XXXX XXXX {rng.randrange(10_000):04d}",
        ]


def number(rng: random.Random) -> str:
    """Return an invented mobile number of ten digits."""
    drawn = f"{rng.choice(SERIES)}{rng.randrange(1_000_000):06d}"
    too_alike = max(drawn.count(digit) for digit in "0123456789") >= 7
    return number(rng) if too_alike else drawn


def _another_writing(rng: random.Random, row: Row, _: list[Row]) -> None:
    ten = row[NUMBER]
    row[NUMBER] = rng.choice(
        (
            f"+91 {ten[:5]} {ten[5:]}",
            f"0091{ten}",
            f"91{ten}",
            f"0{ten}",
            f"{ten[:5]}-{ten[5:]}",
            f"{ten[:3]} {ten[3:6]} {ten[6:]}",
            f"({ten[:5]}) {ten[5:]}",
            ten.translate(DEVANAGARI),
            f"{ten}.0",
            f"tel:+91{ten}",
            f"'{ten}",
            f"\u200b{ten[:5]}\u00a0{ten[5:]}",
            f"मो. {ten}",
        )
    )


def _two_numbers(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[NUMBER] += rng.choice(("/", ", ", "; ", " ", "।")) + number(rng)


def _landline(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[NUMBER] = rng.choice(
        ("0755-25{:05d}", "07562-2{:05d}", "(0731) 25{:05d}", "25{:05d}")
    ).format(rng.randrange(100_000))


def _wrong_number(rng: random.Random, row: Row, _: list[Row]) -> None:
    ten = row[NUMBER]
    row[NUMBER] = rng.choice(
        (
            "",
            "-",
            "NA",
            "नहीं है",
            "9.82712E+09",
            ten[:9],
            ten + "1",
            "9999999999",
            "9876543210",
            "1234567890",
            "108",
            "1930",
            "14567",
            "155260",
            "18002330123",
            "1600123456",
            "+1 202 555 0123",
            "5555512345",
        )
    )


def _seen_before(rng: random.Random, row: Row, recent: list[Row]) -> None:
    if recent:
        row[NUMBER] = rng.choice(recent)[NUMBER]


def _odd_name(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[NAME] = rng.choice(
        (
            f"{row[NAME]} 🙏",
            f'"{row[NAME]}"',
            f"{row[NAME]}\r\nपति का नाम",
            "${SHELL(id)}",
            "=HYPERLINK(1)",
            "'; DROP TABLE contacts; --",
            "<b>राम</b>",
            "रा" * 110,
            "",
            f"  {row[NAME]}  ",
            f"श्रीमती {row[NAME]}",
        )
    )


def _odd_district(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[DISTRICT] = rng.choice(
        (
            "SEHORE",
            "Chindwara",
            "छिन्दवाडा",
            "ज़िला भिण्ड",
            "होशंगाबाद",
            "Distt. Agar-Malwa",
            "टीकमगढ",
            "रायपुर",
            "",
        )
    )


def _odd_scheme(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[SCHEME] = rng.choice(
        ("PM-KISAN", "लाडली बहना", "उज्ज्वला; आयुष्मान", "Ladli Behna", "स्थानीय योजना", "")
    )


def _child(rng: random.Random, row: Row, _: list[Row]) -> None:
    row[AGE] = rng.choice(("17", "१२", "9", "16 वर्ष"))


def _ragged(rng: random.Random, row: Row, _: list[Row]) -> None:
    if rng.random() < 0.5:
        row.insert(NAME, "श्री")
    else:
        del row[7]


def _blank(_: random.Random, row: Row, __: list[Row]) -> None:
    row[:] = [""] * len(row)


# Bad numbers more often than the rest, as in life.
DIRTS: tuple[Dirt, ...] = (
    *(_another_writing,) * 6,
    *(_wrong_number,) * 4,
    *(_two_numbers,) * 2,
    *(_landline, _seen_before, _seen_before, _odd_name, _odd_district, _odd_scheme),
    *(_child, _ragged, _blank),
)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _running_total(weights: list[int]) -> list[int]:
    totals, total = [], 0
    for weight in weights:
        total += weight
        totals.append(total)
    return totals


def _seats(written: str) -> list[int]:
    seats: list[int] = []
    for part in written.split(","):
        first, _, last = part.partition("-")
        seats.extend(range(int(first), int(last or first) + 1))
    return seats


def main() -> None:
    """Write the list that the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--dirty", type=float, default=DIRTY, help="share, 0 to 1")
    options.add_argument("--out", type=Path, help="default: standard output")
    given = options.parse_args()
    if given.out is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        write(sys.stdout, given.rows, given.seed, given.dirty)
        return
    with open(given.out, "w", encoding="utf-8", newline="") as out:
        write(out, given.rows, given.seed, given.dirty)


if __name__ == "__main__":
    main()
