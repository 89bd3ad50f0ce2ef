"""`dialer.py prompts`: make, list, check and try the finished audio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from ivr.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    HomeOption,
    err,
    out,
    run,
    settings_of,
)
from ivr.cli.prompt_texts import (
    Audio,
    fixed_clips,
    practice_texts,
    simulation_voices,
    texts_of_language,
    voices_for,
)
from ivr.core.model import ListName
from ivr.errors import BadInput, SetupFailed
from ivr.prompts import build as building
from ivr.prompts import levels, music, sources
from ivr.prompts.build import BuildReport, Wanted
from ivr.prompts.check import faults
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import Settings
from ivr.store.engine import open_store
from ivr.store.spoken import names_of_list

app = typer.Typer(
    name="prompts", help="Make and check the spoken audio.", no_args_is_help=True
)

LanguageOption = Annotated[
    list[str] | None, typer.Option("--language", "-l", help="hi, en; default: both.")
]
VoiceOption = Annotated[
    str,
    typer.Option("--voice", help="Only this engine: kokoro, gtts, espeak, recorded."),
]
OnlineOption = Annotated[
    bool, typer.Option("--online", help="Allow gTTS, which sends texts to Google.")
]
SAID_AS = "field: names and places · block: numbers · prompt: sentences"


@app.command("build")
def build(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    language: LanguageOption = None,
    voice: VoiceOption = "",
    flow: Annotated[str, typer.Option(help="Only what this flow says.")] = "",
    list_name: Annotated[
        str, typer.Option("--list", help="The names of this list's people.")
    ] = "",
    online: OnlineOption = False,
    force: Annotated[bool, typer.Option(help="Make everything anew.")] = False,
    prune: Annotated[bool, typer.Option(help="Remove what no text wants.")] = False,
) -> None:
    """Make the audio that is missing or whose text or voice changed.

    What a list's people are called goes into the home folder; all else into audio/,
    which ships with Samvad.
    """
    settings = settings_of(config, home)
    audio = Audio(settings.project)
    if prune and flow:
        raise BadInput("--prune with --flow would remove the other flows' prompts")
    reports = []
    if list_name:
        reports.append(_build_list(settings, audio, list_name, force=force))
    else:
        for each in language or ["hi", "en"]:
            wanted = texts_of_language(audio, settings.organisation.name_hi, each, flow)
            voices = voices_for(audio, only=voice, online=online)
            with _progress(f"audio/{each}") as progress:
                report = building.build(
                    wanted,
                    audio.folder / each,
                    voices,
                    progress=progress,
                    force=force,
                    prune=prune,
                )
            reports.append(report)
        if not language and not flow:
            acted = sources.simulation_texts(audio.simulation_file)
            reports.append(_build_acted(audio, "simulation", acted, force=force))
            spoken = practice_texts(audio)
            reports.append(_build_acted(audio, "practice", spoken, force=force))
            _build_music(audio)
    _show(reports)
    if any(report.failed for report in reports):
        raise typer.Exit(1)


@app.command("list")
def list_(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    language: LanguageOption = None,
    kind: Annotated[str, typer.Option(help=SAID_AS)] = "",
) -> None:
    """List the finished clips: text, file, voice, level, length."""
    table = Table("language", "kind", "text", "file", "voice", "LUFS", "s")
    for record in _library(settings_of(config, home)).records():
        if language and record.language not in language:
            continue
        if kind and record.kind != kind:
            continue
        table.add_row(
            record.language,
            record.kind,
            record.text,
            record.file,
            record.voice,
            f"{record.level_lufs:.1f}",
            f"{record.duration_s:.2f}",
        )
    out.print(table)


@app.command("check")
def check(config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None) -> None:
    """Say which clips the flows need and are not there, or are wrong; then exit 1."""
    settings = settings_of(config, home)
    audio = Audio(settings.project)
    library = _library(settings)
    wanted = fixed_clips(audio, "hi") | fixed_clips(audio, "en")
    missing = library.missing(sorted(wanted, key=lambda c: (c.language, c.text)))
    for clip in missing:
        err.print(f"[red]✗[/] missing: {clip.language} {clip.kind}: {clip.text}")
    wrong = [fault for folder in audio.folders() for fault in faults(folder)]
    for fault in wrong:
        err.print(f"[red]✗[/] {fault}")
    if missing or wrong:
        err.print("Run dialer.py prompts build.")
        raise typer.Exit(1)
    out.print(
        f"[green]✓[/] {len(library)} clips in order; the flows need "
        f"{len(wanted)} of them, and all are there."
    )


@app.command("say")
def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    file: Annotated[Path, typer.Argument(help="The WAV file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    language: Annotated[str, typer.Option("--language", "-l")] = "hi",
    voice: VoiceOption = "",
    online: OnlineOption = False,
) -> None:
    """Speak one text into a file, as callers would hear it."""
    audio = Audio(settings_of(config, None).project)
    reasons = []
    for speaker in voices_for(audio, only=voice, online=online):
        if (reason := speaker.why_not(text, language)) is not None:
            reasons.append(f"{speaker.name(language)}: {reason}")
            continue
        sound = levels.for_phone(speaker.speak(text, language))
        file.write_bytes(levels.wav_bytes(sound))
        seconds = len(sound) / levels.PHONE_RATE
        out.print(f"{file}: {seconds:.2f} s, {speaker.name(language)}")
        return
    raise SetupFailed("no voice can say it: " + "; ".join(reasons))


def _build_list(
    settings: Settings, audio: Audio, list_name: str, *, force: bool
) -> BuildReport:
    names = run(_names(settings, ListName(list_name)))
    if not names:
        raise BadInput(
            f'the list "{list_name}" is not there, or nobody in it has a name',
            remedy="import it first: dialer.py import FILE --list NAME",
        )
    shipped = AudioLibrary(audio.folder)
    wanted = [Wanted(clip) for clip in shipped.missing(sources.names_as_clips(names))]
    # Never by gTTS: the names of people stay in this house.
    with _progress(f"names of {list_name}") as progress:
        return building.build(
            wanted,
            settings.home / "audio" / "hi",
            voices_for(audio),
            progress=progress,
            force=force,
        )


async def _names(settings: Settings, list_name: ListName) -> list[str]:
    store = await open_store(settings.database_url)
    try:
        return await store.read(names_of_list, list_name)
    finally:
        await store.close()


def _build_acted(
    audio: Audio, folder: str, texts: Mapping[str, list[Wanted]], *, force: bool
) -> BuildReport:
    """Make what invented people say, each with their own speaker."""
    whole = BuildReport()
    for speaker, wanted in texts.items():
        with _progress(f"audio/{folder} ({speaker})") as progress:
            part = building.build(
                wanted,
                audio.folder / folder,
                simulation_voices(audio, speaker),
                progress=progress,
                force=force,
            )
        whole.made += part.made
        whole.kept += part.kept
        whole.failed += part.failed
    return whole


def _build_music(audio: Audio) -> None:
    target = audio.folder / "music" / "samvad.wav"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(levels.wav_bytes(music.music()))


def _library(settings: Settings) -> AudioLibrary:
    return AudioLibrary(settings.project / "audio", settings.home / "audio")


@contextmanager
def _progress(title: str) -> Iterator[building.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("{task.fields[what]}"), console=err) as bar:
        task = bar.add_task(title, what="")

        def advance(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, what=what[:40])

        yield advance


def _show(reports: list[BuildReport]) -> None:
    table = Table("voice", "clips", title="Who speaks")
    spoken: Counter[str] = sum((r.voices() for r in reports), Counter())
    for name, count in spoken.most_common():
        table.add_row(name, str(count))
    out.print(table)
    made = sum(len(r.made) for r in reports)
    kept = sum(len(r.kept) for r in reports)
    removed = sum(len(r.removed) for r in reports)
    failed = [f for r in reports for f in r.failed]
    out.print(f"{made} made, {kept} kept, {removed} removed, {len(failed)} failed")
    for failure in failed:
        err.print(f"[red]✗[/] {failure.wanted.clip.text}: {failure.reason}")
    robotic = spoken_by(reports, "espeak-ng")
    if robotic:
        out.print(
            f"[yellow]![/] {robotic} clips are spoken by eSpeak NG, which sounds "
            "robotic: make voice, then prompts build, for natural speech."
        )


def spoken_by(reports: list[BuildReport], engine: str) -> int:
    """Return how many clips an engine speaks, whichever its speaker."""
    return sum(
        count
        for report in reports
        for name, count in report.voices().items()
        if name.startswith(engine)
    )
