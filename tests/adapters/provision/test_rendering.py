"""Asterisk's files in a real folder, for an Asterisk that is not there."""

from __future__ import annotations

import dataclasses
import os
import stat
from pathlib import Path

import pytest

from ivr.asterisk.outbox import take
from ivr.asterisk.provision import Folders, Installed, render, render_folder, resolve
from ivr.core.model import CentreCode, Telecaller, TelecallerId
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.secret import secret


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(PROJECT / "config/demo.toml").replace(home=tmp_path / "home")


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    (tmp_path / "modules").mkdir()
    (tmp_path / "data" / "documentation").mkdir(parents=True)
    return Installed(
        Path("/bin/true"), tmp_path / "modules", tmp_path / "data", "22.10.1"
    )


def telecaller(address: str) -> Telecaller:
    return Telecaller(TelecallerId(address), "सुनीता वर्मा", CentreCode("MP"), address)


def pjsip(folders: Folders) -> str:
    return (folders.conf / "pjsip.conf").read_text("utf-8")


def test_every_file_is_its_owners_alone(
    settings: Settings, installed: Installed
) -> None:
    folders = render(settings, [telecaller("tc-101")], asterisk=installed)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folders.conf.iterdir()}
    assert modes == {0o600}
    assert os.access(folders.home / "agi/fallback.agi", os.X_OK)


def test_rendering_again_keeps_secrets_and_leaves_no_drafts(
    settings: Settings, installed: Installed
) -> None:
    first = pjsip(render(settings, [telecaller("tc-101")], asterisk=installed))
    folders = render(settings, [telecaller("tc-101")], asterisk=installed)
    assert pjsip(folders) == first
    assert not list(folders.conf.glob(".*"))


def test_a_telecaller_may_not_have_a_trunks_name(
    settings: Settings, installed: Installed
) -> None:
    with pytest.raises(BadInput, match="name of a trunk"):
        render(settings, [telecaller("carrier")], asterisk=installed)


def test_a_telecaller_may_not_have_the_name_of_anothers_phone_in_the_browser(
    settings: Settings, installed: Installed
) -> None:
    two = [telecaller("tc-101"), telecaller("tc-101-web")]
    with pytest.raises(BadInput, match="phone in the browser"):
        render(settings, two, asterisk=installed)


def test_a_phone_in_the_browser_has_a_password_of_its_own_and_dials_nobody(
    settings: Settings, installed: Installed
) -> None:
    folders = render(settings, [telecaller("tc-101")], asterisk=installed)
    plain, web = (secret(settings.home, name) for name in ("tc-101", "tc-101-web"))
    assert plain != web
    assert f"username = tc-101-web\npassword = {web}\n" in pjsip(folders)
    template = pjsip(folders).partition("[browser](!,telecaller)")[2]
    template = template.partition("\n[")[0]
    assert {"webrtc = yes", "context = samvad-web"} <= set(template.splitlines())
    assert "rtp_timeout" not in template  # a phone's is the same, whichever it is
    dialplan = (folders.conf / "extensions.conf").read_text("utf-8")
    assert "Dial(" not in dialplan


def test_a_softphone_is_encrypted_and_from_a_network_of_ones_own_by_default(
    settings: Settings, installed: Installed
) -> None:
    closed = dataclasses.replace(
        settings.asterisk, allow_plain_sip=False, softphones_from=("10.1.0.0/16",)
    )
    settings = dataclasses.replace(settings, asterisk=closed)
    text = pjsip(render(settings, [telecaller("tc-101")], asterisk=installed))
    phone = text.partition("[telecaller](!,both)")[2].partition("\n[")[0]
    assert "deny = 0.0.0.0/0\ndeny = ::/0\npermit = 10.1.0.0/16\n" in phone
    assert "media_encryption = sdes\n" in phone and "optimistic" not in phone
    assert "endpoint_identifier_order = ip,header,username\n" in text
    # Whoever comes unencrypted is somebody whose password nobody has.
    assert "endpoint = samvad-plain\nmatch_header = Via: /^SIP" in text
    assert secret(settings.home, "samvad-plain") in text


def test_plain_softphones_are_let_in_where_the_settings_say_so(
    settings: Settings, installed: Installed
) -> None:
    assert settings.asterisk.allow_plain_sip  # the demo's are simulated
    text = pjsip(render(settings, [telecaller("tc-101")], asterisk=installed))
    assert "media_encryption_optimistic = yes" in text
    assert "samvad-plain" not in text


def test_the_pages_port_serves_the_websocket_and_nothing_else(
    settings: Settings, installed: Installed
) -> None:
    folders = render(settings, [], asterisk=installed)
    http = (folders.conf / "http.conf").read_text("utf-8").splitlines()
    assert {
        *("enabled = no", "enablestatic = no", "enable_status = no"),
        *("tlsbindaddr = 127.0.0.1:28089", "tlsdisablev1 = yes"),
    } <= set(http)
    manager = (folders.conf / "manager.conf").read_text("utf-8")
    assert "webenabled = no" in manager


def test_a_registering_trunk_registers_at_its_address_without_dns(
    settings: Settings, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMVAD_TRUNK_CARRIER_SECRET", "pa;ss${x")
    trunk = dataclasses.replace(
        settings.trunk("carrier"), username="917552550100", host="localhost"
    )
    with pytest.raises(BadInput, match=r"pjsip\.conf.*expression"):
        render(dataclasses.replace(settings, trunks=(trunk,)), [], asterisk=installed)
    monkeypatch.setenv("SAMVAD_TRUNK_CARRIER_SECRET", "pa;ss")
    text = pjsip(
        render(dataclasses.replace(settings, trunks=(trunk,)), [], asterisk=installed)
    )
    assert "password = pa\\;ss\n" in text
    assert "server_uri = sip:localhost:15060\n" in text
    assert "\ncontact = sip:localhost" not in text
    assert "\\;lr\n" in text


def test_a_trunk_whose_name_has_no_address_is_refused() -> None:
    with pytest.raises(BadInput, match="has no address"):
        resolve("operator.invalid", "samvad.toml: trunk operator")


def test_a_project_folder_that_the_dialplan_cannot_name_is_refused(
    settings: Settings, installed: Installed, tmp_path: Path
) -> None:
    home = tmp_path / "a,b"
    with pytest.raises(BadInput, match=r"extensions\.conf"):
        render(settings.replace(home=home), [], asterisk=installed)


def test_a_template_that_wants_a_value_it_was_not_given_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.conf.j2").write_text("x = {{ nothing }}\n")
    with pytest.raises(SetupFailed, match="nothing"):
        render_folder(tmp_path, tmp_path / "out", {})
    with pytest.raises(SetupFailed, match="no templates"):
        render_folder(tmp_path / "empty", tmp_path / "out", {})


def test_a_damaged_fallback_record_is_set_aside_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    good = '{"call_id": "c-2", "key": "9", "at": "2026-11-24T05:00:00+00:00"}\n'
    (tmp_path / "c-1.json").write_text('{"call_id": ')
    (tmp_path / "c-2.json").write_text(good)
    [left] = take(tmp_path)
    assert (left.call_id, left.key) == ("c-2", "9")
    assert (tmp_path / "c-1.damaged").exists()
    left.done()
    assert take(tmp_path) == []
