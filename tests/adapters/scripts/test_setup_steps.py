"""The set-up's other steps: what is stamped, and what is said when root is needed."""

from pathlib import Path

import pytest
import python_env
import system_packages
from steps import Step, StepFailed


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/run.lock").write_text("a==1\n")
    (tmp_path / "requirements/dev.lock").write_text("a==1\nb==2\n")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(python_env, "PROJECT", tmp_path)
    monkeypatch.setattr(python_env, "PYTHON", python)
    monkeypatch.setattr(python_env, "STAMP", tmp_path / ".venv/.complete")
    return tmp_path


def stamp(purpose: str) -> None:
    python_env.STAMP.write_text("\n".join(python_env._stamps(purpose)) + "\n")


@pytest.mark.usefixtures("project")
def test_an_interrupted_installation_is_not_complete() -> None:
    assert not python_env.is_complete("demo")


@pytest.mark.usefixtures("project")
def test_what_is_installed_for_tests_serves_the_demo_too() -> None:
    stamp("test")
    assert python_env.is_complete("demo")


@pytest.mark.usefixtures("project")
def test_what_is_installed_for_the_demo_does_not_serve_the_tests() -> None:
    stamp("demo")
    assert not python_env.is_complete("test")


def test_a_changed_lock_asks_for_a_new_installation(project: Path) -> None:
    stamp("demo")
    (project / "requirements/run.lock").write_text("a==2\n")
    assert not python_env.is_complete("demo")


def test_pip_settings_that_install_elsewhere_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    environment = python_env._environment()
    assert "PIP_TARGET" not in environment
    assert environment["PIP_INDEX_URL"] == "https://index.example/simple"


def test_without_root_and_sudo_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)
    programs = {"apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(system_packages.shutil, "which", programs.get)
    with pytest.raises(StepFailed, match="As root: apt-get install tzdata"):
        system_packages._become_root(["tzdata"])


def test_a_finished_step_says_its_result_and_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Step("Unpacking") as step:
        step.result = "3 packages"
    assert capsys.readouterr().out.splitlines() == [
        "      Unpacking ...",
        "      Unpacking: 3 packages, 0 s",
    ]


def test_a_failed_step_does_not_claim_to_be_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(StepFailed), Step("Unpacking"):
        raise StepFailed("the disk is full")
    assert "0 s" not in capsys.readouterr().out
