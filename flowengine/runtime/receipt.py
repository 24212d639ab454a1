"""At-least-once delivery: a source's ack runs when all that came of its messages is settled.

Settled means delivered, durably spooled, filtered out, sent to an error wire and settled there, or
dropped under a declared policy. There is no "nack": what is not settled when the process dies is not
acknowledged either, so whoever sent it (broker, spool, file position) brings it again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from flowengine.errors import FlowError

if TYPE_CHECKING:
    from flowengine.runtime.tracing import Spans

ALL = -1


class SettledTwice(FlowError):
    """A receipt was settled more often than it was held: an engine fault that could lose messages."""


def _nothing() -> None:
    """What settling means for messages that nobody waits for."""


class Receipt:
    """Counts the branches that still hold a batch. Starts with one holder.

    `count` and `size_bytes` describe the batch as its source gave it; `spans` are its place in a trace, if it has one.
    """

    __slots__ = ("_holders", "_on_settled", "born_s", "count", "size_bytes", "spans")
    ordinal = 0
    """Grows with what is sent of committed input, and is the same at a replay; 0 for what has none."""

    def __init__(
        self,
        on_settled: Callable[[], None] = _nothing,
        count: int = 1,
        size_bytes: int = 0,
        born_s: float = 0.0,
        spans: Spans = (),
    ):
        self._holders = 1
        self._on_settled = on_settled
        self.count = count
        self.size_bytes = size_bytes
        self.born_s = born_s
        self.spans = spans

    def hold(self, branches: int = 1) -> None:
        """More branches now hold the batch."""
        self._holders += branches

    def settle(self) -> None:
        """One branch is done with it. Raises `SettledTwice` when none held it."""
        holders = self._holders - 1
        self._holders = holders
        if holders == 0:
            self._on_settled()
        elif holders < 0:
            raise SettledTwice("a receipt was settled more often than it was held")

    @property
    def settled(self) -> bool:
        """Whether nobody holds it any more."""
        return self._holders <= 0

    @property
    def sole(self) -> bool:
        """Whether one branch alone holds it."""
        return self._holders == 1

    def bytes_for(self, n: int) -> int:
        """Estimated size of `n` messages of this batch."""
        return self.size_bytes * n // self.count if self.count else 0


class JoinedReceipt(Receipt):
    """Settles all of several receipts once it is settled itself."""

    __slots__ = ()

    def __init__(self, receipts: list[Receipt]):
        def settle_all() -> None:
            for receipt in receipts:
                receipt.settle()

        spans = [span for receipt in receipts for span in receipt.spans]
        super().__init__(
            settle_all,
            sum(receipt.count for receipt in receipts),
            sum(receipt.size_bytes for receipt in receipts),
            min(receipt.born_s for receipt in receipts),
            tuple(dict.fromkeys(spans)) if spans else (),
        )


def joined(receipts: list[Receipt]) -> Receipt:
    """One receipt that settles all of `receipts`; a receipt nobody waits for when there are none."""
    if len(receipts) == 1:
        return receipts[0]
    return JoinedReceipt(receipts) if receipts else Receipt()


class Ledger:
    """Receipts of the messages that a stateful node still holds, in arrival order."""

    __slots__ = ("_held", "messages")

    def __init__(self) -> None:
        self._held: deque[tuple[int, Receipt]] = deque()
        self.messages = 0

    def __iter__(self) -> Iterator[tuple[int, Receipt]]:
        return iter(self._held)

    def add(self, count: int, receipt: Receipt) -> None:
        """The node was given `count` messages; the holding of `receipt` passes to the ledger."""
        self._held.append((count, receipt))
        self.messages += count

    def give_back(self) -> Receipt:
        """The newest entry, which the node could not take."""
        count, receipt = self._held.pop()
        self.messages -= count
        return receipt

    def share(self) -> list[Receipt]:
        """One more holding of everything held, for messages that leave before older ones do."""
        receipts = [receipt for _, receipt in self._held]
        for receipt in receipts:
            receipt.hold()
        return receipts

    def take(self, finished: int) -> list[Receipt]:
        """Holdings that the oldest `finished` messages (`ALL`: all) stood for; they pass to the caller.

        A receipt that is finished only in part stays held here as well.
        """
        held = self._held
        if finished == ALL or finished >= self.messages:
            taken = [receipt for _, receipt in held]
            held.clear()
            self.messages = 0
            return taken
        self.messages -= finished
        taken = []
        while finished > 0:
            count, receipt = held.popleft()
            taken.append(receipt)
            if count > finished:
                receipt.hold()
                held.appendleft((count - finished, receipt))
            finished -= count
        return taken
