"""Every test that a page names as a proof exists, and every proof in tests/faults is named in docs/delivery.md."""

from __future__ import annotations

import re

from tests.house.sources import ROOT

PAGE = ROOT / "docs/delivery.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def named() -> list[tuple[str, str]]:
    """Files and, where one is meant alone, the test."""
    return NAMED.findall(PAGE.read_text(encoding="utf-8"))


def missing(proofs: list[tuple[str, str]]) -> list[str]:
    """Those that are no file, or no test in it."""
    found = []
    for file, test in proofs:
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
        if not (re.search(rf"^(async )?def {test}\(", text, re.M) if test else "test" in text.lower()):
            found.append(f"{file}::{test}")
    return found


def test_every_named_proof_exists() -> None:
    assert len(named()) > 30 and missing(named()) == []


def test_every_proof_is_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/faults").glob("test_*.py")}
    assert files <= {file for file, _ in named()}


def test_every_test_that_the_security_page_names_exists() -> None:
    proofs = NAMED.findall((ROOT / "docs/security.md").read_text(encoding="utf-8"))
    assert len(proofs) > 30 and missing(proofs) == []


def test_every_fault_of_a_field_protocol_has_a_test_that_exists() -> None:
    rows = [
        line.split("|") for line in (ROOT / "docs/field.md").read_text(encoding="utf-8").splitlines() if "::" in line
    ]
    proofs = [proof for *_, cell, _ in rows for proof in NAMED.findall(cell)]
    assert len(proofs) == len(rows) > 30 and missing(proofs) == []
