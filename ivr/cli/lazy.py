"""Commands whose modules are loaded when they are called: a quick start for each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def group_of(where: Mapping[str, str]) -> type[TyperGroup]:
    """Return a group for `typer.Typer(cls=...)`.

    `where` has by the command's name "module:name" of a function or of a Typer.
    """

    class Group(TyperGroup):
        # Typer carries click within itself and does not show its types.
        def list_commands(self, ctx: Any) -> list[str]:
            return [*where, *super().list_commands(ctx)]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            known = super().get_command(ctx, cmd_name)
            if known is None and cmd_name in where:
                known = _loaded(where[cmd_name])
                known.name = cmd_name
                self.add_command(known)
            elif known is None:
                # "Did you mean": Typer looks among those that are loaded.
                for name in where:
                    self.get_command(ctx, name)
            return known

    return Group


def _loaded(place: str) -> Any:
    module, _, name = place.partition(":")
    found = getattr(import_module(module), name)
    if isinstance(found, typer.Typer):
        found._add_completion = False  # the outermost program's, and that once
        return get_command(found)
    alone = typer.Typer(add_completion=False)
    alone.command()(found)
    return get_command(alone)
