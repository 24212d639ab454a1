"""Spellings of places in tests and wires."""

import pytest

from flowengine.flow.places import internal, place_of, public

IDS = ("clean", "split", "p2.hot", "p2.split", "a.b.c")


@pytest.mark.parametrize(
    ("spelled", "place"),
    [
        ("clean", ("clean", "")),
        (" clean ", ("clean", "")),
        ("split.hot", ("split", "hot")),
        ("p2/hot", ("p2.hot", "")),
        ("p2.hot", ("p2.hot", "")),
        ("p2/split.cold", ("p2.split", "cold")),
        ("a/b/c", ("a.b.c", "")),
        ("p2/cold", None),
        ("nobody", None),
    ],
)
def test_a_place_is_the_longest_id_that_fits_and_a_port(spelled, place):
    assert place_of(spelled, IDS) == place


def test_ids_go_to_people_and_back():
    assert public("p2.hot") == "p2/hot"
    assert internal("p2/hot") == "p2.hot"
