"""Generated pages are those that the code would write now."""

from flowengine.cli.docs import generated, present
from tests.house.sources import ROOT

MEND = "run ./dev docs"


def test_every_page_is_as_the_code_writes_it() -> None:
    docs = ROOT / "docs"
    stale = [
        path for path, text in generated().items() if not (docs / path).exists() or (docs / path).read_text() != text
    ]
    assert not stale, MEND


def test_no_page_is_left_of_a_type_that_is_gone() -> None:
    assert set(present(ROOT / "docs")) <= set(generated()), MEND
