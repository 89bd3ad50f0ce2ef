"""The units and the containers as they ship: no right more than is needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[3]
UNITS = PROJECT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))


def lines_of(unit: Path) -> set[str]:
    return set(unit.read_text("utf-8").splitlines())


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_has_no_rights_of_roots_and_one_place_to_write(unit: Path) -> None:
    lines = lines_of(unit)
    assert {
        "User=samvad",
        "CapabilityBoundingSet=",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateDevices=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "LimitCORE=0",
        "UMask=0077",
    } <= lines
    [writable] = [line for line in lines if line.startswith("ReadWritePaths=")]
    assert "/srv/samvad " not in f"{writable} ".replace("=", " ")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_secret_is_in_a_unit(unit: Path) -> None:
    given = [line for line in lines_of(unit) if line.startswith("Environment=")]
    assert not any("SECRET" in line or "PASS" in line for line in given)
    assert "EnvironmentFile=-/etc/samvad.env" in lines_of(unit)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_systemd_itself_calls_a_service_ok(unit: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    words = [analyze, "security", "--offline=yes", "--threshold=20", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("service", ["asterisk", "samvad"])
def test_a_container_of_ours_cannot_write_its_root_nor_gain_a_right(
    service: str,
) -> None:
    one = COMPOSE["services"][service]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "cap_add" not in one
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in one
    written = [v for v in one["volumes"] if not v.endswith(":ro")]
    assert written == ["run:/srv/samvad/run"]
    assert "\nUSER samvad\n" in (PROJECT / "docker/Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("service", ["turn", "postgres"])
def test_containers_of_others_gain_no_right(service: str) -> None:
    one = COMPOSE["services"][service]
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "SYS_ADMIN" not in one["cap_add"]
