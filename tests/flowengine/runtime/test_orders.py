"""flowengine/runtime/orders.py: who waits for a word of a message hears of that one, once."""

from __future__ import annotations

from typing import Any

from flowengine import Message
from flowengine.runtime.orders import Orders


def test_nobody_is_told_of_messages_that_nobody_follows() -> None:
    orders = Orders()
    told: list[str] = []
    with orders.follow(7, 1, lambda: told.append("told")) as order:
        orders.refused([Message(id=8)], "other")
        orders.settle(8)
        orders.hold(8)
        assert (order.holders, order.refused, told) == (1, "", [])
        orders.refused([Message(id=8), Message(id=7)], "first")
        orders.refused([Message(id=7)], "second")
    assert (order.refused, told, len(orders)) == ("first", ["told"], 0)


def test_it_is_not_sent_before_who_promised_an_answer_gave_it() -> None:
    told: list[str] = []
    orders = Orders()
    with orders.follow(7, 1, lambda: told.append("told")) as order:
        orders.hold(7)
        order.settle()
        assert told == []
        orders.settle(7)
    assert told == ["told"]


def test_each_try_of_a_queue_that_keeps_it_is_news_and_of_another_is_none() -> None:
    news: list[str] = []
    orders = Orders()
    own: Any = object()
    with orders.follow(7, 1, lambda: news.append("news")):
        orders.kept([Message(id=8)], own)
        orders.tried(own)
        assert news == []
        orders.kept([Message(id=7)], own)
        orders.tried(object())  # type: ignore[arg-type]
        orders.tried(own)
    orders.tried(own)
    assert news == ["news"]
