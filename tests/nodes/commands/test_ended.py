"""Names of jobs that ended: the newest so many, in their order, also over a restart."""

from __future__ import annotations

from nodes.commands.ended import Ended


def test_the_newest_names_are_remembered() -> None:
    ended = Ended(2)
    for id in ("a", "b", "c"):
        ended.add(id)
    assert ended.forget() == ["a"] and "a" not in ended and "c" in ended and ended.forget() == []
    again = Ended(2)
    again.take_up({"c": 2, "b": 1})
    again.add("d")
    assert again.forget() == ["b"] and again.number("d") == 3 and again.number("b") is None


def test_with_no_room_nothing_is_remembered() -> None:
    ended = Ended(0)
    ended.add("a")
    assert "a" not in ended and ended.forget() == []
