"""`join`: make one message of several."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, PositiveInt

from flowengine import HOLD, Config, Duration, Emit, Example, Message, Messages, Stateful, made_id
from flowengine.expression import TemplateText
from nodes.batches.latest import Latest
from nodes.batches.prefix import Prefix
from nodes.batches.sorting import sort_out
from nodes.timing.clock_units import to_ns


class Group(NamedTuple):
    """Messages that wait for each other."""

    due_s: float
    parts: list[tuple[int, Message]]
    """The messages with their serials."""

    names: set[str]
    """What these are called, where that says when all are there."""


class JoinConfig(Config):
    """Settings of `join`."""

    count: PositiveInt | None = None
    """Join when this many have come; by default only by time, or the parts of one message that `split` made."""

    every: Duration = 10.0
    """Join what is there this long after the first of a group came."""

    by: TemplateText | None = None
    """One group for each of these, such as `{device}`."""

    name: TemplateText | None = None
    """Name of each payload in a map, such as `{sensor}`; of two of one name the later counts. Without it payloads form
    a list."""

    names: Annotated[list[str], Field(min_length=2)] | None = None
    """Join when each of these names is there: `[t, rh]`. One that does not come within `every` is null; a message
    of another name is rejected."""

    keep: Literal["latest"] | None = None
    """`latest` keeps the newest payload of each of the `names`: once all are there, each further message sends them
    again. Then nothing waits, and after a restart each has to come once more."""

    max_age: Duration | None = None
    """With `keep`: a payload that is so much older than the newest one counts as missing."""

    max_keys: PositiveInt = 10_000
    """Groups at a time; beyond it the oldest is joined early, and counted."""


class Join(Stateful):
    """Gather the payloads of a group into a list or a map. Held messages are not acknowledged before their group is."""

    config: JoinConfig
    category = "logic"
    durable_state = False
    holds = True
    examples = (
        Example("Pairs", "count: 2", given=[1, 2, 3], gives=[[1, 2]]),
        Example("All sensors of a device", "{by: '{device}', name: '{sensor}', every: 2s}"),
        Example("Temperature with humidity",
                "{by: '{room}', name: '{q}', names: [t, rh], keep: latest, max_age: 10m}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, JoinConfig)
        rules = (
            (
                config.names is not None and config.name is None,
                "name",
                "`names` needs the name of each message",
            ),
            (config.names is not None and config.count is not None, "count", "`names` says when all are there"),
            (config.keep is not None and config.names is None, "keep", "needs `names`"),
            (config.max_age is not None and config.keep is None, "max_age", "needs `keep`"),
        )
        return [(option, text) for wrong, option, text in rules if wrong]

    def start(self) -> None:
        config = self.config
        age_ns = None if config.max_age is None else to_ns(config.max_age)
        self._latest = Latest(config.names or (), age_ns, config.max_keys) if config.keep else None
        self._groups: dict[str, Group] = {}  # in the order of their first message, so of their deadlines
        self._prefix = Prefix()

    def process(self, messages: Messages, now_s: float) -> Emit:
        by, name = self.config.by, self.config.name
        good, columns, bad = sort_out(messages, *([by.each] if by else []), *([self._named] if name else []))
        keys = columns[0] if by else [""] * len(good)
        if self._latest is not None:
            return Emit(self._updated(good, keys, columns[-1], self._latest), rejected=bad)
        serials = self._prefix.take(len(messages))
        complete: list[Group] = []
        names = columns[-1] if self.config.names is not None else [""] * len(good)
        for serial, group_key, called, message in zip(serials[len(bad) :], keys, names, good, strict=True):
            if self.config.count is None and (of := message.meta.get("group")) is not None:
                group_key = f"{of} {group_key}"  # parts of one message, however others come between them
            group = self._groups.setdefault(group_key, Group(now_s + self.config.every, [], set()))
            group.parts.append((serial, message))
            group.names.add(called)
            if self._is_complete(group):
                complete.append(self._groups.pop(group_key))
            elif len(self._groups) > self.config.max_keys:
                self.context.count("joined early")
                complete.append(self._groups.pop(next(iter(self._groups))))
        return self._joined(complete, serials[: len(bad)])._replace(rejected=bad) if complete or bad else HOLD

    def wake_at_s(self) -> float | None:
        return next(iter(self._groups.values())).due_s if self._groups else None

    def on_time(self, now_s: float) -> Emit:
        due = [key for key, _ in takewhile(lambda each: each[1].due_s <= now_s, self._groups.items())]
        return self._joined([self._groups.pop(key) for key in due]) if due else HOLD

    def flush(self, now_s: float) -> Emit:
        groups, self._groups = list(self._groups.values()), {}
        return self._joined(groups) if groups else HOLD

    def snapshot(self, now_s: float) -> Any:
        return self._latest.to_json() if self._latest is not None else None

    def restore(self, state: Any, now_s: float) -> None:
        if self._latest is not None:
            self._latest.restore(state)

    def _named(self, messages: Messages) -> list[str]:
        assert self.config.name is not None
        found = self.config.name.each(messages)
        for name in found:
            if self.config.names is not None and name not in self.config.names:
                raise ValueError(f"{name!r} is none of the names {', '.join(self.config.names)}")
        return found

    def _is_complete(self, group: Group) -> bool:
        if self.config.names is not None:
            return len(group.names) == len({*self.config.names})
        count = len(group.parts)
        return count >= (self.config.count or _announced(group.parts[-1][1]) or count + 1)

    def _updated(self, messages: Messages, keys: Sequence[str], names: Sequence[str], latest: Latest) -> list[Message]:
        out, forgotten = list[Message](), latest.forgotten
        for message, key, name in zip(messages, keys, names, strict=True):
            joined = latest.take(key, name, message.payload, message.time_ns)
            if joined is None:
                self.context.count("not all there")
            else:
                out.append(message.with_payload(joined))
        if latest.forgotten > forgotten:
            self.context.count("forgotten", latest.forgotten - forgotten)
        return out

    def _joined(self, groups: list[Group], ended: range = range(0)) -> Emit:
        finished = self._prefix.end([*ended, *(serial for group in groups for serial, _ in group.parts)])
        return Emit([self._message([m for _, m in group.parts]) for group in groups], finished, ahead=True)

    def _message(self, parts: Messages) -> Message:
        name = self.config.name
        payload: Any = {name.fill(m): m.payload for m in parts} if name else [m.payload for m in parts]
        if len(payload) < len(parts):
            self.context.count("overwritten in a map", len(parts) - len(payload))
        if missing := [each for each in self.config.names or () if each not in payload]:
            self.context.count("not all there", len(missing))
            payload |= dict.fromkeys(missing)
        id = made_id(self.context.node, parts[0].id, parts[-1].id, len(parts))
        return parts[-1].replace(payload=payload, id=id)


def _announced(message: Message) -> int:
    """How many parts there are by what `split` left; a topic's capture of that name may hold anything."""
    count = message.meta.get("count")
    return count if type(count) is int else 0
