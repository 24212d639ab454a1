"""A large batch passes a node piece by piece, as far as a turn has time. Never here: who is next."""

from __future__ import annotations

import math
import sys
from functools import partial

from flowengine.message import Messages
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.station import Station
from flowengine.runtime.tracing import Spans, below, finish, under

FEW = 16
"""So many messages are the first piece for a node of which nobody knows yet how long it takes."""

MOST = 500
"""No piece is larger: what the last messages took says little about the next."""

FORGETS = 0.5
"""What a message of the dearest piece took counts this much less after each other."""


def carry(station: Station, messages: Messages, receipt: Receipt, now_s: float, spans: Spans = ()) -> None:
    """Pass a batch through a node's code; what comes of a traced one is below the span of this node."""
    assert station.handle is not None
    if not spans:
        station.handle(station, messages, receipt, now_s)
        return
    steps = below("process", station, spans, len(messages))
    station.handle(station, messages, under(receipt, steps), now_s)
    finish(steps)


def share(station: Station, messages: Messages, receipt: Receipt, now_s: float, spans: Spans = ()) -> None:
    """Pass as much of a batch through a node as this turn has time for; the rest is the next that its flow does."""
    _share(station, messages, receipt, spans, MOST if _may_wait(station, receipt) else len(messages), now_s)


def one_by_one(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Pass the messages of a batch through a node each by itself, as far as this turn has time; the rest then too."""
    _share(station, messages, receipt, (), 1, now_s)


def put_off(station: Station, messages: Messages, receipt: Receipt, spans: Spans) -> None:
    """Do it behind everything that waits."""
    station.put_off += len(messages)
    station.later.put(partial(_go_on, station, messages, receipt, spans, None))


def _may_wait(station: Station, receipt: Receipt) -> bool:
    """Whether a part of the batch may wait.

    Never where it has an ordinal (at a replay it comes in the same pieces, whatever time there is), nor before a node
    that commits (a commit is of all that it took).
    """
    return station.later is not None and not receipt.ordinal and station.committing is None


def _share(station: Station, messages: Messages, receipt: Receipt, spans: Spans, most: int, now_s: float) -> None:
    done, may_wait = 0, _may_wait(station, receipt)
    while len(messages) - done > (size := min(most, _has_time_for(station)) if may_wait else most):
        receipt.hold()
        _timed(station, messages[done : done + size], receipt, now_s, spans)
        done += size
        if may_wait and station.later.is_due:
            station.put_off += len(messages) - done
            station.later.put_next(partial(_go_on, station, messages[done:], receipt, spans, most))
            return
    _timed(station, messages[done:], receipt, now_s, spans)


def _go_on(
    station: Station, messages: Messages, receipt: Receipt, spans: Spans, most: int | None, now_s: float
) -> None:
    station.put_off -= len(messages)
    if most is None:
        share(station, messages, receipt, now_s, spans)
    else:
        _share(station, messages, receipt, spans, most, now_s)


def _timed(station: Station, messages: Messages, receipt: Receipt, now_s: float, spans: Spans) -> None:
    before_s = station.busy_s
    carry(station, messages, receipt, now_s, spans)
    station.each_s = max((station.busy_s - before_s) / len(messages), station.each_s * FORGETS)


def _has_time_for(station: Station) -> int:
    """So many messages take half of what is left: a piece that takes longer than thought is no slow call. Endless where
    nothing is put off."""
    left_s = station.later.left_s
    if math.isinf(left_s):
        return sys.maxsize
    return max(1, int(left_s / 2 / station.each_s)) if station.each_s else FEW
