"""The set-up's step for the pages: when it has work to do, and what npm gets."""

import json
from pathlib import Path

import pages
import pytest
from steps import StepFailed


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    folder = tmp_path / "browser"
    (folder / "src/pages").mkdir(parents=True)
    (folder / "node_modules").mkdir()
    for name in ("build.mjs", "package.json", "package-lock.json", "tsconfig.json"):
        (folder / name).write_text("{}")
    (folder / "src/pages/desk.ts").write_text("1;")
    return folder


def packages_made_for(browser: Path, purpose: str) -> None:
    lock = pages._hash([browser / "package-lock.json"])
    (browser / "node_modules/.complete").write_text(f"{lock} {purpose}\n")


def test_bundles_of_yesterdays_sources_are_made_anew(
    browser: Path, tmp_path: Path
) -> None:
    built = tmp_path / "built"
    built.mkdir()
    assert not pages.is_of_today(browser, built)
    (built / ".sources").write_text(pages.sources_hash(browser))
    assert pages.is_of_today(browser, built)
    (browser / "src/pages/floor.ts").write_text("2;")
    assert not pages.is_of_today(browser, built)


def test_what_tests_need_serves_the_demo_but_not_the_other_way(browser: Path) -> None:
    packages_made_for(browser, "test")
    assert pages.has_packages_for("demo", browser)
    packages_made_for(browser, "demo")
    assert not pages.has_packages_for("test", browser)


def test_a_changed_lock_asks_for_the_packages_again(browser: Path) -> None:
    packages_made_for(browser, "demo")
    (browser / "package-lock.json").write_text('{"changed": true}')
    assert not pages.has_packages_for("demo", browser)


def test_an_environment_without_node_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="make setup"):
        pages.find_node(tmp_path)


def test_the_machines_own_npm_settings_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_USE_SYSTEM_CA", "0")
    environment = pages._environment(Path("/venv/bin/node"))
    assert environment["NODE_USE_SYSTEM_CA"] == "0"
    assert environment["PATH"].startswith("/venv/bin:")


def test_the_lock_names_no_host_and_a_hash_for_each_package() -> None:
    text = (pages.BROWSER / "package-lock.json").read_text()
    assert "registry" not in text and '"resolved"' not in text
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
