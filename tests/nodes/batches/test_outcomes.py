"""nodes/batches/outcomes.py: what became of a message is kept until its batch is done with."""

from __future__ import annotations

import pytest

from flowengine import Message, Rejected
from nodes.batches.outcomes import Outcomes

BATCH = tuple(Message(n) for n in range(4))


def test_a_batch_that_comes_again_is_asked_only_what_nothing_became_of() -> None:
    outcomes = Outcomes("one", "many")
    assert outcomes.left(BATCH) == [0, 1, 2, 3]
    outcomes.took(0)
    outcomes.refused(2, "no")
    assert outcomes.left(BATCH) == [1, 3]


def test_a_batch_of_equal_messages_is_another_one() -> None:
    outcomes = Outcomes("one", "many")
    outcomes.left(BATCH)
    outcomes.took(0)
    assert outcomes.left(tuple(Message(n) for n in range(4))) == [0, 1, 2, 3]


def test_answers_come_in_the_order_of_the_messages_and_once() -> None:
    outcomes = Outcomes("one", "many")
    outcomes.left(BATCH)
    outcomes.took(2, Message("c"), Message("d"))
    outcomes.took(0, Message("a"))
    assert [answer.payload for answer in outcomes.result()] == ["a", "c", "d"] and outcomes.result() == []


@pytest.mark.parametrize(("refused", "said"), [({1: "no"}, "no"), ({1: "no", 3: "nor"}, "2 were refused")])
def test_refused_ones_are_told_by_place_with_the_answers_of_the_others(refused: dict[int, str], said: str) -> None:
    outcomes = Outcomes("was refused", "were refused")
    outcomes.left(BATCH)
    outcomes.took(0, Message("a"))
    for place, reason in refused.items():
        outcomes.refused(place, reason)
    with pytest.raises(Rejected, match=said) as found:
        outcomes.result()
    assert found.value.rows == refused and [answer.payload for answer in found.value.answers] == ["a"]
    assert outcomes.left(BATCH) == [0, 1, 2, 3]
