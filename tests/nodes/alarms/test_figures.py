"""nodes/alarms/figures.py: figures per key, what time alone changes, and the bound on keys."""

import pytest

from nodes.alarms.figures import Figures

S = 10**9


def test_each_key_has_its_own_windows():
    figures = Figures(300 * S, ("mean", "ratio"), 10)
    for at_s, key, errors, requests in [(0, "a", 1, 10), (10, "b", 5, 10), (20, "a", 3, 10)]:
        figures.add(key, errors, requests, at_s * S)
    assert figures.of("a", 20 * S) == {"mean": 2.0, "ratio": 0.2}
    assert figures.of("b", 20 * S) == {"mean": 5.0, "ratio": 0.5}
    assert figures.of("unknown", 20 * S) == {}


def test_a_figure_changes_when_its_sample_leaves_the_window():
    figures = Figures(60 * S, ("ratio",), 10)
    figures.add("a", 1, 2, 0)
    assert figures.of("a", 0) == {"ratio": 0.5}
    assert figures.next_change_ns() == 60 * S
    assert figures.due(59 * S) == []
    assert figures.due(60 * S) == ["a"]
    assert figures.of("a", 60 * S) == {"ratio": None}
    assert figures.next_change_ns() is None


def test_the_rate_is_the_change_per_second_over_the_window():
    figures = Figures(10 * S, ("rate",), 10)
    figures.add("a", 100, 1, 0)
    assert figures.of("a", 0) == {"rate": None}
    figures.add("a", 150, 1, 10 * S)
    assert figures.of("a", 10 * S)["rate"] == pytest.approx(5.0)


def test_the_key_silent_for_longest_is_forgotten_and_counted():
    figures = Figures(10 * S, ("mean",), 2)
    for at_s, key in enumerate("abac"):
        figures.add(key, 1, 1, at_s * S)
    assert figures.of("b", 3 * S) == {}
    assert figures.of("a", 3 * S) == {"mean": 1.0}
    assert figures.forgotten == 1
