"""`split`: one message for each item of a list or field of a map."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import PositiveInt

from flowengine import Config, Example, Message, Rejected, parts_of
from flowengine.counts import count_of
from flowengine.expression import Expr
from nodes.batches.turns import InTurns

PARTS = 1_000
"""So many are made at a time, and about twice as many leave before others get their turn."""


class SplitConfig(Config):
    """Settings of `split`."""

    items: Expr | None = None
    """The list or map to split, such as `payload.readings`; by default the payload."""

    most: PositiveInt = 10_000
    """Longer lists and maps are rejected."""


class Split(InTurns):
    """Make one message of each item, with `meta.index`, `meta.count` and `meta.group`; of a map's also `meta.field`."""

    config: SplitConfig
    divides = True
    per_turn = 2 * PARTS
    leaves_early = True
    examples = (
        Example("A list", given=[[1, 2]], gives=[1, 2]),
        Example("Metrics one by one", "items: payload.metrics", given=[{"metrics": {"t": 1, "rh": 2}}],
                gives=[{"payload": 1, "meta": {"index": 0, "count": 2, "group": 1, "field": "t"}},
                       {"payload": 2, "meta": {"index": 1, "count": 2, "group": 1, "field": "rh"}}]),
    )  # fmt: skip

    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        value = self.config.items(message) if self.config.items else message.payload
        if not isinstance(value, list | tuple | dict):
            raise Rejected("neither a list nor a map")
        if len(value) > self.config.most:
            raise Rejected(f"more than {count_of(self.config.most, 'item')}")
        items = value.values() if isinstance(value, dict) else value
        at_once = isinstance(value, dict)
        parts = parts_of(message, self.context.node, items, _metas(message, value), at_once)
        while made := list(islice(parts, PARTS)):
            self.out += made
            yield len(made)


def _metas(message: Message, value: Sequence[Any] | Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    about = {**message.meta, "count": len(value), "group": message.id}
    if isinstance(value, Mapping):
        return ({**about, "index": index, "field": name} for index, name in enumerate(value))
    return ({**about, "index": index} for index in range(len(value)))
