"""A softphone's settings as Linphone fetches them: lpconfig, an XML of sections.

https://wiki.linphone.org/xwiki/wiki/public/view/Lib/Features/Remote%20Provisioning/
An entry replaces what the phone has only if it says `overwrite`.
"""

from __future__ import annotations

from xml.etree import ElementTree

from ivr.core.softphone import Softphone

NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"
EXPIRES_S = "300"  # default_expiration of dialplans/pjsip.conf.j2

Sections = dict[str, dict[str, str]]


def lpconfig(phone: Softphone) -> bytes:
    """Return the document, in UTF-8."""
    root = ElementTree.Element("config", {"xmlns": NAMESPACE})
    for name, entries in _sections(phone).items():
        section = ElementTree.SubElement(root, "section", {"name": name})
        for key, value in entries.items():
            given = {"name": key, "overwrite": "true"}
            ElementTree.SubElement(section, "entry", given).text = value
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _sections(phone: Softphone) -> Sections:
    server = f"<sip:{phone.host}:{phone.tls_port};transport=tls>"
    return {
        # The link opens once, so the phone must not ask it again at each start.
        "misc": {"transient_provisioning": "1"},
        "sip": {
            "default_proxy": "0",
            "media_encryption": "srtp",
            "media_encryption_mandatory": "0" if phone.udp_port else "1",
            "verify_server_certs": "1",
            "verify_server_cn": "1",
        },
        "auth_info_0": {
            "username": phone.user,
            "userid": phone.user,
            "passwd": phone.password,
            "realm": phone.realm,
            "domain": phone.host,
        },
        "proxy_0": {
            "reg_proxy": server,
            "reg_route": server,
            "reg_identity": f"{_quoted(phone.name)} <sip:{phone.user}@{phone.host}>",
            "reg_expires": EXPIRES_S,
            "reg_sendregister": "1",
            "publish": "0",
        },
        # What the telephone network speaks: nothing is translated on the way.
        "audio_codec_0": _codec("PCMA"),
        "audio_codec_1": _codec("PCMU"),
    }


def _codec(name: str) -> dict[str, str]:
    return {"mime": name, "rate": "8000", "channels": "1", "enabled": "1"}


def _quoted(name: str) -> str:
    """Return a display name as RFC 3261 quotes it, on one line of the phone's file."""
    # Control characters have no place in XML. Hindi's two joiners have.
    kept = "".join(c for c in " ".join(name.split()) if ord(c) >= 0x20)
    escaped = kept.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
