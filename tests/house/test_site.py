"""The site's map leads to pages that are there, and to every page that integrators are given."""

import re

from tests.house.sources import ROOT, tracked

NAMED = re.findall(r"(?:- |: )([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), flags=re.M)


def test_every_page_of_the_map_is_there() -> None:
    assert len(NAMED) > 15
    assert [name for name in NAMED if not (ROOT / name).is_file()] == []


def test_every_page_for_integrators_is_on_the_map() -> None:
    pages = {str(path) for path in tracked("docs/*.md") if len(path.parts) == 2 or path.parts[1] in ("tutorials", "fr")}
    assert pages - set(NAMED) == set()
