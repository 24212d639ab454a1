"""What a broker had kept, told from what is live."""

from flowengine import Message
from nodes.batches.retained import is_retained, live_and_retained

S = 1_000_000_000
LIVE = Message(1, time_ns=0, arrived_ns=100 * S)
KEPT = Message(2, time_ns=100 * S, arrived_ns=100 * S, meta={"retained": True})
FRESH = Message(3, time_ns=41 * S, arrived_ns=100 * S, meta={"retained": True})
OLD = Message(4, time_ns=39 * S, arrived_ns=100 * S, meta={"retained": True})


def test_a_kept_message_without_a_fresh_time_of_its_own_is_not_live() -> None:
    assert [is_retained(each) for each in (LIVE, KEPT, FRESH, OLD)] == [False, True, False, True]
    assert not is_retained(OLD, fresh_s=61)


def test_live_ones_and_kept_ones_keep_their_order() -> None:
    assert live_and_retained([OLD, LIVE, KEPT, FRESH]) == ([LIVE, FRESH], [OLD, KEPT])
    assert live_and_retained([LIVE]) == ([LIVE], ())
