"""flowengine/catalog/compact.py: one page that tells all, and an index whose pages are there."""

from flowengine.catalog import installed
from flowengine.catalog.compact import WRITTEN, grammar, index
from tests.house.sources import ROOT


def test_the_index_names_every_page_and_none_that_is_not_there() -> None:
    docs = ROOT / "docs"
    there = {path.name for path in docs.glob("*.md")} - {"editor-gallery.md"}
    assert there | {"nodes/README.md"} == set(WRITTEN)
    assert all(f"({path})" in index() for path in WRITTEN)


def test_the_grammar_has_every_type_with_every_option() -> None:
    catalog, page = installed(), grammar(installed())
    for name in catalog.node_types():
        part = page.partition(f"### {name}\n")[2].partition("\n#")[0]
        options = catalog.node(name).config_type().model_json_schema()["properties"]
        assert part and all(f"`{option}`" in part for option in options), name
    assert all(f"### {name}\n" in page for name in catalog.connection_types())
    assert len(page) < 120_000
