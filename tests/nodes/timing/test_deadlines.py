"""nodes/timing/deadlines.py against a plain dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from nodes.timing.deadlines import Deadlines


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 20), st.booleans())))
def test_the_earliest_of_the_latest_settings_comes_first(steps):
    deadlines, model = Deadlines(), {}
    for key, at_ns, pops in steps:
        deadlines.set(key, at_ns)
        model.pop(key, None)
        if at_ns is not None:
            model[key] = at_ns
        assert deadlines.first_ns() == min(model.values(), default=None)
        assert len(deadlines) == len(model)
        if pops and (popped := deadlines.pop(10)) is not None:
            at_ns = model.pop(popped)
            assert at_ns <= 10 and all(at_ns <= other for other in model.values())
    assert all(deadlines.pop(99) in model for _ in range(len(model)))


def test_replacing_a_deadline_for_ever_takes_no_memory():
    deadlines = Deadlines()
    for at_ns in range(10_000):
        deadlines.set("k", at_ns)
    assert len(deadlines._heap) < 100 and deadlines.pop(10_000) == "k" and deadlines.pop(10_000) is None
