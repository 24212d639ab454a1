"""`split`: one message for each item of a list or field of a map."""

from collections.abc import Sequence
from typing import Any

from pydantic import PositiveInt

from flowengine import Config, Example, Message, Messages, Rejected, Transform, parts_of
from flowengine.expression import Expr


class SplitConfig(Config):
    """Settings of `split`."""

    items: Expr | None = None
    """The list or map to split, such as `payload.readings`; by default the payload."""

    most: PositiveInt = 10_000
    """Longer lists and maps are rejected."""


class Split(Transform):
    """Make one message of each item, with `meta.index`, `meta.count` and `meta.group`; of a map's also `meta.field`."""

    config: SplitConfig
    divides = True
    examples = (
        Example("A list", given=[[1, 2]], gives=[1, 2]),
        Example("Metrics one by one", "items: payload.metrics", given=[{"metrics": {"t": 1, "rh": 2}}],
                gives=[{"payload": 1, "meta": {"index": 0, "count": 2, "group": 1, "field": "t"}},
                       {"payload": 2, "meta": {"index": 1, "count": 2, "group": 1, "field": "rh"}}]),
    )  # fmt: skip

    def process(self, messages: Messages) -> Sequence[Message]:
        values = self.config.items.each(messages) if self.config.items else [m.payload for m in messages]
        return [part for m, value in zip(messages, values, strict=True) for part in self._parts(m, value)]

    def _parts(self, m: Message, value: Any) -> list[Message]:
        if not isinstance(value, list | tuple | dict):
            raise Rejected("neither a list nor a map")
        count = len(value)
        if count > self.config.most:
            raise Rejected(f"more than {self.config.most} items")
        fields = [{"field": name} for name in value] if isinstance(value, dict) else [{}] * count
        items = value.values() if isinstance(value, dict) else value
        about = {**m.meta, "count": count, "group": m.id}
        metas = [{**about, "index": index, **field} for index, field in enumerate(fields)]
        return list(parts_of(m, self.context.node, items, metas, at_once=isinstance(value, dict)))
