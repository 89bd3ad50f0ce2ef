"""The whole way of a list: from the file to the store, every row accounted for."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.core.model import ListName
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.core.origin import OriginKind
from ivr.errors import OurBug, StoreUnavailable
from ivr.intake.columns import plan_columns
from ivr.intake.importer import Summary, import_list
from ivr.intake.list_file import open_list
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import HEADERS, RejectsFile
from ivr.store.intake import SqliteIntake
from ivr.store.open_intake import prepare
from tests.adapters.store.scene import NOON
from tests.unit.intake.intake_scene import PLACES, RULES, TODAY

GOOD = ["राम", "9827123456", "सीहोर", "42"]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "samvad.db"
    asyncio.run(prepare(f"sqlite:///{file}"))
    return file


@pytest.fixture
def intake(database: Path) -> Iterator[SqliteIntake]:
    with closing(SqliteIntake(database, now=lambda: NOON)) as opened:
        yield opened


def planned(path: Path, rows: Sequence[Sequence[str]], name: str = "a") -> ImportPlan:
    text = io.StringIO()
    csv.writer(text).writerows([["नाम", "मोबाइल", "ज़िला", "आयु"], *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    file = open_list(path)
    return ImportPlan(
        file=file,
        columns=plan_columns(file.headers, file.sample, overrides={}, rules=RULES),
        new_list=NewList(ListName(name), "members of 2026", OriginKind.OWN_MEMBERS),
        places=PLACES,
        rules=RULES,
        today=TODAY,
        batch_rows=100,
    )


def told(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_every_row_is_imported_or_told_with_reason_and_remedy(
    tmp_path: Path, database: Path, intake: SqliteIntake
) -> None:
    rows = [
        GOOD,
        ["", "", "", ""],
        ["श्याम", "108", "सीहोर", "30"],
        ["दोबारा", "+91 98271 23456", "सीहोर", "30"],
        ["बच्चा", "9893012346", "सीहोर", "12"],
        ["टूटी", "9893012347"],
    ]
    plan = planned(tmp_path / "list.csv", rows)
    with RejectsFile(tmp_path / "rejects.csv") as rejects:
        summary = import_list(plan, intake, rejects)
    assert summary.counts == ListCounts(read=6, kept=1, refused=3, duplicate=1, blank=1)
    header, *refused = told(tmp_path / "rejects.csv")
    assert tuple(header) == HEADERS
    assert [row[:4] for row in refused] == [
        ["4", "मोबाइल", "108", "never_dial"],
        ["5", "मोबाइल", "'+91 98271 23456", "duplicate"],
        ["6", "आयु", "12", "minor"],
        ["7", "", "टूटी, 9893012347", "columns_differ"],
    ]
    assert all(row[4] and row[5] for row in refused)
    assert _query(database, "SELECT name, rows_read, rows_kept, state FROM lists") == [
        ("a", 6, 1, "ready")
    ]


numbers = st.integers(9827100000, 9827100040).map(str)
cells = st.sampled_from(["", "108", "abc", "राम", "12", "2551234", "${x}", "=1", '"'])
anything = st.lists(
    st.one_of(
        st.tuples(cells, numbers, cells, cells).map(list),
        st.lists(st.one_of(cells, numbers), max_size=6),
    ),
    max_size=60,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=anything, batch_rows=st.integers(1, 30))
def test_the_figures_always_add_up(
    tmp_path: Path, database: Path, rows: list[list[str]], batch_rows: int
) -> None:
    plan = planned(tmp_path / "list.csv", [GOOD, *rows])
    _query(database, "DELETE FROM contacts")
    _query(database, "DELETE FROM lists")
    with (
        closing(SqliteIntake(database, now=lambda: NOON)) as sink,
        RejectsFile(tmp_path / "rejects.csv") as rejects,
    ):
        summary = import_list(replace(plan, batch_rows=batch_rows), sink, rejects)
    assert summary.counts.adds_up
    assert summary.read == 1 + len(rows)
    stored = _query(database, "SELECT count(*), count(DISTINCT number) FROM contacts")
    assert stored == [(summary.kept, summary.kept)]
    refused = told(tmp_path / "rejects.csv")[1:] if rejects.rows else []
    assert len(refused) == summary.refused.total() + summary.duplicate


def test_duplicates_are_found_across_batches(
    tmp_path: Path, intake: SqliteIntake
) -> None:
    people = [["राम", str(9827100000 + i % 700), "", ""] for i in range(1_400)]
    summary = import_list(planned(tmp_path / "list.csv", people), intake)
    assert (summary.kept, summary.duplicate) == (700, 700)


def test_a_number_in_two_lists_is_kept_and_mentioned(
    tmp_path: Path, intake: SqliteIntake
) -> None:
    import_list(planned(tmp_path / "a.csv", [GOOD]), intake)
    other = ["सीता", "9893012346", "", ""]
    summary = import_list(planned(tmp_path / "b.csv", [GOOD, other], "b"), intake)
    assert (summary.kept, summary.in_other_lists) == (2, 1)


def test_a_failure_half_way_leaves_nothing(
    tmp_path: Path, database: Path, intake: SqliteIntake
) -> None:
    people = [["राम", str(9827100000 + i), "", ""] for i in range(10_000)]
    plan = planned(tmp_path / "list.csv", people)
    with open(tmp_path / "list.csv", "ab") as file:
        file.write(b"\xff\xfe broken,9827123456,,\n")
    with pytest.raises(Exception, match="no UTF-8"), RejectsFile(tmp_path / "r") as r:
        import_list(plan, intake, r)
    assert _query(database, "SELECT count(*) FROM contacts") == [(0,)]
    assert _query(database, "SELECT count(*) FROM lists") == [(0,)]
    assert not list(tmp_path.glob("r*"))


class BreaksOff(SqliteIntake):
    """A store that fails at the third batch, in a way of the test's choosing."""

    failure: BaseException = StoreUnavailable("the disk is full")
    batches = 0

    def add(self, rows: Sequence[ContactRow]) -> Added:
        self.batches += 1
        if self.batches == 3:
            raise self.failure
        return super().add(rows)


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("the disk is full"), KeyboardInterrupt()]
)
def test_a_full_disk_or_ctrl_c_leaves_nothing(
    tmp_path: Path, database: Path, failure: BaseException
) -> None:
    people = [["राम", str(9827100000 + i), "", ""] for i in range(30_000)]
    plan = planned(tmp_path / "list.csv", people)
    with closing(BreaksOff(database, now=lambda: NOON)) as sink:
        sink.failure = failure
        with pytest.raises(type(failure)):
            import_list(plan, sink)
    assert _query(database, "SELECT count(*) FROM contacts") == [(0,)]


