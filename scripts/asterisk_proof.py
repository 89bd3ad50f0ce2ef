"""Proof that an Asterisk works here: it starts, and what Samvad needs loads.

Runs it with a small configuration in a temporary folder, on no port at all.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from steps import StepFailed

START_TIMEOUT_S = 30.0
REQUIRED = (
    "app_amd app_chanspy app_confbridge app_dial app_echo app_mixmonitor app_playback "
    "app_record app_senddtmf app_stack app_waitforsilence bridge_simple "
    "bridge_softmix chan_pjsip codec_alaw codec_ulaw format_pcm format_sln "
    "format_wav func_callerid func_channel func_logic pbx_config res_agi "
    "res_musiconhold res_pjsip res_pjsip_dtmf_info res_pjsip_registrar "
    "res_pjsip_header_funcs res_pjsip_session res_pjsip_transport_websocket "
    "res_rtp_asterisk res_srtp res_timing_timerfd"
).split()
# Good to have: a carrier may offer it, none insists.
WELCOME = ("codec_opus_open_source", "codec_opus", "res_prometheus", "app_queue")

CONF = {
    "asterisk.conf": """\
[directories]
astetcdir => {home}
astmoddir => {modules}
astvarlibdir => {data}
astdatadir => {data}
astdbdir => {home}
astkeydir => {home}
astagidir => {home}
astspooldir => {home}
astrundir => {home}
astlogdir => {home}
[options]
nocolor = yes
""",
    "modules.conf": "[modules]\nautoload = yes\nnoload = chan_iax2.so\n",
    "logger.conf": "[general]\n[logfiles]\nproof.log => error,warning\n",
}
# Modules decline to load without their file; an empty section is enough.
EMPTY = (
    "acl amd ccss cdr cel confbridge extensions features http indications manager "
    "musiconhold pjproject pjsip queues res_parking rtp udptl"
).split()


def missing_modules(modules: Path) -> list[str]:
    """Return the required modules that a folder does not hold."""
    return [name for name in REQUIRED if not (modules / f"{name}.so").exists()]


def prove(program: Path, modules: Path, data: Path) -> str:
    """Start it, count its modules, stop it; return a sentence or raise StepFailed."""
    if lacking := missing_modules(modules):
        raise StepFailed(f"it lacks the modules {', '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="asterisk-proof-") as name:
        home = Path(name)
        for file, text in CONF.items():
            (home / file).write_text(text.format(home=home, modules=modules, data=data))
        for file in EMPTY:
            (home / f"{file}.conf").write_text("[general]\n")
        return _start_and_look(program, home)


def _start_and_look(program: Path, home: Path) -> str:
    command = [str(program), "-C", str(home / "asterisk.conf")]
    with (home / "console").open("w+") as console:
        child = subprocess.Popen(
            [*command, "-f"],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_booted(child, command, home)
            running = _running(command)
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    if idle := [name for name in REQUIRED if name not in running]:
        raise StepFailed(f"these modules do not load: {', '.join(idle)}{_log(home)}")
    opus = "with" if running & set(WELCOME[:2]) else "without"
    return f"{len(running)} modules run, {opus} Opus"


def _wait_until_booted(
    child: subprocess.Popen[bytes], command: list[str], home: Path
) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise StepFailed(f"it stops at once (exit {child.returncode}){_log(home)}")
        if "fully booted" in _ask(command, "core waitfullybooted"):
            return
        time.sleep(0.2)
    raise StepFailed(f"it is not up after {START_TIMEOUT_S:.0f} s{_log(home)}")


def _running(command: list[str]) -> set[str]:
    rows = [line.split() for line in _ask(command, "module show").splitlines()]
    return {row[0].removesuffix(".so") for row in rows if "Running" in row}


def _ask(command: list[str], question: str) -> str:
    try:
        done = subprocess.run(
            [*command, "-rx", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=15,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def _log(home: Path) -> str:
    texts = [
        f.read_text(errors="replace") for f in home.glob("[cp]*o*e*") if f.is_file()
    ]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    return "\n    " + "\n    ".join(lines[-8:]) if lines else ""
