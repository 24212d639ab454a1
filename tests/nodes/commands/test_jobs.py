"""nodes/commands/jobs.py: urgency, then arrival; never more at a time than allowed; every job ends once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.commands.jobs import Job, Jobs


def test_the_most_urgent_goes_first_and_among_equals_the_first_that_came():
    jobs = Jobs(1, None, 10)
    for id, priority in [("a", 0), ("b", 5), ("c", 5), ("d", 9)]:
        jobs.add(id, priority)
    order = []
    while begun := jobs.begin(0):
        order += [job.id for job in begun]
        assert jobs.begin(0) == [] and jobs.end(begun[0].id, 7) == 7
    assert order == ["d", "b", "c", "a"]


def test_a_run_that_takes_too_long_is_late_until_it_is_given_up():
    jobs = Jobs(1, 10, 10)
    jobs.add("a", 0)
    jobs.add("b", 0)
    jobs.begin(0)
    assert jobs.next_deadline_ns() == 10 and jobs.overdue(9) == [] and jobs.overdue(10) == ["a"]
    assert jobs.late == ["a"] and jobs.begin(10) == [] and jobs.end("a", 10) == 10 and jobs.late == []
    assert [job.id for job in jobs.begin(10)] == ["b"] and jobs.end("a", 11) is None


def test_names_are_unique_and_the_number_is_bounded():
    jobs = Jobs(1, None, 2)
    jobs.add("a", 0)
    with pytest.raises(ValueError, match="already"):
        jobs.add("a", 0)
    jobs.begin(0)
    jobs.add("b", 0)
    jobs.add("c", 0)
    with pytest.raises(ValueError, match="2 jobs wait"):
        jobs.add("d", 0)


def test_what_is_taken_up_keeps_its_place_and_new_ones_come_after():
    jobs = Jobs(3, None, 10)
    jobs.take_up([Job("b", 0, 8, 1), Job("a", 0, 3)])
    jobs.add("c", 0)
    begun = jobs.begin(0)
    assert [(job.id, job.attempts) for job in begun] == [("a", 1), ("b", 2), ("c", 1)]
    jobs.put_back(begun[1:])
    jobs.withdraw("c")
    assert [(job.id, job.attempts) for job in jobs.begin(0)] == [("b", 2)]


def test_a_held_line_begins_nothing_and_what_it_cut_off_may_still_end():
    jobs = Jobs(1, 10, 10)
    jobs.add("a", 0)
    jobs.add("b", 0)
    jobs.begin(0)
    assert jobs.hold() == ["a"] and jobs.waiting == 2 and jobs.begin(20) == [] and jobs.overdue(20) == []
    assert jobs.end("a", 25) == 25 and jobs.waiting == 1 and jobs.end("b", 25) is None
    jobs.release()
    assert [(job.id, job.attempts) for job in jobs.begin(30)] == [("b", 1)]


def test_a_job_may_have_a_limit_of_its_own():
    jobs = Jobs(1, 10, 10)
    jobs.add("a", 0, 3)
    jobs.begin(0)
    assert jobs.next_deadline_ns() == 3


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "begin", "end", "late", "hold"]), st.integers(0, 5), st.integers(0, 3)),
    max_size=60,
)


@given(STEPS, st.integers(1, 3))
def test_every_job_is_begun_and_ends_exactly_once_in_order_of_urgency(steps, concurrency):
    jobs, state, urgency = Jobs(concurrency, 5, 100), {}, {}
    for n, (what, which, priority) in enumerate(steps):
        now_ns = n + 1
        if what == "add":
            jobs.add(f"{n}", priority)
            state[f"{n}"], urgency[f"{n}"] = "waits", (-priority, n)
        elif what == "begin":
            for job in jobs.begin(now_ns):
                assert state[job.id] == "waits"
                assert urgency[job.id] == min(urgency[id] for id, is_ in state.items() if is_ == "waits")
                state[job.id] = "runs"
        elif what == "end" and jobs.running:
            id = jobs.running[which % len(jobs.running)]
            assert jobs.end(id, now_ns) is not None
            state[id] = "ended"
        elif what == "late":
            for id in jobs.overdue(now_ns):
                assert jobs.end(id, now_ns) is not None
                state[id] = "ended"
        elif what == "hold":
            for id in jobs.hold():
                state[id] = "waits"
            assert jobs.begin(now_ns) == []
            jobs.release()
        assert sorted(jobs.running) == sorted(id for id, is_ in state.items() if is_ == "runs")
        assert len(jobs.running) <= concurrency and jobs.waiting == list(state.values()).count("waits")
