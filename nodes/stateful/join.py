"""`join`: make one message of several."""

from typing import Any

from pydantic import PositiveInt

from flowengine import HOLD, Config, Duration, Emit, Example, Message, Messages, Stateful, made_id
from flowengine.expression import TemplateText
from nodes.batches.prefix import Prefix
from nodes.batches.sorting import sort_out

Group = tuple[float, list[tuple[int, Message]]]
"""When it is due, and its messages with their serials."""


class JoinConfig(Config):
    """Settings of `join`."""

    count: PositiveInt | None = None
    """Join when this many have come; by default only by time, or the parts of one message that `split` made."""

    every: Duration = 10.0
    """Join what is there this long after the first of a group came."""

    key: TemplateText | None = None
    """One group for each of these, such as `{device}`."""

    name: TemplateText | None = None
    """Name of each payload in a map, such as `{sensor}`; of two of one name the later counts. Without it payloads form
    a list."""

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
        Example("All sensors of a device", "{key: '{device}', name: '{sensor}', every: 2s}"),
    )

    def start(self) -> None:
        self._groups: dict[str, Group] = {}  # in the order of their first message, so of their deadlines
        self._prefix = Prefix()

    def process(self, messages: Messages, now_s: float) -> Emit:
        key, name = self.config.key, self.config.name
        good, columns, bad = sort_out(messages, *([key.each] if key else []), *([name.each] if name else []))
        keys = columns[0] if key else [""] * len(good)
        serials = self._prefix.take(len(messages))
        complete: list[Group] = []
        for serial, group_key, message in zip(serials[len(bad) :], keys, good, strict=True):
            if self.config.count is None and (of := message.meta.get("group")) is not None:
                group_key = f"{of} {group_key}"  # parts of one message, however others come between them
            _, group = self._groups.setdefault(group_key, (now_s + self.config.every, []))
            group.append((serial, message))
            if len(group) >= (self.config.count or _announced(message) or len(group) + 1):
                complete.append(self._groups.pop(group_key))
            elif len(self._groups) > self.config.max_keys:
                self.context.count("joined early")
                complete.append(self._groups.pop(next(iter(self._groups))))
        return self._joined(complete, serials[: len(bad)])._replace(rejected=bad) if complete or bad else HOLD

    def wake_at_s(self) -> float | None:
        return next(iter(self._groups.values()))[0] if self._groups else None

    def on_time(self, now_s: float) -> Emit:
        due = [key for key, (due_s, _) in self._groups.items() if due_s <= now_s]
        return self._joined([self._groups.pop(key) for key in due]) if due else HOLD

    def flush(self, now_s: float) -> Emit:
        groups, self._groups = list(self._groups.values()), {}
        return self._joined(groups) if groups else HOLD

    def _joined(self, groups: list[Group], ended: range = range(0)) -> Emit:
        finished = self._prefix.end([*ended, *(serial for _, group in groups for serial, _ in group)])
        return Emit([self._message([m for _, m in group]) for _, group in groups], finished, ahead=True)

    def _message(self, parts: Messages) -> Message:
        name = self.config.name
        payload: Any = {name.fill(m): m.payload for m in parts} if name else [m.payload for m in parts]
        if len(payload) < len(parts):
            self.context.count("overwritten in a map", len(parts) - len(payload))
        id = made_id(self.context.node, parts[0].id, parts[-1].id, len(parts))
        return parts[-1].replace(payload=payload, id=id)


def _announced(message: Message) -> int:
    """How many parts there are by what `split` left; a topic's capture of that name may hold anything."""
    count = message.meta.get("count")
    return count if type(count) is int else 0
