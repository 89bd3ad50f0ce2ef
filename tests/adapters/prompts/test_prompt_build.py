"""Building makes what is missing or changed, and never makes a clip worse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.flow_model import Clip
from ivr.errors import BadInput
from ivr.prompts import levels, manifest
from ivr.prompts.build import Wanted, build
from ivr.prompts.check import faults
from tests.fakes.voice import FakeVoice

HELLO = Wanted(Clip("hi", "नमस्ते।"))
FIVE = Wanted(Clip("hi", "पाँच", "block"))
NAME = Wanted(Clip("hi", "सुनीता", "field"))
SORRY = Wanted(Clip("hi", "क्षमा करें।", "system"), "sorry")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audio" / "hi"


def test_every_clip_is_written_with_its_record(folder: Path) -> None:
    voice = FakeVoice()
    report = build([HELLO, FIVE, NAME, SORRY], folder, [voice])
    assert len(report.made) == 4
    assert not faults(folder)
    kept = manifest.load(folder / manifest.FILE)
    record = kept[HELLO.key]
    assert record.voice == "fake:hi"
    assert record.synthetic
    assert record.file.startswith("hi/prompt/")
    content = (folder.parent / record.file).read_bytes()
    assert manifest.sha256(content) == record.audio_sha256
    assert record.duration_s == pytest.approx((len(content) - 44) / 16000, abs=0.001)
    assert kept[SORRY.key].file == "hi/sorry.wav"


def test_a_second_build_makes_nothing(folder: Path) -> None:
    build([HELLO, FIVE], folder, [FakeVoice()])
    before = (folder / manifest.FILE).stat().st_mtime_ns
    voice = FakeVoice()
    report = build([HELLO, FIVE], folder, [voice])
    assert (len(report.made), len(report.kept), voice.said) == (0, 2, [])
    assert (folder / manifest.FILE).stat().st_mtime_ns == before


def test_only_the_changed_text_is_made_anew(folder: Path) -> None:
    build([HELLO, SORRY], folder, [FakeVoice()])
    changed = Wanted(Clip("hi", "हमें क्षमा करें।", "system"), "sorry")
    voice = FakeVoice()
    report = build([HELLO, changed], folder, [voice])
    assert voice.said == ["हमें क्षमा करें।"]
    assert [record.file for record in report.made] == ["hi/sorry.wav"]


def test_a_change_of_the_voices_settings_makes_its_clips_anew(folder: Path) -> None:
    build([HELLO], folder, [FakeVoice(shaping="slow")])
    assert len(build([HELLO], folder, [FakeVoice(shaping="fast")]).made) == 1


def test_a_file_that_is_gone_is_made_again(folder: Path) -> None:
    record = build([HELLO], folder, [FakeVoice()]).made[0]
    (folder.parent / record.file).unlink()
    assert len(build([HELLO], folder, [FakeVoice()]).made) == 1


def test_the_first_voice_that_can_speak_does(folder: Path) -> None:
    mute = FakeVoice("mute", absent_because="it is not installed")
    report = build([HELLO], folder, [mute, FakeVoice("second"), FakeVoice("third")])
    assert report.voices() == {"second:hi": 1}


def test_a_voice_that_fails_is_passed_over(folder: Path) -> None:
    broken = FakeVoice("broken", fails_because="it fell over")
    report = build([HELLO], folder, [broken, FakeVoice("second")])
    assert report.voices() == {"second:hi": 1}


def test_a_better_voice_replaces_a_worse_one(folder: Path) -> None:
    build([HELLO], folder, [FakeVoice("robot")])
    report = build([HELLO], folder, [FakeVoice("natural"), FakeVoice("robot")])
    assert [record.voice for record in report.made] == ["natural:hi"]


def test_a_good_clip_stays_when_its_voice_is_not_here(folder: Path) -> None:
    build([HELLO], folder, [FakeVoice("natural", shaping="slow")])
    gone = FakeVoice("natural", absent_because="not installed", shaping="new")
    report = build([HELLO], folder, [gone, FakeVoice("robot")])
    assert report.voices() == {"natural:hi": 1}
    assert not report.made


def test_a_voice_that_is_left_out_of_a_build_keeps_its_clips(folder: Path) -> None:
    build([HELLO], folder, [FakeVoice("natural")])
    report = build([HELLO, FIVE], folder, [FakeVoice("robot")])
    assert {r.voice for r in report.kept} == {"natural:hi"}
    assert {r.voice for r in report.made} == {"robot:hi"}


def test_another_speaker_of_the_same_engine_makes_everything_anew(
    folder: Path,
) -> None:
    class Renamed(FakeVoice):
        def name(self, language: str) -> str:
            return f"{self.called}:another"

    build([HELLO], folder, [FakeVoice()])
    assert len(build([HELLO], folder, [Renamed()]).made) == 1


def test_force_makes_everything_anew(folder: Path) -> None:
    build([HELLO, FIVE], folder, [FakeVoice()])
    assert len(build([HELLO, FIVE], folder, [FakeVoice()], force=True).made) == 2


def test_what_nobody_can_speak_is_reported_with_every_reason(folder: Path) -> None:
    voices = [FakeVoice("a", absent_because="no model"), FakeVoice("b", ("en",))]
    report = build([HELLO], folder, voices)
    (failed,) = report.failed
    assert failed.reason == "a:hi: no model; b:hi: it does not speak hi"
    assert not (folder / manifest.FILE).exists()


def test_without_any_voice_the_report_says_so(folder: Path) -> None:
    assert build([HELLO], folder, []).failed[0].reason == "no voice is given"


def test_names_are_never_sent_to_an_online_voice(folder: Path) -> None:
    online = FakeVoice("cloud", is_online=True)
    report = build([NAME, HELLO], folder, [online, FakeVoice("here")])
    assert online.said == [HELLO.clip.text]
    assert {r.kind: r.voice for r in report.made} == {
        "field": "here:hi",
        "prompt": "cloud:hi",
    }


def test_pruning_removes_what_no_text_wants(folder: Path) -> None:
    build([HELLO, FIVE], folder, [FakeVoice()])
    report = build([FIVE], folder, [FakeVoice()], prune=True)
    (removed,) = report.removed
    assert removed.text == HELLO.clip.text
    assert not (folder.parent / removed.file).exists()
    assert list(manifest.load(folder / manifest.FILE)) == [FIVE.key]


def test_the_same_text_twice_is_made_once(folder: Path) -> None:
    voice = FakeVoice()
    build([HELLO, Wanted(Clip("hi", "  नमस्ते।"))], folder, [voice])
    assert len(voice.said) == 1


def test_progress_counts_to_the_end(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    build(
        [HELLO, FIVE],
        folder,
        [FakeVoice()],
        progress=lambda done, total, what: seen.append((done, total)),
    )
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_clips_that_are_joined_are_cut_closer(folder: Path) -> None:
    same = [Wanted(Clip("hi", "पाँच", kind)) for kind in ("prompt", "block")]
    whole, joined = build(same, folder, [FakeVoice()]).made
    assert whole.duration_s - joined.duration_s == pytest.approx(0.11, abs=0.002)


def test_a_broken_manifest_is_refused_with_a_remedy(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / manifest.FILE).write_text('{"clips": [{"language": "hi"}]}')
    with pytest.raises(BadInput, match="build the prompts anew"):
        build([HELLO], folder, [FakeVoice()])


def test_the_manifest_is_one_clip_a_line_in_a_stable_order(folder: Path) -> None:
    build([FIVE, HELLO], folder, [FakeVoice()])
    text = (folder / manifest.FILE).read_text(encoding="utf-8")
    build([HELLO, FIVE], folder, [FakeVoice()], force=True)
    assert (folder / manifest.FILE).read_text(encoding="utf-8") == text
    assert len(text.splitlines()) == 4
    assert [c["kind"] for c in json.loads(text)["clips"]] == ["block", "prompt"]


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        ("missing", "missing"),
        ("touched", "not the one that was built"),
        ("rate", "16000 Hz"),
        ("quiet", "LUFS"),
    ],
)
def test_the_check_names_what_is_wrong(folder: Path, harm: str, complaint: str) -> None:
    record = build([HELLO], folder, [FakeVoice()]).made[0]
    path = folder.parent / record.file
    sound = levels.read_wav(path).samples
    if harm == "missing":
        path.unlink()
    else:
        loud = sound * 0.5 if harm == "quiet" else sound
        content = levels.wav_bytes(loud, 16000 if harm == "rate" else 8000)
        path.write_bytes(content + b"\0" * (harm == "touched"))
        if harm != "touched":
            changed = replace(record, audio_sha256=manifest.sha256(content))
            manifest.save(folder / manifest.FILE, [changed])
    assert [fault for fault in faults(folder) if complaint in fault]