def test_figures_that_do_not_add_up_are_a_bug_and_leave_nothing(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Summary, "counts", property(lambda self: ListCounts(9, 1, 0, 0, 0))
    )
    with (
        closing(SqliteIntake(database, now=lambda: NOON)) as sink,
        pytest.raises(OurBug, match="do not add up"),
    ):
        import_list(planned(tmp_path / "list.csv", [GOOD]), sink)
    assert _query(database, "SELECT count(*) FROM contacts") == [(0,)]


def test_a_list_without_one_good_row_is_not_kept(
    tmp_path: Path, database: Path, intake: SqliteIntake
) -> None:
    plan = planned(tmp_path / "list.csv", [["राम", "108", "", ""]])
    with RejectsFile(tmp_path / "rejects.csv") as rejects:
        assert import_list(plan, intake, rejects).kept == 0
    assert _query(database, "SELECT count(*) FROM lists") == [(0,)]
    assert len(told(tmp_path / "rejects.csv")) == 2


def test_progress_is_told_in_bytes_and_rows(
    tmp_path: Path, intake: SqliteIntake
) -> None:
    steps: list[tuple[int, int]] = []
    people = [["राम", str(9827100000 + i), "", ""] for i in range(12_000)]
    plan = planned(tmp_path / "list.csv", people)
    import_list(plan, intake, on_progress=lambda done, rows: steps.append((done, rows)))
    assert steps == sorted(steps)
    assert steps[-1][1] == 12_000
    assert 0 < steps[-1][0] <= (tmp_path / "list.csv").stat().st_size


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_refused_cell_is_no_formula_to_a_spreadsheet(
    tmp_path: Path, intake: SqliteIntake, start: str
) -> None:
    evil = f"{start}HYPERLINK(1)"
    plan = planned(tmp_path / "list.csv", [GOOD, ["राम", evil, "", ""]])
    with RejectsFile(tmp_path / "rejects.csv") as rejects:
        import_list(plan, intake, rejects)
    assert told(tmp_path / "rejects.csv")[1][2] == f"'{evil}"


def test_the_rejects_are_for_their_owner_alone_and_never_stale(
    tmp_path: Path, intake: SqliteIntake
) -> None:
    path = tmp_path / "rejects.csv"
    bad = planned(tmp_path / "a.csv", [GOOD, ["राम", "108", "", ""]])
    with RejectsFile(path) as rejects:
        import_list(bad, intake, rejects)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # Excel opens it in Hindi
    with RejectsFile(path) as rejects:
        import_list(planned(tmp_path / "b.csv", [GOOD], "b"), intake, rejects)
    assert not path.exists()


def _query(database: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        return connection.execute(question).fetchall()
