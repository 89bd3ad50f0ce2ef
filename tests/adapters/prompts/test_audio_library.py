"""During a call, clips are found at once, by what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.flow_model import Clip
from ivr.errors import SetupFailed
from ivr.prompts.build import Wanted, build
from ivr.prompts.lookup import AudioLibrary
from tests.fakes.voice import FakeVoice

WORDS = ("सुनीता", "पटेल")


def make(root: Path, *wanted: Wanted, voice: str = "fake") -> Path:
    build(wanted, root / "hi", [FakeVoice(voice)])
    return root


@pytest.fixture
def library(tmp_path: Path) -> AudioLibrary:
    return AudioLibrary(
        make(
            tmp_path / "audio",
            Wanted(Clip("hi", "नमस्ते।")),
            Wanted(Clip("hi", "पाँच", "block")),
            *(Wanted(Clip("hi", word, "field")) for word in WORDS),
            Wanted(Clip("hi", "आगर मालवा", "field")),
            Wanted(Clip("hi", "क्षमा करें।", "system"), "sorry"),
        )
    )


def test_the_path_is_absolute_and_has_no_ending(library: AudioLibrary) -> None:
    path = library.path(Clip("hi", "नमस्ते।"))
    assert path is not None
    assert Path(path).is_absolute()
    assert not path.endswith(".wav")
    assert Path(f"{path}.wav").is_file()


def test_what_is_not_there_has_no_path(library: AudioLibrary) -> None:
    clip = Clip("hi", "फिर मिलेंगे।")
    assert library.path(clip) is None
    assert library.paths(clip) == ()
    assert library.duration(clip) == 0.0


def test_a_text_is_found_however_it_is_spelled(library: AudioLibrary) -> None:
    assert library.path(Clip("hi", "  नमस्ते।\n")) == library.path(Clip("hi", "नमस्ते।"))


def test_another_language_is_another_clip(library: AudioLibrary) -> None:
    assert library.path(Clip("en", "नमस्ते।")) is None


def test_a_text_made_as_another_kind_still_speaks(library: AudioLibrary) -> None:
    assert library.path(Clip("hi", "पाँच", "prompt")) is not None


def test_a_full_name_is_put_together_from_its_words(library: AudioLibrary) -> None:
    name = Clip("hi", " ".join(WORDS), "field")
    parts = [Clip("hi", word, "field") for word in WORDS]
    assert library.path(name) is None
    assert list(library.paths(name)) == [library.path(part) for part in parts]
    assert library.duration(name) == pytest.approx(sum(map(library.duration, parts)))


def test_a_name_with_one_unknown_word_is_not_said_by_half(
    library: AudioLibrary,
) -> None:
    assert library.paths(Clip("hi", "सुनीता कुमारी", "field")) == ()


def test_a_place_that_is_there_as_a_whole_is_one_clip(library: AudioLibrary) -> None:
    assert len(library.paths(Clip("hi", "आगर मालवा", "field"))) == 1


def test_a_sentence_is_never_put_together_from_words(library: AudioLibrary) -> None:
    assert library.paths(Clip("hi", " ".join(WORDS), "prompt")) == ()


def test_the_missing_are_listed_once_each(library: AudioLibrary) -> None:
    gone, there = Clip("hi", "कोई नहीं।"), Clip("hi", "नमस्ते।")
    assert library.missing([gone, there, gone]) == [gone]


def test_a_clip_can_be_asked_for_by_name(library: AudioLibrary) -> None:
    assert library.named("sorry").endswith("/hi/sorry")
    with pytest.raises(SetupFailed, match="prompts build"):
        library.named("thanks")


def test_what_an_installation_made_itself_comes_before_what_ships(
    tmp_path: Path,
) -> None:
    shipped = make(tmp_path / "audio", Wanted(Clip("hi", "नमस्ते।")))
    own = make(tmp_path / "home", Wanted(Clip("hi", "नमस्ते।")), voice="recorded")
    library = AudioLibrary(shipped, own)
    assert str(own) in str(library.path(Clip("hi", "नमस्ते।")))
    assert [record.voice for record in library.records()] == ["recorded:hi"]


def test_a_folder_that_is_not_there_is_an_empty_library(tmp_path: Path) -> None:
    assert len(AudioLibrary(tmp_path / "nothing")) == 0
