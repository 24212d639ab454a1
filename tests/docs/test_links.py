"""Links between the project's own pages lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.house.sources import ROOT, tracked

LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def _dead() -> Iterator[str]:
    for page in tracked("*.md"):
        for target in LINK.findall(CODE.sub("", (ROOT / page).read_text("utf-8"))):
            found = ROOT / page.parent / unquote(target)
            if not found.exists() and not Path(target).is_absolute():
                yield f"{page}: {target}"


def test_relative_links_of_all_pages_lead_to_files() -> None:
    assert list(_dead()) == []
