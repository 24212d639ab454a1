"""Acknowledgements go out in receive order, once settled, and never for another connection's packets."""

from collections.abc import Iterable

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.mqtt import Incoming
from nodes.clients.mqtt.answered import LAST
from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.inbox import SessionLedger


def packet(packet_id: int, qos: int = 1, payload: bytes = b"", duplicate: bool = False) -> Incoming:
    return mqtt5.PublishPacket("t", payload, qos=QOS[qos], packet_id=packet_id, duplicate=duplicate)


def acks(wire: bytes) -> list[tuple[int, int]]:
    return [(wire[at], wire[at + 2] << 8 | wire[at + 3]) for at in range(0, len(wire), 4)]


@given(st.lists(st.integers(1, 2), min_size=1, max_size=30), st.randoms())
def test_acks_follow_receive_order_whatever_is_settled_first(levels: list[int], shuffler: object) -> None:
    inbox = SessionLedger()
    packets = [packet(number, qos) for number, qos in enumerate(levels, 1)]
    assert inbox.admit(packets) == packets
    order = list(packets)
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    sent: list[tuple[int, int]] = []
    settled: set[int] = set()
    for each in order:
        inbox.settle([each])
        settled.add(each.packet_id or 0)
        sent += acks(inbox.take_acks())
        for qos, kind in ((1, 0x40), (2, 0x50)):  # neither level waits for the other
            numbers = [number for number, level in enumerate(levels, 1) if level == qos]
            turn = next((place for place, number in enumerate(numbers) if number not in settled), len(numbers))
            assert [packet_id for sort, packet_id in sent if sort == kind] == numbers[:turn]
    assert len(inbox) == 0


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_held_packet_takes_the_acknowledgement_of_the_next_connection(qos: int, when: str) -> None:
    inbox = SessionLedger()
    old, newer = packet(1, qos, b"x"), packet(2, qos, b"y")
    inbox.admit([old, newer])
    if when == "before":
        inbox.settle([newer])
    inbox.lost()
    if when == "between":
        inbox.settle([newer])
    inbox.connected(session_present=True)
    assert inbox.admit([packet(1, qos, b"x", duplicate=True), packet(2, qos, b"y", duplicate=True)]) == []
    inbox.settle([newer])
    assert inbox.take_acks() == b""
    inbox.settle([old])
    assert [number for _, number in acks(inbox.take_acks())] == [1, 2]


def test_a_packet_id_with_something_else_in_it_is_a_new_message() -> None:
    inbox = SessionLedger()
    inbox.admit([packet(1, payload=b"x"), packet(2, payload=b"x"), packet(3, payload=b"x")])
    inbox.settle([packet(3, payload=b"x")])
    inbox.connected(session_present=True)
    news = [packet(1, payload=b"y", duplicate=True), packet(2, payload=b"x"), packet(3, payload=b"z", duplicate=True)]
    assert inbox.admit(news) == news


def test_nothing_is_assumed_of_a_new_session() -> None:
    inbox = SessionLedger()
    old = packet(1)
    inbox.admit([old])
    inbox.connected(session_present=False)
    new = packet(1, duplicate=True)
    assert inbox.admit([new]) == [new]
    inbox.settle([old])
    assert inbox.take_acks() == b""
    inbox.settle([new])
    assert acks(inbox.take_acks()) == [(0x40, 1)]


def test_settling_twice_acknowledges_once() -> None:
    inbox = SessionLedger()
    first = packet(1)
    inbox.admit([first])
    inbox.settle([first, first])
    assert acks(inbox.take_acks()) == [(0x40, 1)]
    inbox.settle([first])
    assert inbox.take_acks() == b""


def test_a_shared_packet_waits_for_all_its_subscribers() -> None:
    inbox = SessionLedger()
    first = packet(1)
    inbox.admit([first])
    inbox.share(first, 2)
    inbox.settle([first])
    assert inbox.take_acks() == b""
    inbox.settle([first])
    assert acks(inbox.take_acks()) == [(0x40, 1)]


