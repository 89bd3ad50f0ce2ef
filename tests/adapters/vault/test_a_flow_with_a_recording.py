"""From what Asterisk writes to what is left: nothing in the clear, and no waiting."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from ivr.asterisk.line import AgiLine
from ivr.core.flow_model import Clip
from ivr.vault.sealer import Sealer
from tests.fakes.spoken_files import recordings_in, write_wav
from tests.polling import until


class RecordingSwitch:
    """An AGI session that records as Asterisk does: into the file it is told."""

    def __init__(self) -> None:
        self.headers = {"agi_uniqueid": "c-1"}
        self.last_line = "200 result=0 (timeout) endpos=8000"

    async def command(self, line: str, _timeout_s: float) -> dict[str, Any]:
        words = line.replace('"', "").split()
        if words[:2] == ["RECORD", "FILE"]:
            file = Path(f"{words[2]}.{words[3]}")
            write_wav(file)
            a_while_ago = time.time() - 5
            os.utime(file, (a_while_ago, a_while_ago))
        return {"result": ("0", "timeout"), "endpos": ("8000", "")}


async def test_after_a_recorded_answer_no_clear_sound_is_left(tmp_path: Path):
    recordings = recordings_in(tmp_path)
    sealer = Sealer(recordings, every_s=0.02)
    sealer.start()
    session: Any = RecordingSwitch()
    line = AgiLine(
        session,
        paths_of=lambda clip: (f"/audio/{clip.text}",),
        channel_of=lambda _leg: None,
        recordings=str(recordings.new),
    )
    try:
        said = await line.record(
            [Clip("hi", "बोलिए")], name="c-1-2", max_s=10, silence_s=2, beep=True
        )
        assert recordings.is_there(said.file)  # at once, whoever asks
        await until(lambda: not list(recordings.new.iterdir()))
    finally:
        sealer.stop()
    assert recordings.read(said.file).startswith(b"RIFF")
    found = everything_in(tmp_path)
    assert found and b"RIFF" not in found


def everything_in(home: Path) -> bytes:
    return b"".join(f.read_bytes() for f in home.rglob("*") if f.is_file())
