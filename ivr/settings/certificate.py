"""The certificate of this installation: pages, browsers' phones, SIP over TLS.

HOME/keys holds a small authority of our own and a server certificate that it has
signed; people's machines trust the authority once, and go on trusting it when the
server's certificate is renewed. `own.crt` and `own.key` in that folder, if they are
there, take the place of ours: we never renew or judge them.

Made by openssl; nothing here serves or asks the network.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ivr.errors import SetupFailed
from ivr.settings.config import Settings

FOLDER = "keys"
AUTHORITY_DAYS = 3650
# Apple's devices take no longer one, of an own authority either.
SERVER_DAYS = 820
RENEW_WITHIN_S = 45 * 24 * 3600
OPENSSL_S = 30.0
AUTHORITY_NAME = "/CN=Samvad of {host}/O=Samvad"

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the files are, in PEM."""

    chain: Path  # the server's certificate, then who signed it
    key: Path
    authority: Path | None  # what a machine must trust; None: an own certificate


def certificate(settings: Settings) -> Certificate:
    """Return the certificate for this installation, made or renewed if need be.

    Renewed when it ends within 45 days or when the addresses have changed.
    Raises SetupFailed.
    """
    keys, names = settings.home / FOLDER, names_of(settings)
    if (own := _own(keys)) is not None:
        return own
    if not _is_good(keys, names):
        _make(keys, names)
    return _ours(keys)


def existing(settings: Settings) -> Certificate | None:
    """Return the certificate as it lies there; None before the first start."""
    keys = settings.home / FOLDER
    ours = _ours(keys)
    return _own(keys) or (ours if ours.chain.exists() else None)


def _own(keys: Path) -> Certificate | None:
    own = Certificate(keys / "own.crt", keys / "own.key", None)
    return own if own.chain.exists() and own.key.exists() else None


def _ours(keys: Path) -> Certificate:
    return Certificate(keys / "server.crt", keys / "server.key", keys / "authority.crt")


def authority_der(made: Certificate) -> bytes | None:
    """Return what a machine must trust, to hand out: the certificate alone, in DER.

    None for an own certificate, whose authority is no matter of ours.
    """
    if made.authority is None:
        return None
    # From one mark to the other: whatever else may stand in the file stays there.
    found = _PEM.search(made.authority.read_text("ascii"))
    return ssl.PEM_cert_to_DER_cert(found[0] + "\n") if found else None


def ends_at(made: Certificate) -> datetime | None:
    """Return when the certificate ends; None for what openssl cannot read."""
    done = _run(["x509", "-enddate", "-noout", "-in", str(made.chain)])
    try:
        end = ssl.cert_time_to_seconds(done.stdout.strip().removeprefix("notAfter="))
    except ValueError:
        return None
    return datetime.fromtimestamp(end, UTC)


def names_of(settings: Settings) -> tuple[str, ...]:
    """Return every name and address by which browsers may reach this machine."""
    addresses = {"127.0.0.1", "::1", settings.asterisk.bind, settings.web.host}
    addresses.add(settings.asterisk.public_address)
    names = {"localhost", socket.gethostname()}
    for address in addresses - {""}:
        try:
            if ipaddress.ip_address(address).is_unspecified:
                names |= _addresses_of_this_machine()
            else:
                names.add(address)
        except ValueError:
            names.add(address)
    return tuple(sorted(names))


def _addresses_of_this_machine() -> set[str]:
    """Return the address of the way out, which is what others use on most machines."""
    found = set()
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((far, 9))  # of UDP: sends nothing
            except OSError:
                continue
            found.add(str(probe.getsockname()[0]).partition("%")[0])
    return found


def _is_good(keys: Path, names: Iterable[str]) -> bool:
    wanted = ("authority.crt", "authority.key", "server.crt", "server.key", "names")
    if not all((keys / name).exists() for name in wanted):
        return False
    if (keys / "names").read_text("utf-8").split() != list(names):
        return False
    return all(_lasts(keys / name) for name in ("authority.crt", "server.crt"))


def _lasts(file: Path) -> bool:
    words = ["x509", "-checkend", str(RENEW_WITHIN_S), "-noout", "-in", str(file)]
    return _run(words).returncode == 0


def _make(keys: Path, names: Iterable[str]) -> None:
    """Make a server certificate, and the authority if there is none that lasts."""
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, key = keys / "authority.crt", keys / "authority.key"
    with tempfile.TemporaryDirectory(prefix=".new-", dir=keys) as name:
        draft = Path(name)
        if not (authority.exists() and key.exists() and _lasts(authority)):
            _make_authority(draft)
            _put(draft / "authority.key", key)
            _put(draft / "authority.crt", authority)
        _make_server(draft, authority, key, names)
        chain = (draft / "server.pem").read_text() + authority.read_text()
        (draft / "server.crt").write_text(chain)
        (draft / "names").write_text("\n".join(names) + "\n", "utf-8")
        for made in ("server.key", "server.crt", "names"):
            _put(draft / made, keys / made)


def _make_authority(draft: Path) -> None:
    host = "".join(c for c in socket.gethostname() if c.isalnum() or c in ".-")
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", str(AUTHORITY_DAYS)]
    words += ["-subj", AUTHORITY_NAME.format(host=host or "this machine")]
    words += ["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0"]
    words += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    words += ["-keyout", str(draft / "authority.key")]
    _must([*words, "-out", str(draft / "authority.crt")])


def _make_server(
    draft: Path, authority: Path, authority_key: Path, names: Iterable[str]
) -> None:
    extensions = draft / "extensions"
    extensions.write_text(
        "basicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\n"
        # Both: for DTLS-SRTP this end is now the server, now the client.
        "extendedKeyUsage=serverAuth,clientAuth\n"
        "subjectKeyIdentifier=hash\n"
        "authorityKeyIdentifier=keyid\n"
        f"subjectAltName={','.join(map(_alternative, names))}\n"
    )
    words = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    words += ["-subj", "/CN=Samvad", "-keyout", str(draft / "server.key")]
    _must([*words, "-out", str(draft / "server.csr")])
    words = ["x509", "-req", "-in", str(draft / "server.csr"), "-sha256"]
    words += ["-CA", str(authority), "-CAkey", str(authority_key)]
    words += ["-set_serial", f"0x{secrets.token_hex(16)}", "-days", str(SERVER_DAYS)]
    words += ["-extfile", str(extensions), "-out", str(draft / "server.pem")]
    _must(words)


def _alternative(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _put(draft: Path, file: Path) -> None:
    draft.chmod(0o600 if file.suffix == ".key" else 0o644)
    os.replace(draft, file)


def _must(words: list[str]) -> None:
    done = _run(words)
    if done.returncode != 0:
        raise SetupFailed(f"openssl made no certificate: {done.stderr.strip()}")


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise SetupFailed("openssl is missing: apt-get install openssl")
    try:
        return subprocess.run(
            [openssl, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=OPENSSL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise SetupFailed(f"openssl did not end within {OPENSSL_S:.0f} s") from exc