def test_qos_2_between_pubrec_and_pubrel_is_answered_and_not_delivered() -> None:
    inbox = SessionLedger()
    first = packet(7, 2)
    inbox.admit([first])
    inbox.settle([first])
    assert acks(inbox.take_acks()) == [(0x50, 7)]
    assert inbox.admit([packet(7, 2, duplicate=True)]) == []
    assert acks(inbox.take_acks()) == [(0x50, 7)]
    assert inbox.release(7) == b"\x70\x02\x00\x07"
    again = packet(7, 2)
    assert inbox.admit([again]) == [again]


def test_qos_2_settled_while_disconnected_is_answered_when_it_comes_again() -> None:
    inbox = SessionLedger()
    first = packet(7, 2, b"x")
    inbox.admit([first])
    inbox.settle([first])
    inbox.connected(session_present=True)
    assert inbox.admit([packet(7, 2, b"x", duplicate=True)]) == []
    assert acks(inbox.take_acks()) == [(0x50, 7)]


def test_qos_2_of_a_forgotten_session_is_delivered_again() -> None:
    inbox = SessionLedger()
    inbox.admit([packet(7, 2, b"x")])
    inbox.connected(session_present=False)
    new = packet(7, 2, b"x", duplicate=True)
    assert inbox.admit([new]) == [new]


def test_a_packet_id_in_use_is_malformed() -> None:
    inbox = SessionLedger()
    inbox.admit([packet(1)])
    with pytest.raises(Malformed):
        inbox.admit([packet(1)])


def answered_ledger(numbers: Iterable[int]) -> SessionLedger:
    """A ledger that acknowledged these on a connection that ended, and has its session back."""
    inbox = SessionLedger()
    for number in numbers:
        inbox.settle(inbox.admit([packet(number, 1, b"%d" % (number % 7))]))
        inbox.take_acks()
    inbox.lost()
    inbox.connected(session_present=True)
    return inbox


def repetition(number: int, qos: int = 1, *, duplicate: bool = True) -> mqtt5.PublishPacket:
    return packet(number, qos, b"%d" % (number % 7), duplicate=duplicate)


COUNTING = range(1, 2 * LAST + 500)


def test_what_the_broker_did_not_hear_acknowledged_is_acknowledged_again_and_not_delivered() -> None:
    inbox = answered_ledger(COUNTING)
    again, new = [*COUNTING[-60:]], repetition(COUNTING[-1] + 1, duplicate=False)
    assert inbox.admit([*map(repetition, again), new]) == [new]
    inbox.settle([new])
    assert [number for _, number in acks(inbox.take_acks())] == [*again, new.packet_id]
    assert len(inbox) == 0


def test_how_the_broker_counts_is_known_from_the_connections_before() -> None:
    inbox, number = answered_ledger(COUNTING), COUNTING[-1] + 1
    inbox.settle(inbox.admit([repetition(number, duplicate=False)]))
    inbox.take_acks()
    inbox.connected(session_present=True)
    old = repetition(COUNTING[-1])
    assert inbox.admit([repetition(number), old]) == [old], "the broker answered since, so it had read of the old one"


@pytest.mark.parametrize(
    "numbers",
    [[1], [*range(1, LAST + 1)], [*range(1, 21)] * 100, [*COUNTING, 5], [5, *range(2 * LAST, 3 * LAST - 1)]],
    ids=["one", "a first burst", "the lowest free", "one came back", "the low ones in between"],
)
def test_an_identifier_that_may_be_another_messages_by_now_is_delivered(numbers: list[int]) -> None:
    inbox = answered_ledger(numbers)
    assert inbox.admit([again := repetition(numbers[-1])]) == [again]


@pytest.mark.parametrize("change", ["payload", "not sent before", "QoS", "new before it", "a connection between"])
def test_what_differs_from_what_was_acknowledged_is_delivered(change: str) -> None:
    inbox, number = answered_ledger(COUNTING), COUNTING[-1]
    if change == "new before it":
        inbox.admit([repetition(number + 1, duplicate=False)])
    if change == "a connection between":
        inbox.lost()
        inbox.connected(session_present=True)
    again = repetition(number, 2 if change == "QoS" else 1, duplicate=change != "not sent before")
    if change == "payload":
        again = packet(number, 1, b"other", duplicate=True)
    assert inbox.admit([again]) == [again]


def test_nothing_acknowledged_is_known_to_a_new_session() -> None:
    inbox = answered_ledger(COUNTING)
    inbox.connected(session_present=False)
    assert inbox.admit([again := repetition(COUNTING[-1])]) == [again]
