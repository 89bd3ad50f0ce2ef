"""Any speech becomes fit for the telephone: rate, band, silence, loudness, peaks."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from ivr.errors import BadInput
from ivr.prompts import levels
from ivr.prompts.levels import JOINED, PHONE_RATE, Speech
from tests.fakes.voice import hum


def tone(hz: float, rate: int, seconds: float = 1.0, gain: float = 0.5) -> Speech:
    t = np.arange(int(seconds * rate)) / rate
    return Speech((gain * np.sin(2 * np.pi * hz * t)).astype(np.float32), rate)


def rms_db(samples: levels.Samples) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) + 1e-9))


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000])
def test_a_tone_in_the_band_keeps_its_strength_and_length(rate: int) -> None:
    speech = tone(1000, rate)
    narrow = levels.resample(speech.samples, rate)
    assert len(narrow) == pytest.approx(PHONE_RATE, abs=1)
    assert rms_db(narrow) == pytest.approx(rms_db(speech.samples), abs=0.1)


@pytest.mark.parametrize("hz", [4000, 5000, 7000, 10000])
def test_what_would_fold_back_into_the_band_is_gone(hz: float) -> None:
    assert rms_db(levels.resample(tone(hz, 24000).samples, 24000)) < -70


def test_a_tone_at_the_upper_edge_of_the_band_passes() -> None:
    speech = tone(3300, 24000)
    narrow = levels.resample(speech.samples, 24000)
    assert rms_db(narrow) == pytest.approx(rms_db(speech.samples), abs=0.5)


def test_a_sound_slower_than_the_phone_is_brought_up_to_its_rate() -> None:
    narrow = levels.resample(tone(1000, 6000).samples, 6000)
    assert len(narrow) == PHONE_RATE
    assert rms_db(narrow) == pytest.approx(-9.0, abs=0.2)


def test_no_samples_give_no_samples() -> None:
    assert len(levels.resample(np.zeros(0, np.float32), 24000)) == 0


@pytest.mark.parametrize("seconds", [0.3, 0.7, 2.0, 8.0])
@pytest.mark.parametrize("gain", [0.005, 0.05, 0.9])
def test_every_clip_comes_out_equally_loud_without_clipping(
    seconds: float, gain: float
) -> None:
    sound = levels.for_phone(hum(seconds, gain=gain))
    assert levels.loudness(sound) == pytest.approx(levels.TARGET_LUFS, abs=1.0)
    assert levels.true_peak(sound) <= 10 ** (levels.CEILING_DB / 20) + 1e-4


def test_loudness_agrees_with_the_standard() -> None:
    # EBU Tech 3341, case 1: a 1 kHz sine at -23 dBFS peak reads -23 LUFS in stereo;
    # one channel alone is 3.01 LU less.
    gain = 10 ** (-23 / 20)
    sine = tone(1000, PHONE_RATE, 20.0, gain).samples
    assert levels.loudness(sine) == pytest.approx(-26.0, abs=0.1)


def test_loudness_does_not_count_the_silence_between_words() -> None:
    word = hum(1.0, rate=PHONE_RATE).samples
    spaced = np.concatenate([word, np.zeros(3 * PHONE_RATE, np.float32), word])
    assert levels.loudness(spaced) == pytest.approx(levels.loudness(word), abs=0.7)


def test_silence_has_no_loudness() -> None:
    assert levels.loudness(np.zeros(PHONE_RATE, np.float32)) == -70.0


def test_silence_at_the_ends_becomes_a_known_margin() -> None:
    sound = levels.for_phone(hum(1.0))
    heard = np.flatnonzero(np.abs(sound) > 0.005)
    assert heard[0] / PHONE_RATE == pytest.approx(0.08, abs=0.03)
    assert (len(sound) - heard[-1]) / PHONE_RATE == pytest.approx(0.12, abs=0.05)


def test_clips_that_are_joined_have_narrower_margins() -> None:
    whole, joined = levels.for_phone(hum(1.0)), levels.for_phone(hum(1.0), JOINED)
    assert (len(whole) - len(joined)) / PHONE_RATE == pytest.approx(0.11, abs=0.002)


def test_the_ends_are_faded_so_that_nothing_clicks() -> None:
    sound = levels.trim(hum(0.5, rate=PHONE_RATE).samples)
    edge = int(levels.WHOLE.head_s * PHONE_RATE)
    assert np.all(sound[:edge] == 0)
    assert abs(sound[edge]) < 0.01


@pytest.mark.parametrize("count", [0, 40, 8000])
def test_a_voice_that_says_nothing_is_refused(count: int) -> None:
    with pytest.raises(BadInput, match="check the voice"):
        levels.trim(np.zeros(count, np.float32))


def test_a_sudden_peak_is_turned_down_and_the_rest_left_alone() -> None:
    sound = tone(440, PHONE_RATE, 1.0, 0.2).samples
    sound[4000] = 1.5
    limited = levels.limit(sound)
    assert levels.true_peak(limited) <= 10 ** (levels.CEILING_DB / 20) + 1e-6
    assert np.allclose(limited[:3000], sound[:3000] * (limited[100] / sound[100]))
    assert rms_db(limited[:3000]) > rms_db(sound[:3000]) - 1.0


def test_a_quiet_sound_passes_the_limiter_untouched() -> None:
    sound = tone(440, PHONE_RATE, 0.2, 0.2).samples
    assert levels.limit(sound) is sound


def test_the_true_peak_sees_between_the_samples() -> None:
    # A quarter of the rate, shifted by 45 degrees: samples at 0.707, peak at 1.
    t = np.arange(800)
    sound = np.sin(2 * np.pi * t / 4 + np.pi / 4).astype(np.float32)
    assert np.abs(sound).max() == pytest.approx(0.707, abs=0.001)
    assert levels.true_peak(sound) == pytest.approx(1.0, abs=0.01)
    assert levels.true_peak(np.zeros(0, np.float32)) == 0.0


def test_the_wav_file_is_what_the_switch_plays() -> None:
    content = levels.wav_bytes(hum(0.2, rate=PHONE_RATE).samples)
    with wave.open(io.BytesIO(content)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (
            8000,
            1,
            2,
        )


def test_too_loud_samples_are_clipped_and_do_not_wrap_round() -> None:
    again = levels.read_wav(levels.wav_bytes(np.array([2.0, -2.0], np.float32)))
    assert again.samples.tolist() == pytest.approx([1.0, -1.0], abs=1e-4)


def written(width: int, channels: int, frames: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(16000)
        out.writeframes(frames)
    return buffer.getvalue()


def test_recordings_of_24_bits_and_two_channels_are_read() -> None:
    left, right = (2**22).to_bytes(3, "little"), (0).to_bytes(3, "little")
    speech = levels.read_wav(written(3, 2, (left + right) * 10))
    assert speech.rate == 16000
    assert speech.samples.tolist() == pytest.approx([0.25] * 10)


def test_negative_24_bit_samples_keep_their_sign() -> None:
    frame = (-(2**22)).to_bytes(3, "little", signed=True)
    assert levels.read_wav(written(3, 1, frame)).samples[0] == pytest.approx(-0.5)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3 this is an MP3"])
def test_what_is_no_wav_file_is_refused_with_a_remedy(content: bytes) -> None:
    with pytest.raises(BadInput, match="save it as WAV"):
        levels.read_wav(content)


def test_8_bit_recordings_are_refused() -> None:
    with pytest.raises(BadInput, match="8 bit"):
        levels.read_wav(written(1, 1, b"\x80" * 10))
