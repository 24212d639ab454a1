"""`map`: rename, flatten and choose the fields of a payload."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from nodes.values.names import CASES, OF_A_FIELD, OF_A_MAP, Cased, flatten, names_work, rename, unflatten, with_case
from nodes.values.work import Work


class MapConfig(Config):
    """Settings of `map`. The steps are taken in the order of the options."""

    flatten: bool = False
    """Put the fields of inner maps and lists side by side: `{a: {b: 1}}` becomes `{a_b: 1}`."""

    separator: str = Field(default="_", min_length=1)
    """What stands between the names of nested fields."""

    rename: dict[str, str] = Field(default={})
    """New names of fields by their old ones; `memory_*: "*"` takes a prefix away."""

    case: Literal["snake", "camel", "kebab", "pascal"] | None = None
    """How the names of all fields are written: `heapFreeKb` in snake case is `heap_free_kb`."""

    only: list[str] = Field(default=[])
    """Keep these fields (new names) and no others."""

    except_: list[str] = Field(default=[])
    """Drop these fields (new names)."""

    drop_null: bool = False
    """Drop fields that are null."""

    nest: bool = False
    """The opposite of `flatten`: `{a_b: 1}` becomes `{a: {b: 1}}`."""


class Map(Transform):
    """Change the names and the shape of a payload that is a map. A clash of two names is an error."""

    config: MapConfig
    examples = (
        Example("From a device to a table", '{flatten: true, rename: {"memory_*": "*"}, case: snake}',
                given=[{"rssi": -45, "memory": {"heapFreeKb": 123}}], gives=[{"rssi": -45, "heap_free_kb": 123}]),
        Example("Some fields only", "only: [t, rh]", given=[{"t": 1, "rh": 2, "fw": "x"}], gives=[{"t": 1, "rh": 2}]),
        Example("Without some", "except: [fw]", given=[{"t": 1, "fw": "x"}], gives=[{"t": 1}]),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, MapConfig)
        return [("nest", "is the opposite of `flatten`")] if config.nest and config.flatten else []

    def start(self) -> None:
        self._left_out = frozenset(self.config.except_)
        self._of_a_map = OF_A_MAP + OF_A_FIELD * len(self.config.only)

    def process(self, messages: Messages) -> Sequence[Message]:
        return [m.with_payload(self._all_mapped(m.payload)) for m in messages]

    def _all_mapped(self, payload: Any) -> Any:
        work = names_work()
        return self._mapped(payload, self._steps(work), work)

    def _steps(self, work: Work) -> Sequence[Callable[[Any], Any]]:
        """What is done to each map of a message, whose names may take so much together."""
        config, steps = self.config, list[Callable[[Any], Any]]()
        if config.flatten:
            steps.append(lambda fields: flatten(fields, config.separator, work=work))
        if config.rename:
            steps.append(lambda fields: rename(fields, config.rename, work))
        if config.case is not None:
            cased = Cased(CASES[config.case], work)
            steps.append(lambda fields: with_case(fields, cased))
        if config.only:
            steps.append(lambda fields: {name: fields[name] for name in config.only if name in fields})
        if config.except_:
            left_out = self._left_out
            steps.append(lambda fields: {name: value for name, value in fields.items() if name not in left_out})
        if config.drop_null:
            steps.append(lambda fields: {name: value for name, value in fields.items() if value is not None})
        if config.nest:
            steps.append(lambda fields: unflatten(fields, config.separator, work=work))
        return steps

    def _mapped(self, payload: Any, steps: Sequence[Callable[[Any], Any]], work: Work) -> Any:
        if isinstance(payload, list):
            return [self._mapped(item, steps, work) for item in payload]
        if not isinstance(payload, dict):
            raise Rejected("payload is not a map")
        for step in steps:
            work.take(self._of_a_map + OF_A_FIELD * len(payload))
            payload = step(payload)
        return payload
