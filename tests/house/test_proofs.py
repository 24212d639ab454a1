"""Every test that a page names as a proof exists, and every proof in tests/faults is named in docs/delivery.md."""

from __future__ import annotations

import re

from tests.house.sources import ROOT

PAGE = ROOT / "docs/delivery.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def named() -> list[tuple[str, str]]:
    """Files and, where one is meant alone, the test."""
    return NAMED.findall(PAGE.read_text(encoding="utf-8"))


def test_every_named_proof_exists() -> None:
    assert len(named()) > 30
    for file, test in named():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {test}\(", text, re.M) if test else "test" in text, f"{file}::{test}"


def test_every_proof_is_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/faults").glob("test_*.py")}
    assert files <= {file for file, _ in named()}


def test_every_test_that_the_security_page_names_exists() -> None:
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    names = re.findall(r"`(?:tests/[\w/]+/)?(test_\w+\.py)`", page)
    assert len(names) > 12 and [name for name in names if name not in files] == []
    paths = re.findall(r"`(tests/[\w/]+\.py)`", page)
    assert [path for path in paths if not (ROOT / path).is_file()] == []
