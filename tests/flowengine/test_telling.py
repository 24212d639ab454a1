"""What is away is told at once, and then rarely."""

from flowengine.telling import Telling


def test_a_reason_is_told_at_once_and_then_with_growing_pauses() -> None:
    telling = Telling()
    told = [second for second in range(800) if telling.is_due("away", float(second))]
    assert told == [0, 10, 70, 670]


def test_another_reason_is_told_at_once() -> None:
    telling = Telling()
    assert telling.is_due("nothing listens", 0.0)
    assert telling.is_due("wrong password", 0.5)
    assert not telling.is_due("wrong password", 0.6)
