"""Group and colour of a node type come from its class, so that nodes of other packages are no second class."""

from flowengine.node import Sink, Source, Transform
from web_editor.palette.palette import category


class Plain(Transform):
    """Says nothing of its group."""


class Watchdog(Sink):
    """Says it."""

    category = "logic"


class Meter(Source):
    """Says nothing either."""


def test_a_class_says_its_group_else_its_kind_does() -> None:
    assert category(Watchdog) == "logic"
    assert [category(kind) for kind in (Plain, Meter, Sink)] == ["transform", "source", "output"]
