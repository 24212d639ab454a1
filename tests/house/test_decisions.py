"""Every decision record is numbered, complete and listed in the index."""

import re

from tests.house.sources import ROOT, tracked

INDEX = ROOT / "docs/decisions/README.md"
RECORDS = [path for path in tracked("docs/decisions/*.md") if re.match(r"\d{4}-", path.name)]
SECTIONS = ("## Context", "## Decision", "## Consequences")


def test_there_are_records() -> None:
    assert RECORDS


def test_every_record_is_listed_with_its_own_title() -> None:
    index = INDEX.read_text(encoding="utf-8")
    for record in RECORDS:
        title = (ROOT / record).read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert re.match(rf"{int(record.name[:4])}\. .+", title), f"{record}: the title begins with its number"
        assert f"[{title}]({record.name})" in index, f"{record} is not in the index as [{title}]({record.name})"


def test_every_link_of_the_index_leads_to_a_record() -> None:
    linked = re.findall(r"\]\((\d{4}-[^)]+)\)", INDEX.read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(record.name for record in RECORDS)


def test_numbers_are_given_once() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert sorted(set(numbers)) == sorted(numbers)


def test_every_record_has_its_sections() -> None:
    for record in RECORDS:
        text = (ROOT / record).read_text(encoding="utf-8")
        assert re.search(r"^Status: (proposed|accepted|replaced by \d{4})", text, re.M), f"{record}: no status"
        assert not [section for section in SECTIONS if section not in text], record
