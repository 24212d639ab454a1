"""`set`: set, compute and delete fields of a message."""

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import is_
from typing import Annotated, Any

from msgspec.structs import replace
from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform, beside
from flowengine.expression import Expr, Template, compile_template
from nodes.batches.nested_templates import Nested, has_templates
from nodes.values.instants import instant_ns
from nodes.values.paths import NotAMap, with_value, without

Column = Callable[[Messages], Sequence[Any]]
Target = Annotated[str, Field(pattern=r"^(topic|time|payload(\.[^.\s]+)*|meta(\.[^.\s]+)+)$")]
Deleted = Annotated[str, Field(pattern=r"^(payload|meta)(\.[^.\s]+)+$")]


def _filled(value: Any) -> Any:
    if isinstance(value, str):
        return compile_template(value)
    return Nested(value) if has_templates(value) else value


class SetConfig(Config):
    """Settings of `set`."""

    values: dict[Target, Annotated[Any, AfterValidator(_filled)]] = Field(default={})
    """What to set, by target: `payload`, `payload.a.b`, `meta.x`, `topic` or `time`. A constant of any type, or texts
    with `{…}` filled from the message, also inside maps and lists (a lone `{…}` keeps its type)."""

    compute: dict[Target, Expr] = Field(default={})
    """As `values`, by expressions over the message as it came in."""

    delete: list[Deleted] = Field(default=[])
    """Fields to delete, such as `payload.raw`; before anything is set."""


class Set(Transform):
    """Set fields of payload and meta, the topic or the time. All values are taken from the message as it came in."""

    config: SetConfig
    examples = (
        Example("A constant", "values: {payload.site: lab}", given=[{"t": 1}], gives=[{"t": 1, "site": "lab"}]),
        Example(
            "Fahrenheit, and no raw value",
            "{compute: {payload.f: payload.c * 1.8 + 32}, delete: [payload.raw]}",
            given=[{"c": 100, "raw": 7}],
            gives=[{"c": 100, "f": 212.0}],
        ),
        Example("A topic from names", "values: {topic: 'plant/{device}', meta.line: 3}"),
        Example("A map around a bare value", "values: {payload: {}, payload.value: '{payload}'}", given=[5],
                gives=[{"value": 5}]),
    )  # fmt: skip

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        assert isinstance(config, SetConfig)
        return "time" in config.values or "time" in config.compute

    def start(self) -> None:
        columns = {target: _column(value) for target, value in self.config.values.items()}
        columns |= {target: expression.each for target, expression in self.config.compute.items()}
        self._topic, self._time = columns.pop("topic", None), columns.pop("time", None)
        self._payload = columns.pop("payload", None)
        self._payload_part = _part("payload", columns, self.config)
        self._meta_part = _part("meta", columns, self.config)

    def process(self, messages: Messages) -> Sequence[Message]:
        if self._payload or self._payload_part:
            payloads = self._payload(messages) if self._payload else [m.payload for m in messages]
            if self._payload_part:
                payloads = self._payload_part(payloads, messages)
            changed = [replace(m, payload=payload) for m, payload in zip(messages, payloads, strict=True)]
        else:
            changed = list(messages)
        if self._meta_part:
            metas = self._meta_part([m.meta for m in messages], messages)
            changed = [replace(m, meta=meta) for m, meta in zip(changed, metas, strict=True)]
        if self._topic:
            topics = [topic if type(topic) is str else str(topic) for topic in self._topic(messages)]
            changed = [replace(m, topic=topic) for m, topic in zip(changed, topics, strict=True)]
        if self._time:
            times = _times(self._time(messages))
            changed = [
                replace(m, time_ns=at_ns, arrived_ns=beside(at_ns, m.arrived_ns))
                for m, at_ns in zip(changed, times, strict=True)
            ]
        return changed


def _column(value: Any) -> Column:
    if isinstance(value, Template | Nested):
        return value.values
    return lambda messages: [value] * len(messages)


def _part(root: str, columns: dict[str, Column], config: SetConfig) -> Callable[..., Sequence[Any]] | None:
    """The function from maps to maps with fields deleted and set; None when there is nothing to do."""
    paths = {tuple(t.split(".")[1:]): column for t, column in columns.items() if t.startswith(f"{root}.")}
    deleted = [path.split(".")[1:] for path in config.delete if path.startswith(f"{root}.")]
    if not paths and not deleted:
        return None
    constants = {t.split(".")[1]: v for t, v in config.values.items() if t.startswith(f"{root}.")}
    flat = len(constants) == len(paths) and all(len(path) == 1 for path in paths)
    if flat and not deleted and not any(isinstance(value, Template | Nested) for value in constants.values()):
        return lambda maps, messages: _merged(root, maps, constants)

    def change(maps: Sequence[Any], messages: Messages) -> Sequence[Any]:
        for path in deleted:
            maps = [without(each, path) for each in maps]
        for keys, column in paths.items():
            maps = _set(root, maps, keys, column(messages))
        return maps

    return change


def _merged(root: str, maps: Sequence[Any], added: dict[str, Any]) -> Sequence[Any]:
    try:
        if maps and all(map(is_, maps, repeat(maps[0]))):  # as with the meta of one topic
            return [maps[0] | added] * len(maps)
        return [each | added for each in maps]
    except TypeError:
        raise Rejected(f"{root} is not a map") from None


def _set(root: str, maps: Sequence[Any], keys: tuple[str, ...], values: Sequence[Any]) -> Sequence[Any]:
    try:
        if len(keys) == 1:
            [key] = keys
            return [{**each, key: value} for each, value in zip(maps, values, strict=True)]
        return [with_value(each, keys, value) for each, value in zip(maps, values, strict=True)]
    except (TypeError, NotAMap):
        raise Rejected(f"{root}.{'.'.join(keys)} cannot be set: not a map") from None


def _times(values: Sequence[Any]) -> Sequence[int]:
    try:
        return [instant_ns(value) for value in values]
    except ValueError as fault:
        raise Rejected(f"time: {fault}") from None
