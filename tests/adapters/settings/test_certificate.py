"""The installation's certificate: whose it is, and when a new one is made."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from ivr.errors import SetupFailed
from ivr.settings import certificate as room
from ivr.settings.certificate import Certificate, certificate, names_of
from ivr.settings.config import PROJECT, Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(PROJECT / "config/demo.toml").replace(home=tmp_path / "home")


def at(settings: Settings, *, bind: str, public: str = "") -> Settings:
    asterisk = dataclasses.replace(settings.asterisk, bind=bind, public_address=public)
    return dataclasses.replace(settings, asterisk=asterisk)


def greet(made: Certificate, name: str) -> None:
    """Shake hands as a browser does that trusts the authority. Raises SSLError."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain, made.key)
    client = ssl.create_default_context(cafile=made.authority)
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(far, server_side=True).close()
        except (ssl.SSLError, OSError):
            far.close()

    other = threading.Thread(target=serve)
    other.start()
    try:
        client.wrap_socket(near, server_hostname=name).close()
    finally:
        near.close()
        other.join(5)


def test_who_trusts_the_authority_trusts_the_server_by_each_of_its_names(
    settings: Settings,
) -> None:
    made = certificate(at(settings, bind="192.0.2.7", public="203.0.113.9"))
    for name in ("localhost", "127.0.0.1", "192.0.2.7", "203.0.113.9"):
        greet(made, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(made, "elsewhere.example")


def test_the_keys_are_their_owners_alone(settings: Settings) -> None:
    made = certificate(settings)
    for name in ("server.key", "authority.key"):
        assert stat.S_IMODE((made.key.parent / name).stat().st_mode) == 0o600


def test_it_is_kept_from_one_start_to_the_next(settings: Settings) -> None:
    first = certificate(settings).chain.read_bytes()
    assert certificate(settings).chain.read_bytes() == first


def test_a_new_address_renews_the_server_and_keeps_the_authority(
    settings: Settings,
) -> None:
    made = certificate(settings)
    before = (made.chain.read_bytes(), made.key.with_name("authority.crt").read_bytes())
    moved = at(settings, bind="192.0.2.7")
    again = certificate(moved)
    greet(again, "192.0.2.7")
    assert again.chain.read_bytes() != before[0]
    assert again.key.with_name("authority.crt").read_bytes() == before[1]


def test_one_that_ends_soon_is_renewed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = certificate(settings).chain.read_bytes()
    monkeypatch.setattr(room, "RENEW_WITHIN_S", (room.SERVER_DAYS + 1) * 86_400)
    assert certificate(settings).chain.read_bytes() != first


def test_one_of_the_operators_own_takes_its_place(settings: Settings) -> None:
    made = certificate(settings)
    for ending in ("crt", "key"):
        theirs = made.key.with_name(f"own.{ending}")
        theirs.write_bytes(made.key.with_name(f"server.{ending}").read_bytes())
    assert certificate(settings).chain.name == "own.crt"
    assert certificate(settings).authority is None


def test_listening_everywhere_names_the_machines_own_address(
    settings: Settings,
) -> None:
    names = names_of(at(settings, bind="0.0.0.0"))
    assert "0.0.0.0" not in names
    assert {"localhost", "127.0.0.1", socket.gethostname()} <= set(names)


def test_without_openssl_the_remedy_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.shutil, "which", lambda _: None)
    with pytest.raises(SetupFailed, match="apt-get install openssl"):
        certificate(settings)
