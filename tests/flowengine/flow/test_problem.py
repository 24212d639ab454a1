"""Problems print as editors and compilers expect them; slips find their word."""

import pytest

from flowengine.flow.problem import Problem, nearest


def test_a_problem_prints_place_node_message_and_hint():
    problem = Problem("f.yaml", 3, 5, 3, 8, "clean", "unknown option 'qso'", "qos")
    assert str(problem) == "f.yaml:3:5: node clean: unknown option 'qso' (did you mean qos?)"


def test_a_problem_without_node_and_hint_prints_neither():
    assert str(Problem("f.yaml", 1, 1, 1, 2, "", "not a map")) == "f.yaml:1:1: not a map"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("qso", "qos"),
        ("tpye", "type"),
        ("Topic", "topic"),
        ("on-error", "on_error"),
        ("serialin", "serial_in"),
        ("zzz", None),
    ],
)
def test_the_nearest_word_is_found_or_none(word, expected):
    assert nearest(word, ["type", "topic", "qos", "on_error", "serial_in"]) == expected
