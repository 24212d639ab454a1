"""nodes/batches/bisection.py: every bad row is found, every good row written once and in order."""

from hypothesis import given
from hypothesis import strategies as st

from nodes.batches.bisection import bisect_bad


def run(rows, bad):
    written, tries = [], 0
    search = bisect_bad(rows, "refused")
    try:
        part = next(search)
        while True:
            tries += 1
            refused = [row for row in part if row in bad]
            if not refused:
                written += part
            part = search.send(f"row {refused[0]}" if refused else None)
    except StopIteration as end:
        return end.value, written, tries


@given(st.integers(1, 300), st.data())
def test_the_bad_rows_are_found_and_the_good_ones_written_in_order(count, data):
    bad = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=8))
    found, written, tries = run(list(range(count)), bad)
    reason = (lambda row: "refused") if count == 1 else (lambda row: f"row {row}")
    assert found == [(row, reason(row)) for row in sorted(bad)]
    assert written == [row for row in range(count) if row not in bad]
    assert tries <= 2 * len(bad) * max(1, count.bit_length())


def test_a_single_row_is_bad_without_another_try():
    assert run(["x"], {"x"}) == ([("x", "refused")], [], 0)


def test_a_batch_that_was_refused_for_its_mixture_is_written_in_parts():
    search = bisect_bad([1, "two"], "types conflict")
    assert next(search) == [1]
    assert search.send(None) == ["two"]
    try:
        search.send(None)
    except StopIteration as end:
        assert end.value == []
    else:
        raise AssertionError("the search must end")
