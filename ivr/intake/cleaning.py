"""One batch of rows made clean: contacts to keep, rows to refuse, things to mention.

Works on whole columns. It decides nothing about numbers itself (ivr/core/numbers.py
does) and it writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ivr.core.new_list import ContactRow
from ivr.core.numbers import NumberRules
from ivr.intake import cell_expressions as cells
from ivr.intake.columns import Column, Use
from ivr.intake.list_file import Batch
from ivr.intake.number_column import parse_column
from ivr.intake.places import Places, language_code

MAX_NAME = 200  # letters
MAX_EXTRA = 500
ADULT_YEARS = 18  # DPDP Act 2023 s.9: children only with a guardian's verified consent
_EXAMPLES = 5
_NOBODY = pl.DataFrame(
    schema=dict.fromkeys(ContactRow._fields, pl.String) | {"row": pl.Int64}
)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not imported: which cell is why, and as it was given."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Mentions:
    """What was changed or left open in rows that were kept: counts and examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, what: str, count: int, example: str = "") -> None:
        """Count `what`; keep a few different examples of it."""
        if not count:
            return
        self.counts[what] += count
        known = self.examples.setdefault(what, {})
        if example and len(known) < _EXAMPLES:
            known[example[:60]] = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A batch, sorted: no number comes twice in what is kept.

    The kept ones stay columns: so they go to another process in a moment.
    """

    kept: pl.DataFrame  # ContactRow's fields, and `row`
    rejects: list[Reject]
    repeated: list[Reject]  # has the number of an earlier row of this batch

    @property
    def rows(self) -> list[ContactRow]:
        """Return the kept rows."""
        columns = (self.kept[name].to_list() for name in ContactRow._fields)
        return list(map(ContactRow._make, zip(*columns, strict=True)))

    @property
    def row_numbers(self) -> list[int]:
        """Return where in the file the kept rows are."""
        return self.kept["row"].to_list()


class Cleaner:
    """Cleans the batches of one file; `mentions` grows with them."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        places: Places,
        rules: NumberRules,
        today: date,
        own_centres: frozenset[str] | None = None,
    ) -> None:
        self._kept = [c for c in columns if c.use in (Use.CONTACT, Use.EXTRA)]
        self._contact = {c.field: c for c in self._kept if c.use is Use.CONTACT}
        self._places = places
        self._rules = rules
        self._own_centres = own_centres
        self._adult_born_by = _years_before(today, ADULT_YEARS)
        self.mentions = Mentions()

    def clean(self, batch: Batch) -> Cleaned:
        """Return what becomes of each row of `batch`."""
        broken = [Reject(b.row, "", b.value, b.reason) for b in batch.broken]
        if not batch.rows:
            return Cleaned(_NOBODY, broken, [])
        frame = self._judged(self._numbered(self._tidied(batch)))
        refused = self._rejects(frame.filter(pl.col("reason") != ""))
        frame = frame.filter(pl.col("reason") == "")
        first = frame["number"].is_first_distinct()
        again = frame.filter(~first).with_columns(reason=pl.lit("duplicate"))
        frame, foreign = self._own(self._filled(frame.filter(first)))
        return Cleaned(
            kept=frame.select(*ContactRow._fields, "row"),
            rejects=broken + refused + foreign,
            repeated=self._rejects(again),
        )

    def _tidied(self, batch: Batch) -> pl.DataFrame:
        """Return the kept columns by field; numbers as given, the rest tidied."""
        columns = list(zip(*batch.rows, strict=True))
        given = {
            c: pl.Series(_in(c.field), columns[c.index], dtype=pl.String)
            for c in self._kept
        }
        frame = pl.DataFrame(
            [
                pl.Series("row", batch.row_numbers, dtype=pl.Int64),
                # A number's own marks are its reader's business.
                *(
                    s if "number" in c.field else cells.tidy(s)
                    for c, s in given.items()
                ),
            ]
        )
        extras = [_in(c.field) for c in self._kept if c.use is Use.EXTRA]
        frame, blanked = cells.without_sensitive(frame, extras)
        self.mentions.add("sensitive_value_blanked", blanked)
        cut = [pl.col(name).str.len_chars() > MAX_EXTRA for name in extras]
        if cut:
            self.mentions.add(
                "long_value_cut", sum(frame.select(pl.sum_horizontal(cut)).to_series())
            )
            frame = frame.with_columns(pl.col(extras).str.head(MAX_EXTRA))
        return frame

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add number, alt_number and the reason against the number ("": none)."""
        found = parse_column(frame[_in("number")], self._rules)
        frame = frame.with_columns(
            number=found.number, alt_number=found.alt_number, reason=found.reason
        )
        if "alt_number" not in self._contact:
            return frame
        other = parse_column(frame[_in("alt_number")], self._rules)
        wrong = ~other.reason.is_in(["", "number_missing"])
        self.mentions.add("second_number_unreadable", int(wrong.sum()))
        # The first column is empty or wrong, the second one is good: use that.
        instead = found.number.is_null() & other.number.is_not_null()
        self.mentions.add("second_number_used", int(instead.sum()))
        frame = frame.with_columns(other=other.number, instead=instead)
        frame = frame.with_columns(
            number=pl.coalesce("number", "other"),
            reason=pl.when("instead").then(pl.lit("")).otherwise("reason"),
            alt_number=pl.coalesce(
                "alt_number", pl.when(~pl.col("instead")).then("other")
            ),
        )
        same = pl.col("alt_number") == pl.col("number")
        return frame.with_columns(alt_number=pl.when(~same).then("alt_number"))

    def _judged(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Complete the reason: rows of children and impossible names are refused."""
        young = (cells.age_in_years(self._cell("age")) < ADULT_YEARS).fill_null(False)
        if "dob" in self._contact:
            young |= cells.born_after(self._cell("dob"), self._adult_born_by)
        return frame.with_columns(
            reason=pl.when(pl.col("reason") != "")
            .then("reason")
            .when(young)
            .then(pl.lit("minor"))
            .when(self._cell("name").str.len_chars() > MAX_NAME)
            .then(pl.lit("name_too_long"))
            .otherwise(pl.lit(""))
        )

    def _filled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add every column of ContactRow."""
        frame = frame.with_columns(
            name=self._cell("name"),
            district=self._coded(frame, "district", self._district),
            schemes=self._coded(frame, "scheme", self._schemes),
            language=self._coded(
                frame, "language", lambda cell, _: language_code(cell)
            ),
            constituency=cells.seat_number(self._cell("constituency")),
        )
        by_code = self._places.by_code
        centres = {code: district.centre for code, district in by_code.items()}
        names = {code: district.name_hi for code, district in by_code.items()}
        district = pl.col("district")
        frame = frame.with_columns(
            language=pl.when(pl.col("language") == "")
            .then(pl.lit("hi"))
            .otherwise("language"),
            centre=district.replace_strict(
                centres, default=None, return_dtype=pl.String
            ),
            district_name=district.replace_strict(
                names, default="", return_dtype=pl.String
            ),
        )
        return frame.with_columns(fields=cells.json_object(self._extra_fields()))

    def _own(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """Return whom the importer's centres serve, and the refusal of all others."""
        if self._own_centres is None:
            return frame, []
        is_own = pl.col("centre").is_in(sorted(self._own_centres)).fill_null(False)
        foreign = frame.filter(~is_own).with_columns(reason=pl.lit("other_centre"))
        return frame.filter(is_own), self._rejects(foreign)

    def _extra_fields(self) -> dict[str, pl.Expr]:
        """Return what flows and filters may use beside the contact's own fields.

        The words for district and scheme are kept where no code was found for them.
        """
        fields = {
            c.field: pl.col(_in(c.field)) for c in self._kept if c.use is Use.EXTRA
        }
        for name, code in (
            ("district", "district"),
            ("scheme", "schemes"),
            ("constituency", "constituency"),
        ):
            if name in self._contact:
                fields[f"{name}_name"] = (
                    pl.when(pl.col(code) == "").then(_in(name)).otherwise(pl.lit(""))
                )
        if "district" in self._contact:
            fields["district_name"] = (
                pl.when(pl.col("district") == "")
                .then(_in("district"))
                .otherwise("district_name")
            )
        if "age" in self._contact:
            fields["age"] = self._cell("age")
        return fields

    def _cell(self, field_name: str) -> pl.Expr:
        known = field_name in self._contact
        return pl.col(_in(field_name)) if known else pl.lit("")

    def _coded(
        self, frame: pl.DataFrame, name: str, code: Callable[[str, int], str]
    ) -> pl.Series | pl.Expr:
        """Return the codes of a column: each different cell is looked up once."""
        if name not in self._contact:
            return pl.lit("")
        column = frame[_in(name)]
        counted = column.value_counts(name="rows").rows()
        codes = {cell: code(cell, rows) if cell else "" for cell, rows in counted}
        return column.replace_strict(codes, default="", return_dtype=pl.String)

    def _district(self, cell: str, rows: int) -> str:
        district = self._places.district(cell)
        if district is None:
            self.mentions.add("district_unknown", rows, cell)
            return ""
        return district.code

    def _schemes(self, cell: str, rows: int) -> str:
        tags, unknown = self._places.scheme_tags(cell)
        for name in unknown:
            self.mentions.add("scheme_unknown", rows, name)
        return " ".join(tags)

    def _rejects(self, frame: pl.DataFrame) -> list[Reject]:
        if not frame.height:
            return []
        return [
            Reject(row["row"], *self._blamed(row), row["reason"])
            for row in frame.iter_rows(named=True)
        ]

    def _blamed(self, row: dict[str, object]) -> tuple[str, str]:
        """Return which column a refused row was refused for, and its cell."""
        about = {
            "minor": ("age", "dob"),
            "name_too_long": ("name",),
            "other_centre": ("district",),
        }
        for name in about.get(str(row["reason"]), ("number",)):
            if name in self._contact and row[_in(name)]:
                return self._contact[name].header, str(row[_in(name)])
        return self._contact["number"].header, str(row[_in("number")])


def _in(field_name: str) -> str:
    """Return the name of a column as it came in, apart from the finished ones."""
    return f"in {field_name}"


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # born on 29 February
        return day.replace(year=day.year - years, day=28)
