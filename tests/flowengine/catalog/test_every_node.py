"""flowengine/catalog/every_node.py: what forms and schemas offer for every node is what flows may say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from flowengine.catalog.every_node import DedupeOptions, DurableOptions, EveryNode, QueueOptions
from flowengine.catalog.schema import COMMON
from flowengine.flow import parse
from flowengine.flow.node_options import read_dedupe, read_durable, read_queue


class Strict:
    """A reader that lets nothing pass."""

    def report(self, path: Any, message: str, hint: str = "", key: bool = False) -> None:
        raise AssertionError(message)

    def mapping(self, value: Any, path: Any) -> dict[str, Any]:
        return dict(value or {})


def test_the_options_of_every_node_are_those_that_are_parsed() -> None:
    assert {*COMMON, *EveryNode.model_fields} == set(parse.COMMON)


@pytest.mark.parametrize(
    ("read", "options"), [(read_queue, QueueOptions), (read_durable, DurableOptions), (read_dedupe, DedupeOptions)]
)
def test_what_the_form_offers_is_understood_and_its_defaults_are_those_of_nothing_said(read: Any, options: Any) -> None:
    defaults = options().model_dump()
    assert read(defaults, ("node",), Strict()) == read({}, ("node",), Strict())


def test_a_backlog_never_makes_a_spool_faster() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        DurableOptions(slower={"10000": 0.5})
