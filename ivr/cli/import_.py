"""dialer.py import: a list of people into the store, every row accounted for."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ivr.cli.import_tables import summary_as_json, tables_of, the_columns
from ivr.cli.keys import number_key
from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    JsonOption,
    err,
    out,
    settings_of,
)
from ivr.core.new_list import NewList, new_list
from ivr.core.numbers import NumberRules
from ivr.core.origin import OriginKind
from ivr.errors import BadInput
from ivr.intake.columns import plan_columns
from ivr.intake.importer import Summary, import_list
from ivr.intake.list_file import open_list
from ivr.intake.number_column import indian_series
from ivr.intake.places import District, Places
from ivr.intake.plan import ImportPlan
from ivr.intake.rejects import RejectsFile
from ivr.settings.calendar import load_never_dial
from ivr.settings.config import Settings
from ivr.settings.people import Geography, load_centres, load_geography
from ivr.store.open_intake import open_intake, prepare

_REFRESH_PER_S = 4


def import_contacts(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, XLS or ODS.")],
    list_name: Annotated[
        str, typer.Option("--list", help="The list's name, for campaigns.")
    ],
    origin: Annotated[
        str,
        typer.Option(help="Where these numbers come from, in words. It is kept."),
    ],
    origin_kind: Annotated[
        OriginKind,
        typer.Option(help="On what ground you may call them."),
    ] = OriginKind.OWN_MEMBERS,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar='"COLUMN=field"', help="Correct a guess; may be repeated."
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Which sheet of a workbook; else the first.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; store nothing.")
    ] = False,
    rejects: Annotated[
        Path, typer.Option(help="Where refused rows are written, with the remedy.")
    ] = Path("rejects.csv"),
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a list of people in (संपर्क सूची जोड़ें).

    Columns are recognised by their Hindi or English headers. Refused rows go to the
    rejects file. A list comes in whole or not at all.
    """
    settings = settings_of(config, home)
    new = new_list(
        list_name,
        origin,
        origin_kind,
        is_government=settings.organisation.kind == "government",
    )
    plan = plan_import(settings, file, sheet, new, _overrides(mapping or []))
    if not as_json:
        out.print(the_columns(plan))
    summary = run_import(settings, plan, rejects, dry_run=dry_run, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(summary_as_json(plan, summary), ensure_ascii=False))
    else:
        for table in tables_of(plan, summary, rejects, dry_run=dry_run):
            out.print(table)
    if not summary.kept:
        raise typer.Exit(1)


def run_import(
    settings: Settings,
    plan: ImportPlan,
    rejects: Path,
    *,
    dry_run: bool = False,
    quiet: bool = False,
) -> Summary:
    """Import, and return what became of every row.

    A dry run goes into a passing database, so it knows no other lists.
    """
    where = tempfile.TemporaryDirectory() if dry_run else nullcontext()
    with where as passing, RejectsFile(rejects) as rejects_file:
        url = f"sqlite:///{passing}/dry.db" if passing else settings.database_url
        key = None if passing else number_key(settings.home)
        erased = asyncio.run(prepare(url, key))
        now = partial(datetime.now, UTC)
        with (
            closing(open_intake(url, now=now, erased=erased)) as sink,
            _progress(plan, quiet) as on_progress,
        ):
            return import_list(plan, sink, rejects_file, on_progress)


def places_of(geography: Geography, centres: Iterator[str]) -> Places:
    """Return the places of the configuration as an import knows them."""
    serving = {code.rpartition(".")[2]: code for code in centres}
    return Places.known(
        (
            District(
                d.code,
                d.name_hi,
                serving.get(d.code),
                (d.name_hi, d.name_en, *d.aliases),
            )
            for d in geography.districts
        ),
        {tag.tag: (tag.name_hi, tag.name_en) for tag in geography.scheme_tags},
    )


def number_rules(settings: Settings, geography: Geography) -> NumberRules:
    """Return what is known of numbers: area codes, series, who is never called."""
    config = settings.project / "config"
    own = {caller_id for trunk in settings.trunks for caller_id in trunk.caller_ids}
    return NumberRules(
        std_codes=frozenset(d.std.removeprefix("0") for d in geography.districts),
        allotted=indian_series(),
        protected=load_never_dial(config / "never_dial.yaml").numbers | own,
    )


def plan_import(
    settings: Settings,
    file: Path,
    sheet: str | None,
    new: NewList,
    overrides: Mapping[str | int, str],
) -> ImportPlan:
    """Open the file and say what each of its columns is taken for."""
    config = settings.project / "config"
    geography = load_geography(config / "geography.yaml")
    centres = load_centres(config / "centres.yaml")
    rules = number_rules(settings, geography)
    opened = open_list(file, sheet)
    return ImportPlan(
        file=opened,
        columns=plan_columns(
            opened.headers, opened.sample, overrides=overrides, rules=rules
        ),
        new_list=new,
        places=places_of(geography, (centre.code for centre in centres)),
        rules=rules,
        today=datetime.now(ZoneInfo(geography.timezone)).date(),
    )


def _overrides(given: list[str]) -> dict[str | int, str]:
    overrides: dict[str | int, str] = {}
    for one in given:
        header, equals, name = one.rpartition("=")
        if not equals or not header.strip():
            raise BadInput(
                f'"{one}" does not say which column is what',
                where="--map",
                remedy='write --map "मोबाइल नं.=number"; "COLUMN=-" leaves it out',
            )
        overrides[header.strip()] = name.strip()
    return overrides


@contextmanager
def _progress(
    plan: ImportPlan, quiet: bool
) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on the terminal, where there is one."""
    if quiet or not err.is_terminal:
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        refresh_per_second=_REFRESH_PER_S,
    )
    with bar:
        size = plan.file.source.path.stat().st_size
        task = bar.add_task(plan.new_list.name, total=size, rows=0)
        yield lambda done, rows: bar.update(task, completed=done, rows=rows)
