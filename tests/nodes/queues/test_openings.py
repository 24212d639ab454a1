"""Openings of a line: bytes of two are never joined, and the first of a new one says so."""

from hypothesis import given
from hypothesis import strategies as st

from nodes.queues.openings import Openings

pieces = st.lists(st.tuples(st.integers(1, 5), st.binary(min_size=1, max_size=3))).map(
    lambda made: sorted(made, key=lambda piece: piece[0])
)


def test_pieces_of_one_opening_are_joined() -> None:
    assert list(Openings(0).joined([(1, b"a"), (1, b"b")])) == [(b"ab", False)]


def test_the_first_bytes_of_a_new_opening_say_so_and_the_next_ones_do_not() -> None:
    openings = Openings(1)
    assert list(openings.joined([(1, b"a"), (2, b"b")])) == [(b"a", False), (b"b", True)]
    assert list(openings.joined([(2, b"c")])) == [(b"c", False)]


def test_who_comes_late_to_a_line_hears_of_later_openings_only() -> None:
    openings = Openings(3)
    assert list(openings.joined([(3, b"a"), (4, b"b")])) == [(b"a", False), (b"b", True)]


@given(pieces, st.integers(0, 20))
def test_however_it_is_cut_each_new_opening_is_told_once_and_no_byte_is_lost(
    made: list[tuple[int, bytes]], at: int
) -> None:
    openings = Openings(1)
    told = [*openings.joined(made[:at]), *openings.joined(made[at:])]
    assert b"".join(data for data, _ in told) == b"".join(data for _, data in made)
    assert sum(again for _, again in told) == len({opening for opening, _ in made if opening > 1})
