"""Published flows as files: those made here first, then those that ship.

Implements what the flow workshop needs of files. What this installation publishes
lies in its home folder, as its own audio does; the shipped files stay as they are.
"""

from __future__ import annotations

from pathlib import Path

from ivr.core.flow_check import Problem
from ivr.core.flow_document import FlowData
from ivr.core.flow_model import Flow
from ivr.core.model import FlowId
from ivr.files import write_whole
from ivr.settings.checked import read_text
from ivr.settings.flow_text import read_document, rewritten
from ivr.settings.flows import (
    flow_files,
    flow_of_data,
    flow_of_text,
    form_problems,
)


def flow_folders(project: Path, home: Path) -> tuple[Path, Path]:
    """Return where flows are looked for, in this order."""
    return home / "flows", project / "config" / "flows"


class FlowFolder:
    """Reads flows of some folders, the first of them first; writes into the first."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def read(self, text: str, flow_id: FlowId) -> FlowData:
        return read_document(text, flow_id)

    def write(self, before: str, data: FlowData) -> str:
        return rewritten(before, data)

    def flow(self, text: str, flow_id: FlowId) -> Flow:
        return flow_of_text(text, flow_id, self._folders)

    def flow_of(self, data: FlowData, flow_id: FlowId) -> Flow:
        return flow_of_data(data, flow_id, self._folders)

    def form_problems(self, data: FlowData, flow_id: FlowId) -> list[Problem]:
        return form_problems(data, flow_id)

    def published(self) -> list[tuple[FlowId, str]]:
        """Return the name and text of every flow. Raises BadInput."""
        return [
            (FlowId(path.stem), read_text(path).removeprefix("\ufeff"))
            for path in flow_files(*self._folders)
        ]

    def publish(self, flow_id: FlowId, text: str) -> None:
        """Write the file whole or not at all. Raises SetupFailed."""
        write_whole(self._folders[0] / f"{flow_id}.yaml", text)
