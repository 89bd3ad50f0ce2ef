"""`dialer.py flow`: check flow files, show one as a tree, try one by typing keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from ivr.core import flow as engine
from ivr.core.flow_check import check
from ivr.core.flow_graph import edges
from ivr.core.flow_model import (
    Ask,
    Clip,
    ConnectTelecaller,
    Flow,
    FlowCommand,
    FlowEvent,
    FlowFacts,
    HangUp,
    KeepAnswer,
    KeysPressed,
    MayOffer,
    Node,
    OfferAllowed,
    OfferHeld,
    Record,
    SpeechRecorded,
    TelecallerTalked,
    TelecallerUnavailable,
)
from ivr.core.flow_trial import TRIAL_FIELDS
from ivr.errors import BadInput
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.flows import load_flow

app = typer.Typer(
    name="flow", help="Check, show and try IVR flows.", no_args_is_help=True
)

FLOWS = Path("config/flows")

File = Annotated[Path, typer.Argument(help="A flow file: config/flows/NAME.yaml")]


@app.command("check")
def check_files(
    files: Annotated[list[Path] | None, typer.Argument()] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of config/flows")] = False,
    audio: Annotated[
        Path | None, typer.Option(help="Also ask that this folder has every prompt")
    ] = None,
) -> None:
    """Say what is wrong with flow files; exit 1 if anything is."""
    chosen = list(files or [])
    if all_:
        chosen += sorted(FLOWS.glob("*.yaml"))
    if not chosen:
        raise BadInput("no file is named", remedy="name a file, or say --all")
    console = Console(highlight=False)
    library = AudioLibrary(audio) if audio else None
    bad = [path for path in chosen if not _is_good(path, library, console)]
    if bad:
        raise typer.Exit(1)


@app.command("show")
def show(file: File) -> None:
    """Show a flow as a tree: what is said, and where each key leads."""
    Console(highlight=False).print(as_tree(load_flow(file)))


@app.command("try")
def try_out(
    file: File,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", "-f", help="NAME=VALUE, as a contact's column"),
    ] = None,
    language: Annotated[str, typer.Option(help="The contact's language")] = "hi",
) -> None:
    """Walk through a flow in the terminal, typing what a voter would press."""
    given = dict(TRIAL_FIELDS)
    for pair in fields or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{pair!r} is no field", remedy="write --field name=value")
        given[name] = value
    now = datetime.now(ZoneInfo("Asia/Kolkata"))
    facts = FlowFacts(given, language=language, now=now)
    console = Console(highlight=False)
    walk(load_flow(file), facts, lambda prompt: console.input(prompt), console)


def _is_good(path: Path, library: AudioLibrary | None, console: Console) -> bool:
    try:
        flow = load_flow(path)
    except BadInput as exc:
        console.print(f"[red]✗[/] {escape(str(exc))}", soft_wrap=True)
        return False
    has_audio = None if library is None else lambda clip: bool(library.paths(clip))
    problems = check(flow, available=has_audio)
    for problem in problems:
        console.print(f"[red]✗[/] {path}: {escape(str(problem))}", soft_wrap=True)
    if not problems:
        nodes = len(flow.nodes)
        console.print(f"[green]✓[/] {path}: {nodes} nodes, version {flow.version}")
    return not problems


def as_tree(flow: Flow) -> Tree:
    """Return `flow` as a tree: each node in the file's order, and its ways on."""
    tree = Tree(f"[bold]{escape(flow.title_hi or flow.flow_id)}[/] ({flow.flow_id})")
    for key, target in (("9", flow.opt_out_node), ("0", flow.telecaller_node)):
        if target is not None:
            tree.add(f"[yellow]{key}[/] anywhere → [cyan]{target}[/]")
    for node in flow.nodes.values():
        enters = f" {node.flow}" if node.flow else ""
        said = escape(next(iter(node.say.values()), ""))
        branch = tree.add(f"[cyan]{node.node_id}[/] [dim]{node.kind}{enters}[/] {said}")
        for way in _ways(flow, node):
            branch.add(way)
    return tree


def _ways(flow: Flow, node: Node) -> Iterable[str]:
    for option in node.options:
        said = escape(option.label_hi or option.meaning)
        to = option.goto or node.next
        yield f"[yellow]{option.key}[/] {said} → [cyan]{to}[/]"
    others = {
        e.by: e.target for e in edges(flow, node) if not e.by.startswith("option")
    }
    for by, target in others.items():
        yield f"[dim]{by}[/] → [cyan]{target}[/]"


def walk(
    flow: Flow, facts: FlowFacts, read: Callable[[str], str], console: Console
) -> None:
    """Play the flow as text, asking `read` for what the voter does, to its end."""
    state, commands = engine.start(flow, facts)
    while True:
        for command in commands:
            _print(command, console)
        if state.ended:
            return
        event = _event(commands[-1], read)
        state, commands = engine.step(flow, state, event, facts)


def _print(command: FlowCommand, console: Console) -> None:
    match command:
        case Ask() | Record() | ConnectTelecaller():
            console.print(f"[cyan]{command.node}[/] {escape(_spoken(command.clips))}")
        case KeepAnswer():
            kept = "kept" if command.accepted else "kept, not accepted"
            said = f"{command.kind} {command.value} {command.meaning}".rstrip()
            console.print(f"  [dim]{kept}: {escape(said)}[/]")
        case HangUp():
            end = "completed" if command.completed else "not completed"
            console.print(f"[bold]hang-up[/] ({end})")
        case _:
            console.print(f"  [yellow]{type(command).__name__}[/]")


def _spoken(clips: Iterable[Clip]) -> str:
    return " ".join(clip.text for clip in clips)


def _event(command: FlowCommand, read: Callable[[str], str]) -> FlowEvent:
    match command:
        case Record():
            said = read("  what is said, or key 0 or 9 (Enter: silence)> ").strip()
            if said in ("0", "9"):
                return SpeechRecorded("trial.wav", 1.0, "key", said)
            # Hindi is spoken at about 13 letters a second.
            return SpeechRecorded("trial.wav" if said else "", len(said) / 13)
        case MayOffer():
            free = read("  may a telecaller be offered now? y/n> ").strip().lower()
            return OfferAllowed() if free == "y" else OfferHeld()
        case ConnectTelecaller():
            free = read("  is a telecaller free? y/n> ").strip().lower()
            return TelecallerTalked(60.0) if free == "y" else TelecallerUnavailable()
        case _:
            keys = read("  keys (Enter: silence)> ").strip()
            return KeysPressed(keys.removesuffix("#"), terminated=keys.endswith("#"))
