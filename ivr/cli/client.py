"""A client of a running Samvad's JSON API, for the commands of dialer.py."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from ivr.errors import BadInput, SamvadError
from ivr.settings.config import Settings
from ivr.settings.secret import secret

TIMEOUT_S = 30.0


class NotRunning(SamvadError):
    """Samvad is not running. Start it with: dialer.py up"""


class Client:
    """Asks the Samvad that works in these settings' home folder."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"http://127.0.0.1:{settings.web.port}"
        self._token = secret(settings.home, "api")
        # Straight to this machine, whatever proxy the environment names.
        handler = urllib.request.ProxyHandler({})
        self._opener = urllib.request.build_opener(handler)

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._ask("POST", path, body or {})

    def is_running(self) -> bool:
        try:
            self.get("/api/v1/campaigns")
        except NotRunning:
            return False
        return True

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as exc:
            raise BadInput(_message(exc)) from None
        except urllib.error.URLError as exc:
            raise NotRunning from exc
        except (OSError, ValueError, http.client.HTTPException) as exc:
            raise SamvadError(
                f"what listens on {self._base} gave no answer of Samvad's ({exc}): "
                "see [web] port in the settings"
            ) from exc


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message_en"])
    except (ValueError, KeyError):
        return f"HTTP {error.code}"
