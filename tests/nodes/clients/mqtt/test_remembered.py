"""A bounded memory of topics."""

import pytest

from nodes.clients.mqtt import remembered
from nodes.clients.mqtt.remembered import Remembered


def test_what_was_added_is_known_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "BLOCK", 8)
    topics = Remembered()
    for number in range(100):
        assert f"a/{number}" not in topics
        topics.add(f"a/{number}")
        assert len(topics) == number + 1
    assert all(f"a/{number}" in topics for number in range(100))
    assert not any(f"b/{number}" in topics for number in range(100))
    topics.clear()
    assert len(topics) == 0 and "a/1" not in topics


def test_it_holds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "BLOCK", 4)
    monkeypatch.setattr(remembered, "MOST", 10)
    topics = Remembered()
    for number in range(50):
        topics.add(str(number))
    assert [number for number in range(50) if str(number) in topics] == list(range(10)) and len(topics) == 10


def test_a_hundred_thousand_take_eight_bytes_each() -> None:
    topics = Remembered()
    for number in range(100_000):
        topics.add(f"plant/line/{number}/state")
    assert sum(block.itemsize * len(block) for block in topics._blocks) == 800_000 and not topics._young
