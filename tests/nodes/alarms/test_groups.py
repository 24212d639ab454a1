"""nodes/alarms/groups.py: one message for many alarms, none of them lost, none told too often."""

import json

from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.groups import Gathered, GroupRule, Groups, Members, summary

S = 1_000_000_000
RULE = GroupRule(wait_ns=10 * S, every_ns=300 * S, members=100)


def notice(state="active", **more):
    return {"state": state, **more}


def test_notices_that_come_within_the_wait_leave_together():
    groups = Groups(RULE, most=1000)
    assert groups.add("g1", "d1", notice(), 0) == groups.add("g1", "d2", notice(), 9 * S) == []
    assert groups.next_deadline_ns() == 10 * S and groups.on_time(9 * S) == []
    [gathered] = groups.on_time(10 * S)
    assert (gathered.group, list(gathered.notices)) == ("g1", ["d1", "d2"])
    assert groups.next_deadline_ns() is None


def test_later_changes_of_a_group_wait_until_it_may_speak_again():
    groups = Groups(RULE, most=1000)
    groups.add("g1", "d1", notice(), 0)
    groups.on_time(10 * S)
    groups.add("g1", "d2", notice(), 20 * S)
    groups.add("g2", "e1", notice(), 20 * S)
    assert [g.group for g in groups.on_time(309 * S)] == ["g2"], "another group does not wait for this one"
    assert [g.group for g in groups.on_time(310 * S)] == ["g1"]
    groups.add("g1", "d3", notice(), 900 * S)
    assert groups.next_deadline_ns() == 910 * S, "long after, the wait alone counts"


def test_a_group_with_more_members_than_fit_leaves_early_in_several():
    groups = Groups(GroupRule(10 * S, 300 * S, members=2), most=1000)
    left = [gathered for n in range(5) for gathered in groups.add("g1", f"d{n}", notice(), n * S)]
    assert [list(gathered.notices) for gathered in left] == [["d0", "d1"], ["d2", "d3"]]
    assert [list(gathered.notices) for gathered in groups.on_time(14 * S)] == [["d4"]]


def test_beyond_the_bound_the_group_that_waits_longest_leaves_early():
    groups = Groups(RULE, most=2)
    left = [gathered for n in range(4) for gathered in groups.add(f"g{n}", f"d{n}", notice(), n)]
    assert [gathered.group for gathered in left] == ["g0", "g1"]


def test_groups_that_are_quiet_are_forgotten():
    groups = Groups(RULE, most=1000)
    for n in range(100):
        groups.add(f"g{n}", "d", notice(), n * 1000 * S)
        groups.on_time((n * 1000 + 10) * S)
    assert len(groups.snapshot(0)["sent"]) == 1
    few = Groups(RULE, most=3)
    for n in range(10):
        few.add(f"g{n}", "d", notice(), 0)
    few.on_time(10 * S)
    assert len(few.snapshot(0)["sent"]) <= 3


def test_an_alarm_ends_in_the_group_in_which_it_began():
    members = Members()
    assert members.follow("d1", "g1", "raised") == "g1"
    assert members.follow("d1", "g2", "repeated") == "g1" and members.active("g1") == 1
    again = Members()
    again.restore(json.loads(json.dumps(members.snapshot())))
    assert again.follow("d1", "g2", "cleared") == "g1" and again.active("g1") == 0
    assert again.follow("d1", "g2", "raised") == "g2" and again.follow("d1", "g3", "raised") == "g3"
    assert (again.active("g2"), again.active("g3")) == (0, 1)


def test_a_summary_names_the_group_how_many_are_active_and_who_changed():
    two = Gathered("g1", {"d1": notice(title="d1 is silent", group="g1"), "d2": notice("cleared", priority="high")})
    assert summary(two, 1) == {
        "state": "active", "group": "g1", "count": 1, "title": "g1: 1 active, 1 cleared",
        "members": [{"key": "d1", "state": "active", "title": "d1 is silent"}, {"key": "d2", "state": "cleared"}],
    }  # fmt: skip
    assert summary(Gathered("", {"d1": notice("cleared", title="d1 is back")}), 0)["title"] == "d1 is back"
    assert summary(two, 0)["state"] == "cleared"


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(["d1", "d2", "d3", "d4"]), st.sampled_from(["active", "cleared"]),
        st.booleans(),
    ),
    max_size=60,
)  # fmt: skip
GROUP_OF = {"d1": "g1", "d2": "g1", "d3": "g1", "d4": "g2"}


@given(STEPS, st.integers(1, 4), st.integers(1, 4))
def test_each_notice_is_told_soon_and_no_group_speaks_too_often(steps, members, most):
    rule = GroupRule(wait_ns=5 * S, every_ns=30 * S, members=members)
    groups, now_ns = Groups(rule, most), 0
    owed: dict[str, tuple[dict, int]] = {}
    spoke_ns: dict[str, int] = {}

    def told(left, by_time):
        for group, notices in left:
            assert 1 <= len(notices) <= members
            for key, said in notices.items():
                newest, since_ns = owed.pop(key)
                assert said == newest and GROUP_OF[key] == group
                assert now_ns - since_ns <= max(rule.wait_ns, rule.every_ns)
            if by_time:
                assert most < 2 or now_ns - spoke_ns.get(group, -rule.every_ns) >= rule.every_ns
                spoke_ns[group] = now_ns

    def until(end_ns):
        nonlocal now_ns
        while (at_ns := groups.next_deadline_ns()) is not None and at_ns <= end_ns:
            now_ns = max(now_ns, at_ns)
            told(groups.on_time(now_ns), by_time=True)
        now_ns = end_ns

    for number, (pause_s, key, state, restarts) in enumerate(steps):
        until(now_ns + pause_s * S)
        said = notice(state, number=number)
        owed[key] = said, owed[key][1] if key in owed else now_ns
        told(groups.add(GROUP_OF[key], key, said, now_ns), by_time=False)
        assert sum(len(notices) for _, _, notices in groups.snapshot(now_ns)["waiting"]) <= most
        if restarts:
            state_of_it = json.loads(json.dumps(groups.snapshot(now_ns)))
            groups = Groups(rule, most)
            groups.restore(state_of_it, now_ns)
    until(now_ns + 100 * S)
    assert owed == {}
