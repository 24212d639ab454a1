"""Receipts settle once, when the last holder is done; ledgers give back what was finished."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.receipt import ALL, Ledger, Receipt, SettledTwice, joined


def test_a_receipt_settles_with_its_last_holder() -> None:
    settled = []
    receipt = Receipt(lambda: settled.append(1))
    receipt.hold(2)
    receipt.settle()
    receipt.settle()
    assert not settled and not receipt.settled
    receipt.settle()
    assert settled == [1] and receipt.settled


def test_settling_once_too_often_fails_loudly() -> None:
    receipt = Receipt()
    receipt.settle()
    with pytest.raises(SettledTwice):
        receipt.settle()


def test_a_joined_receipt_settles_all_its_parts() -> None:
    settled: list[int] = []
    parts = [Receipt(lambda k=k: settled.append(k), count=2, size_bytes=10, born_s=k) for k in (3, 1, 2)]
    whole = joined(parts)
    assert (whole.count, whole.size_bytes, whole.born_s) == (6, 30, 1)
    whole.settle()
    assert settled == [3, 1, 2]


def test_bytes_are_shared_out_by_message() -> None:
    assert Receipt(count=4, size_bytes=100).bytes_for(1) == 25
    assert Receipt(count=0).bytes_for(3) == 0


@given(
    batches=st.lists(st.integers(1, 9), min_size=1, max_size=30),
    takes=st.lists(st.integers(0, 12), max_size=40),
)
def test_a_ledger_settles_a_batch_exactly_when_its_last_message_is_finished(
    batches: list[int], takes: list[int]
) -> None:
    settled: list[int] = []
    ledger = Ledger()
    for index, count in enumerate(batches):
        ledger.add(count, Receipt(lambda index=index: settled.append(index)))
    total, finished = sum(batches), 0
    for n in [*takes, ALL]:
        for receipt in ledger.take(n):
            receipt.settle()
        finished = total if n == ALL else min(total, finished + n)
        ends = [sum(batches[: i + 1]) for i in range(len(batches))]
        assert settled == [i for i, end in enumerate(ends) if end <= finished]
        assert ledger.messages == total - finished


def test_what_a_node_could_not_take_is_given_back() -> None:
    ledger, first, second = Ledger(), Receipt(), Receipt()
    ledger.add(2, first)
    ledger.add(3, second)
    assert ledger.give_back() is second
    assert ledger.messages == 2
    assert ledger.take(ALL) == [first]


def test_messages_that_leave_ahead_share_what_older_ones_hold() -> None:
    settled: list[str] = []
    ledger = Ledger()
    ledger.add(1, Receipt(lambda: settled.append("old")))
    ledger.add(1, Receipt(lambda: settled.append("new")))
    ahead = joined(ledger.share())
    for receipt in ledger.take(ALL):
        receipt.settle()
    assert settled == []
    ahead.settle()
    assert settled == ["old", "new"]
