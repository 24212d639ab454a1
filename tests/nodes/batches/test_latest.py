"""nodes/batches/latest.py"""

from nodes.batches.latest import Latest

S = 10**9


def test_a_group_is_whole_once_every_name_is_there_and_with_each_further_payload():
    latest = Latest(["t", "rh"], None, 10)
    assert latest.take("a", "t", 21, 1) is None and latest.take("b", "rh", 9, 1) is None
    assert latest.take("a", "rh", 60, 2) == {"t": 21, "rh": 60}
    assert latest.take("a", "t", 22, 3) == {"t": 22, "rh": 60}
    assert latest.take("a", "t", 5, 2) == {"t": 22, "rh": 60}


def test_what_is_too_old_is_missing_whichever_comes_late():
    latest = Latest(["t", "rh"], 60 * S, 10)
    latest.take("a", "t", 21, 0)
    assert latest.take("a", "rh", 60, 61 * S) is None
    assert latest.take("a", "t", 22, 70 * S) == {"t": 22, "rh": 60}


def test_groups_are_bounded_and_outlive_a_redeploy():
    latest = Latest(["t", "rh"], None, 2)
    for group in "abc":
        latest.take(group, "t", group, 1)
    assert latest.forgotten == 1
    again = Latest(["t", "rh"], None, 2)
    again.restore(latest.to_json())
    assert again.take("c", "rh", 1, 2) == {"t": "c", "rh": 1} and again.take("a", "rh", 1, 2) is None
