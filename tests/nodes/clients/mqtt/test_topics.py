"""Patterns against the MQTT vectors, and a matcher written straight from the specification."""

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nodes.clients.mqtt.filters import matches
from nodes.clients.mqtt.topics import CachedPattern, TopicPattern, join_shared

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "mqtt_topics.json").read_text())


def specified(topic_filter, topic):
    """Level by level, as MQTT 5 section 4.7 words it."""
    wanted, given_levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given_levels) or level not in ("+", given_levels[index]):
            return False
        if index == len(given_levels) - 1 and wanted[index + 1 :] == ["#"]:
            return True
    return len(wanted) == len(given_levels)


@pytest.mark.parametrize("entry", VECTORS["match"], ids=lambda entry: f"{entry['filter']} {entry['topic']}")
def test_filters_match_as_in_the_vectors(entry):
    assert (TopicPattern(entry["filter"]).match(entry["topic"]) is not None) is entry["match"]
    assert specified(entry["filter"], entry["topic"]) is entry["match"]


@pytest.mark.parametrize("entry", VECTORS["invalid_filters"], ids=lambda entry: entry["why"])
def test_invalid_filters_are_refused(entry):
    with pytest.raises(ValueError, match="filter"):
        TopicPattern(entry["filter"])


def test_names_stand_for_levels():
    pattern = TopicPattern("lab/{device}/telemetry/{sensor}")
    assert pattern.filter == "lab/+/telemetry/+"
    assert pattern.names == ("device", "sensor")
    assert pattern.match("lab/c1/telemetry/temp") == {"device": "c1", "sensor": "temp"}
    assert pattern.match("lab//telemetry/") == {"device": "", "sensor": ""}
    assert pattern.match("lab/c1/telemetry/temp/x") is None


def test_a_name_may_stand_for_the_rest():
    pattern = TopicPattern("logs/{host}/{path#}")
    assert pattern.filter == "logs/+/#"
    assert pattern.match("logs/a/b/c") == {"host": "a", "path": "b/c"}
    assert pattern.match("logs/a") == {"host": "a", "path": ""}
    assert TopicPattern("{all#}").match("a/b") == {"all": "a/b"}
    assert TopicPattern("{all#}").match("$SYS/b") is None
    assert TopicPattern("{first}/b").match("$SYS/b") is None


def test_named_and_plain_wildcards_go_together():
    assert TopicPattern("+/{b}/#").match("x/y/z") == {"b": "y"}
    assert TopicPattern("a.c/{b}").match("abc/y") is None
    assert TopicPattern("a/{b}").match("a/line\nbreak") == {"b": "line\nbreak"}
    assert TopicPattern("a/b").match("a/b") == {}


@pytest.mark.parametrize(
    "pattern",
    ["a/x{b}", "a/{b}x", "a/{b}{c}", "a/{}", "a/{1}", "a/{b c}", "a/{b}/{b}", "a/{b#}/c", "a/{", "a/}", "{#}"],
)
def test_a_pattern_with_a_misplaced_name_is_refused(pattern):
    with pytest.raises(ValueError, match=r"name|last level"):
        TopicPattern(pattern)


def test_a_shared_filter_has_a_group():
    assert join_shared("g", "a/+") == "$share/g/a/+"
    assert join_shared("g", "/b") == "$share/g//b"


@pytest.mark.parametrize(("group", "inner"), [("a/b", "c"), ("", "c"), ("+", "c"), ("g", ""), ("g", "a#")])
def test_a_group_that_cannot_share_is_refused(group, inner):
    with pytest.raises(ValueError, match=r"group|filter"):
        join_shared(group, inner)


def test_a_cached_pattern_answers_the_same_dict_and_stays_bounded():
    pattern = CachedPattern("a/{b}", max_topics=100)
    assert pattern.match("a/1") is pattern.match("a/1")
    assert pattern.match("x") is pattern.match("x") is None
    for number in range(1000):
        assert pattern.match(f"a/{number}") == {"b": str(number)}
        assert len(pattern._seen) <= 100


levels = st.sampled_from(["a", "b", "", "$SYS", "é", ".", "a b"])
topics = st.lists(levels, min_size=1, max_size=5).map("/".join).filter(bool)
filters = (
    st.tuples(st.lists(levels | st.just("+"), max_size=4), st.sampled_from([[], ["#"], ["+"]]))
    .map(lambda parts: "/".join(parts[0] + parts[1]))
    .filter(bool)
)


@given(filters, topics)
def test_matching_is_what_the_specification_says(topic_filter, topic):
    assert matches(topic_filter, topic) is specified(topic_filter, topic)


@given(filters, topics)
def test_names_change_nothing_about_what_matches(topic_filter, topic):
    parts = topic_filter.split("/")
    named = [f"{{n{place}{part.strip('+')}}}" if part in ("+", "#") else part for place, part in enumerate(parts)]
    pattern = TopicPattern("/".join(named))
    assert pattern.filter == topic_filter
    captures = pattern.match(topic)
    assert (captures is not None) is matches(topic_filter, topic)
    if captures is not None:
        taken = topic.split("/")
        for place, part in enumerate(parts):
            if part == "+":
                assert captures[f"n{place}"] == taken[place]
            elif part == "#":
                assert captures[f"n{place}"] == "/".join(taken[place:])


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_filter_or_refused(text, topic):
    assume("{" not in text and "}" not in text)
    try:
        pattern = TopicPattern(text)
    except ValueError:
        return
    assert text.startswith("$share/") or (pattern.match(topic) is not None) is specified(text, topic)
