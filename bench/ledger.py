"""The file in memory that generator, receivers and harness share: every message by number, laid out by flowbench.c."""

from __future__ import annotations

import mmap
from pathlib import Path

MESSAGES = 32 << 20
SAMPLES = 32 << 20
HEAD_BYTES = 4096
SERIES = 1000
FIELDS = (
    *("sent", "acked", "first_send", "last_send", "recv", "uniq", "dups", "first_recv", "last_recv", "reqs"),
    *("bytes", "bad", "rej_reqs", "rej_lines", "pubdone", "samples", "ready", "reconn", "gauge", "extra"),
)
PLACES = {name: place for place, name in enumerate(FIELDS)} | {"mode": 32, "slowms": 33, "stop": 34, "rate": 35}


class Ledger:
    """Counters by name (`ledger["sent"]`); of each message send and receive time, count and acknowledgement."""

    def __init__(self, path: Path):
        self.path = path
        with path.open("w+b") as file:
            file.truncate(HEAD_BYTES + 8 * MESSAGES * 2 + MESSAGES * 2 + 4 * SAMPLES)
            self._map = mmap.mmap(file.fileno(), 0)
        view, at = memoryview(self._map), HEAD_BYTES
        self._head = view[:HEAD_BYTES].cast("Q")
        self.sent_ns = view[at : at + 8 * MESSAGES].cast("Q")
        at += 8 * MESSAGES
        self.received_ns = view[at : at + 8 * MESSAGES].cast("Q")
        at += 8 * MESSAGES
        self.counts = view[at : at + MESSAGES]
        at += MESSAGES
        self.acks = view[at : at + MESSAGES]
        at += MESSAGES
        self.samples_us = view[at : at + 4 * SAMPLES].cast("I")

    def __getitem__(self, name: str) -> int:
        return self._head[PLACES[name]]

    def __setitem__(self, name: str, value: int) -> None:
        self._head[PLACES[name]] = value

    def delivered(self, begin: int, end: int, times: int = 1) -> int:
        """How many of these messages arrived, each at least `times` times."""
        least = min(times, 255)
        return sum(count >= least for count in self.counts[begin:end])

    def latencies_us(self, begin: int, end: int) -> list[int]:
        """Microseconds from the (scheduled) send time to the first receipt, of those that arrived."""
        pairs = zip(self.sent_ns[begin:end], self.received_ns[begin:end], strict=True)
        return [(received - sent) // 1000 for sent, received in pairs if received]

    def alarm_lateness_us(self, begin: int, end: int, block: int, for_ms: int) -> list[int]:
        """Microseconds by which alarms came later than `for_ms` after their series became hot (F5).

        The generator keeps a series hot for every second `block` of its messages; an alarm names one of those.
        """
        found = []
        for number in range(begin, end):
            if self.counts[number]:
                first = number // SERIES // block * block * SERIES + number % SERIES
                if first >= begin:
                    due_ns = self.sent_ns[first] + for_ms * 1_000_000
                    found.append(max(0, self.received_ns[number] - due_ns) // 1000)
        return found

    def sampled_us(self, begin: int) -> list[int]:
        """Every latency that a receiver noted since its `begin`th."""
        return self.samples_us[begin : self["samples"]].tolist()

    def account(self, sent: int) -> dict[str, int]:
        """What became of the first `sent` messages."""
        pairs = list(zip(self.acks[:sent], self.counts[:sent], strict=True))
        return {
            "sent": sent,
            "acked": sum(acked > 0 for acked, _ in pairs),
            "delivered": sum(count > 0 for _, count in pairs),
            "acked_never_delivered": sum(acked > 0 and not count for acked, count in pairs),
            "never_delivered": sum(not count for _, count in pairs),
            "dups": self["dups"],
        }

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


def percentiles_ms(latencies_us: list[int]) -> list[float | None]:
    """p50, p99, p99.9 and maximum in milliseconds; Nones for no samples."""
    if not latencies_us:
        return [None] * 4
    ordered = sorted(latencies_us)
    last = len(ordered) - 1
    return [round(ordered[min(last, round(last * part))] / 1000, 3) for part in (0.5, 0.99, 0.999, 1)]
