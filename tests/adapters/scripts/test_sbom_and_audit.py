"""What Samvad is made of, and what is known to be wrong with it."""

from __future__ import annotations

import json
import subprocess

import audit
import pytest
import sbom

LOCK = """aiohttp==3.14.5 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via samvad
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{a}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{b}
""".format(a="a" * 64, b="b" * 64)


def test_a_locks_packages_are_told_with_their_hashes() -> None:
    first, *others = sbom.of_python(LOCK)
    assert first["purl"] == "pkg:pypi/aiohttp@3.14.5"
    [where] = first["externalReferences"]
    assert [one["content"] for one in where["hashes"]] == ["a" * 64, "b" * 64]
    assert [one["version"] for one in others] == ["2.4.6", "2.5.5"]


def test_what_only_makes_the_pages_is_told_as_such() -> None:
    one = {
        "version": "0.28.2",
        "dev": True,
        "license": "MIT",
        "integrity": "sha512-AA==",
    }
    lock = {"packages": {"": {"name": "samvad"}, "node_modules/@esbuild/a": one}}
    [told] = sbom.of_npm(lock)
    assert told["purl"] == "pkg:npm/%40esbuild/a@0.28.2"
    assert told["scope"] == "excluded"
    assert told["hashes"] == [{"alg": "SHA-512", "content": "00"}]


def test_the_whole_bill_names_every_locked_package_once() -> None:
    bill = sbom.bill()
    names = [one["bom-ref"] for one in bill["components"]]
    assert len(names) == len(set(names)) > 50
    assert any(name.startswith("pkg:pypi/sqlalchemy@") for name in names)
    assert bill["dependencies"][0]["dependsOn"] == names
    json.dumps(bill)


def test_holes_are_told_one_in_a_line() -> None:
    hole = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    found = {"name": "a", "version": "1.0", "vulns": [hole]}
    assert audit.holes_of_python({"dependencies": [found, {"name": "b"}]}) == [
        "a 1.0: PYSEC-1, mended in 1.1"
    ]
    npm = {"vulnerabilities": {"c": {"range": "<2", "severity": "high"}}}
    assert audit.holes_of_npm(npm) == ["c <2: high"]


def test_an_audit_that_nobody_answers_does_not_say_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(words: list[str], _folder: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 1, "", "no route to host\n")

    monkeypatch.setattr(audit, "_run", away)
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert said.count("COULD NOT BE AUDITED: no route to host") == 4
    assert "no known holes" not in said
    monkeypatch.setenv("AUDIT", "required")
    assert audit.main() == 1
