"""One is one, and others are many."""

from flowengine.counts import count_of


def test_only_one_is_one() -> None:
    assert [count_of(n, "row") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


def test_words_that_change_otherwise_are_given() -> None:
    assert [count_of(n, "row was", "rows were") for n in (1, 12)] == ["1 row was", "12 rows were"]
