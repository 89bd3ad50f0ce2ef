"""Secrets: from the environment, or made once and kept in HOME/secrets.

Never in a settings file, never in a log.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from ivr.errors import SetupFailed


def env_name(name: str) -> str:
    """Return the variable that overrides secret `name`: ami -> SAMVAD_AMI_SECRET."""
    return f"SAMVAD_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_SECRET"


def secret(home: Path, name: str) -> str:
    """Return secret `name`; the first time, make one of 32 random letters."""
    from_env = os.environ.get(env_name(name))
    if from_env:
        return from_env
    file = home / "secrets" / name
    try:
        return file.read_text("ascii").strip() if file.exists() else _make(file)
    except OSError as exc:
        raise SetupFailed(
            f"secret {file} cannot be read or written ({exc.strerror}): "
            "check who owns the folder"
        ) from exc


def _make(file: Path) -> str:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(24) + "\n")
    try:
        os.link(fresh, file)  # fails when another process was first: theirs counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return file.read_text("ascii").strip()
