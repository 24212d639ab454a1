"""web_editor/patterns.py: which keys and topics somebody watches."""

from __future__ import annotations

import pytest

from web_editor.patterns import key_pattern, topic_filter


@pytest.mark.parametrize(
    ("pattern", "key", "matches"),
    [
        ("hall/t", "hall/t", True),
        ("hall/t", "hall/t2", False),
        ("hall/*", "hall/t", True),
        ("hall/*", "hall/t/max", False),
        ("hall/**", "hall/t/max", True),
        ("*/t", "hall/t", True),
        ("**", "a/b\nc", True),
        ("a.c*", "abc", False),
        ("(a*", "(ab", True),
    ],
)
def test_a_star_is_one_level_and_two_are_the_rest(pattern: str, key: str, matches: bool) -> None:
    assert key_pattern(pattern)(key) is matches


# The examples of MQTT 5, 4.7.1 and 4.7.2.
@pytest.mark.parametrize(
    ("wanted", "topic", "matches"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("#", "sport/tennis", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/broker", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/broker", True),
    ],
)
def test_a_topic_filter_matches_as_brokers_do(wanted: str, topic: str, matches: bool) -> None:
    assert topic_filter(wanted)(topic) is matches


@pytest.mark.parametrize("wanted", ["a/#/b", "sport+", "a/b#", "##"])
def test_a_wildcard_within_a_level_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="one whole level"):
        topic_filter(wanted)
