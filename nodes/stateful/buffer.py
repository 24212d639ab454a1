"""`buffer`: collect messages, pass them on together."""

from typing import Any, Literal

from pydantic import PositiveInt

from flowengine import HOLD, Config, Duration, Emit, Example, Message, Messages, Size, Stateful
from flowengine.counts import count_of
from flowengine.expression import TemplateText
from flowengine.message import pack
from nodes.batches.prefix import Prefix
from nodes.batches.sorting import sort_out
from nodes.queues.buffering import Batch, BatchRule, Outcome
from nodes.queues.buffering import Buffer as Waiting
from nodes.timing.clock_units import to_ns, to_s

Item = tuple[int, str, Message]
"""A message with its serial and its key."""


class BufferConfig(Config):
    """Settings of `buffer`."""

    count: PositiveInt = 1000
    """Pass on when this many messages wait; with a key, when this many of one key do (`keep: last`: this many keys)."""

    every: Duration = 1.0
    """Pass on this long after the first waiting message came."""

    timer: Literal["linger", "interval"] = "linger"
    """`interval` passes on every so long since the start instead, if anything waits."""

    bytes: Size | None = None
    """Pass on before what waits exceeds this size; a single larger message passes alone."""

    key: TemplateText | None = None
    """Collect by this key, such as `{device}`."""

    keep: Literal["all", "last"] = "all"
    """With a key: `last` keeps only the newest message of each, `all` passes on a group of messages for each."""

    capacity: PositiveInt = 100_000
    """Most messages (with `keep: last`, keys) that wait."""

    when_full: Literal["block", "drop_oldest", "drop_newest", "flush"] = "block"
    """At capacity: `block` passes on at once, and what follows slows the source; `flush` does too, counts it and warns.
    The others drop, counted."""


class Buffer(Stateful):
    """Collect messages until enough wait, or the oldest has waited long enough. Held ones are not acknowledged."""

    config: BufferConfig
    category = "store"
    durable_state = False
    holds = True
    examples = (
        Example("Pairs", "count: 2", given=[1, 2, 3], gives=[1, 2]),
        Example("The last value of each device, every 5 s", "{every: 5s, key: '{device}', keep: last}"),
        Example("Batches for a database", "{count: 5000, every: 1s, bytes: 4MiB}"),
    )

    @classmethod
    def check(cls, config: Config) -> list[tuple[str, str]]:
        assert isinstance(config, BufferConfig)
        return [("keep", "`last` needs a `key`")] if config.keep == "last" and config.key is None else []

    def start(self) -> None:
        config = self.config
        policy = "flush" if config.when_full == "block" else config.when_full
        rule = BatchRule(
            config.count, to_ns(config.every), config.timer, config.bytes, config.capacity, policy, config.keep
        )
        start_ns = to_ns(self.context.clock.now_s())
        self._is_plain = config.key is None and config.bytes is None and config.capacity >= config.count
        self._waiting: Waiting[Any] = (
            Waiting(rule, start_ns)
            if self._is_plain
            else Waiting(rule, start_ns, key_of=_key if config.key else None, size_of=_size)
        )
        self._prefix = Prefix()
        self._superseded: list[int] = []

    def process(self, messages: Messages, now_s: float) -> Emit:
        if not self._is_plain:
            return self._process_items(messages, now_s)
        batches = self._waiting.add(messages, to_ns(now_s)).batches
        return self._plain(batches) if batches else HOLD

    def wake_at_s(self) -> float | None:
        deadline_ns = self._waiting.deadline_ns()
        return None if deadline_ns is None else to_s(deadline_ns)

    def on_time(self, now_s: float) -> Emit:
        return self._passed_on(self._waiting.due(to_ns(now_s)))

    def flush(self, now_s: float) -> Emit:
        return self._passed_on(self._waiting.take_all())

    def make_room(self, now_s: float) -> Emit:
        paced = self.config.keep == "last" or self.config.timer == "interval"
        return HOLD if paced else self.flush(now_s)

    def _passed_on(self, batches: list[Batch[Any]]) -> Emit:
        if not batches:
            return HOLD
        return self._plain(batches) if self._is_plain else self._out_of_items(batches, [])

    def _plain(self, batches: list[Batch[Message]]) -> Emit:
        out = batches[0].items if len(batches) == 1 else [m for batch in batches for m in batch.items]
        return Emit(out, len(out))

    def _process_items(self, messages: Messages, now_s: float) -> Emit:
        key = self.config.key
        good, columns, bad = sort_out(messages, *([key.each] if key else []))
        keys = columns[0] if columns else [""] * len(good)
        serials = self._prefix.take(len(messages))
        items = list(zip(serials[len(bad) :], keys, good, strict=True))
        outcome: Outcome[Item] = self._waiting.add(items, to_ns(now_s))
        self._count_outcome(outcome)
        ended = [*serials[: len(bad)], *(serial for serial, _, _ in outcome.dropped)]
        if not (outcome.batches or ended):
            return HOLD
        return self._out_of_items(outcome.batches, ended)._replace(rejected=bad, ahead=True)

    def _out_of_items(self, batches: list[Batch[Item]], ended: list[int]) -> Emit:
        items = [item for batch in batches for item in batch.items]
        if items and self.config.keep == "last":
            ended, self._superseded = [*ended, *self._superseded], []
        finished = self._prefix.end([*ended, *(serial for serial, _, _ in items)])
        by_key = self.config.key is not None and self.config.keep == "all"
        return Emit([message for _, _, message in items], finished, ahead=by_key)

    def _count_outcome(self, outcome: Outcome[Item]) -> None:
        self._superseded += [serial for serial, _, _ in outcome.superseded]
        if outcome.dropped:
            self.context.drop(self.config.when_full, len(outcome.dropped))
        if self.config.when_full == "flush" and any(batch.cause == "full" for batch in outcome.batches):
            self.context.count("full")
            self.context.log.warning("full at %s; passed on early", count_of(self.config.capacity, "message"))


def _key(item: Item) -> str:
    return item[1]


def _size(item: Item) -> int:
    return len(pack(item[2]))
