"""nodes/batches/sorting.py: one bad item costs no good one."""

from nodes.batches.sorting import made_of, sort_out


def inverses(items):
    if 0 in items:
        raise ValueError("no inverse of 0")
    return [1 / item for item in items]


def doubles(items):
    return [2 * item for item in items]


def test_all_good_items_are_handled_at_once():
    calls = []

    def column(items):
        calls.append(list(items))
        return items

    assert sort_out([1, 2], column).columns == [[1, 2]]
    assert calls == [[1, 2]]


def test_bad_items_come_back_with_their_reason_and_the_others_in_order():
    good, columns, bad = sort_out([1, 0, 2, 0], inverses, doubles)
    assert good == [1, 2]
    assert columns == [[1.0, 0.5], [2, 4]]
    assert bad == [(0, "no inverse of 0"), (0, "no inverse of 0")]


def test_what_is_made_of_each_stands_at_its_place_beside_the_reasons_of_the_others():
    made, bad = made_of(["1", "x", "2"], int)
    assert made == {0: 1, 2: 2} and list(bad) == [1] and "invalid literal" in bad[1]
