"""Every node type has a drawing of its own in the editor, and no drawing is for a type that is gone."""

import re

from flowengine.catalog import installed
from tests.house.sources import ROOT


def test_every_node_type_has_a_drawing() -> None:
    source = (ROOT / "web_editor/ui/src/parts/typeIcons.ts").read_text("utf-8")
    table = source.partition("const BY_TYPE")[2].partition("};")[0]
    assert set(re.findall(r"(\w+): \"", table)) == set(installed().node_types())
