"""The hot path: carry one batch through every node until it is held, queued or gone.

Plain function calls, no queue and no await between nodes as long as the turn of the loop has time (`runtime.turns`).
Each function here takes over one holding of the receipt it is given, and passes it on or settles it on every way out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from flowengine.errors import Rejected
from flowengine.flow.model import ERROR
from flowengine.message import Message, Messages
from flowengine.node import Emit, Node, Router, Stateful, Transform
from flowengine.runtime.pieces import FEW, carry, one_by_one, put_off, share
from flowengine.runtime.reasons import count
from flowengine.runtime.receipt import Receipt, joined
from flowengine.runtime.station import Handle, Station
from flowengine.runtime.tracing import Spans, below, under

SHORT_S = 0.0001
"""A call that takes less is not counted among what a turn of the loop has time for."""

SLOW_S = 0.05
"""A call that takes longer stalls every flow; it is counted and logged with the node's name."""


def visit(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Hand a batch to one node."""
    station.received += len(messages)
    spans = receipt.spans
    if station.seen is not None and station.committing is None:
        messages, receipt = unseen(station, messages, receipt, now_s)
        if not messages:
            receipt.settle()
            return
    enter(station, messages, receipt, now_s, spans)


def enter(station: Station, messages: Messages, receipt: Receipt, now_s: float, spans: Spans = ()) -> None:
    """The one way into a node: its queue, else its code; a disabled one drops. `spans` are those it is below."""
    if station.inbox is not None:
        if spans:
            receipt = under(receipt, below(station.inbox.step, station, spans, len(messages)))
        if station.orders:
            station.orders.taken(messages)
        station.inbox.put(messages, receipt)
    elif station.handle is None:
        station.drop("disabled", len(messages))
        _no_further(station, messages)
        receipt.settle()
    elif station.later is not None and station.later.is_due:
        put_off(station, messages, receipt, spans)
    elif len(messages) > FEW:
        share(station, messages, receipt, now_s, spans)
    else:
        carry(station, messages, receipt, now_s, spans)


def unseen(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> tuple[Messages, Receipt]:
    """The messages that did not come before; one without the key passes: nothing says that it is a repetition."""
    try:
        kept, inner = station.seen.fresh(messages, receipt, now_s)
    except ValueError:
        station.counted["without a dedupe key"] += 1
        return messages, receipt
    if len(kept) < len(messages):
        station.drop("duplicate", len(messages) - len(kept))
        _no_further(station, messages, kept)
    return kept, inner


def leave(station: Station, port: str, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Send a batch down every wire of one output port."""
    wires = station.wires.get(port)
    if not messages:
        receipt.settle()
        return
    count = len(messages)
    station.sent += count
    if station.tap is not None:
        station.tap(port, messages)
    if not wires:
        if station.orders:
            _ended(station, messages)
        receipt.settle()
        return
    if len(wires) > 1:
        receipt.hold(len(wires) - 1)
    for wire in wires:
        wire.count += count
        if wire.tap is not None:
            wire.tap(messages)
        visit(wire.target, messages, receipt, now_s)


def leave_by_ports(station: Station, outputs: Mapping[str, Sequence[Message]], receipt: Receipt, now_s: float) -> None:
    """Send batches down the wires of several ports."""
    receipt.hold(len(outputs))
    for port, messages in outputs.items():
        leave(station, port, messages, receipt, now_s)
    receipt.settle()


def send(
    station: Station, out: Sequence[Message] | Mapping[str, Sequence[Message]], receipt: Receipt, now_s: float
) -> None:
    """Send what a node gave out, whichever form it has."""
    if isinstance(out, Mapping):
        leave_by_ports(station, out, receipt, now_s)
    else:
        leave(station, "out", out, receipt, now_s)


def fail(station: Station, messages: Messages, reason: str, receipt: Receipt, now_s: float) -> None:
    """Send messages to the error wire; without one they are counted, logged and gone."""
    station.errored += len(messages)
    station.last_error = count(station.errors, reason, len(messages))
    if station.on_error is not None:
        station.on_error(station, reason, len(messages))
    if station.orders:
        station.orders.refused(messages, reason)
    for span in receipt.spans:
        span.add_event("rejected")
    if ERROR not in station.wires:
        receipt.settle()
        return
    about = {"node": station.name, "reason": reason}
    leave(station, ERROR, [m.with_meta(error=about) for m in messages], receipt, now_s)


def through_transform(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Pass a batch through a transform; after an exception, message by message."""
    started = station.stopwatch()
    try:
        out = station.node.process(messages)
    except Exception as error:
        _took(station, station.stopwatch() - started)
        _one_by_one(station, messages, receipt, now_s, error)
        return
    _took(station, station.stopwatch() - started)
    if type(out) is Emit:
        station.passed += len(messages) - len(out.rejected)
        refuse(station, out.rejected, receipt, now_s)
        send(station, out.messages, receipt, now_s)
        return
    lost = len(messages) - len(out)
    if lost > 0:
        station.dropped["filtered"] += lost
        _no_further(station, messages, out)
        station.passed += len(out)
    else:
        station.passed += len(messages)
    leave(station, "out", out, receipt, now_s)


def through_router(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Pass a batch through a router; after an exception, message by message."""
    started = station.stopwatch()
    try:
        outputs = station.node.route(messages)
    except Exception as error:
        _took(station, station.stopwatch() - started)
        _one_by_one(station, messages, receipt, now_s, error)
        return
    _took(station, station.stopwatch() - started)
    lost = len(messages) - sum(map(len, outputs.values()))
    if lost > 0:
        station.dropped["unmatched"] += lost
        _no_further(station, messages, [message for found in outputs.values() for message in found])
        station.passed += len(messages) - lost
    else:
        station.passed += len(messages)
    leave_by_ports(station, outputs, receipt, now_s)


def _one_by_one(station: Station, messages: Messages, receipt: Receipt, now_s: float, error: Exception) -> None:
    if len(messages) == 1:
        fail(station, messages, reason_of(error), receipt, now_s)
        return
    one_by_one(station, messages, receipt, now_s)


def through_stateful(station: Station, messages: Messages, receipt: Receipt, now_s: float) -> None:
    """Give a batch to a stateful node; the ledger keeps its receipt until the node is done with it."""
    station.ledger.add(len(messages), receipt)
    if station.orders:
        station.orders.taken(messages)
    started = station.stopwatch()
    try:
        emit = station.node.process(messages, now_s)
    except Exception as error:
        _took(station, station.stopwatch() - started)
        fail(station, messages, reason_of(error), station.ledger.give_back(), now_s)
    else:
        _took(station, station.stopwatch() - started)
        emitted(station, emit, now_s)
    if station.on_wake is not None:
        station.on_wake(station)


def call_stateful(station: Station, call: Callable[[float], Emit], now_s: float) -> None:
    """Follow `on_time` or `flush` of a stateful node."""
    started = station.stopwatch()
    try:
        emit = call(now_s)
    except Exception as error:
        _took(station, station.stopwatch() - started)
        fail(station, (), reason_of(error), Receipt(), now_s)
        return
    _took(station, station.stopwatch() - started)
    emitted(station, emit, now_s)


def emitted(station: Station, emit: Emit, now_s: float) -> None:
    """Follow what a stateful node gave out, under the receipts of what it is done with."""
    out, finished, rejected, ahead = emit
    if finished == 0 and not out and not rejected:
        return
    before = station.ledger.messages
    receipts = station.ledger.take(finished)
    receipt = joined([*receipts, *station.ledger.share()] if ahead else receipts)
    station.passed += before - station.ledger.messages - len(rejected)
    refuse(station, rejected, receipt, now_s)
    if station.committing is not None:
        station.committing.gather(out, receipt)
    else:
        send(station, out, receipt, now_s)


def _no_further(station: Station, messages: Messages, kept: Sequence[Message] = ()) -> None:
    """Tell who waits for a word that a node dropped these, but those that it `kept`."""
    if station.orders:
        ids = {message.id for message in kept}
        station.orders.dropped([message for message in messages if message.id not in ids], station.name)


def _ended(station: Station, messages: Messages) -> None:
    """Tell who waits for a word of messages that no wire leads on: a router loses them, other nodes end with them."""
    if isinstance(station.node, Router):
        _no_further(station, messages)
    else:
        station.orders.taken(messages)


def refuse(station: Station, rejected: Sequence[tuple[Message, str]], receipt: Receipt, now_s: float) -> None:
    """Those refused for one reason in a row leave together: a hostile payload may make thousands."""
    for reason, group in groupby(rejected, itemgetter(1)):
        receipt.hold()
        fail(station, [message for message, _ in group], reason, receipt, now_s)


def _took(station: Station, seconds: float) -> None:
    station.busy_s += seconds
    if seconds > SHORT_S and station.later is not None:
        station.later.took(seconds)
    if seconds > SLOW_S and station.on_slow is not None:
        station.on_slow(station, seconds)


def reason_of(error: BaseException) -> str:
    """One line that says what went wrong; an unforeseen error carries its type."""
    text = str(error).split("\n", 1)[0][:300]
    if isinstance(error, Rejected | ValueError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_HANDLES: Mapping[type[Node], Handle] = {
    Transform: through_transform,
    Router: through_router,
    Stateful: through_stateful,
}


def handle_of(node: Node) -> Handle | None:
    """How a batch passes through this kind of node; None for sources and sinks."""
    return next((handle for kind, handle in _HANDLES.items() if isinstance(node, kind)), None)
