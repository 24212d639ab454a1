"""Filters match as the vectors say, in the client and in the broker's tree."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.mqtt.filters import check_filter, check_topic, matches, subscription_id
from nodes.servers.mqtt_broker.tree import TopicTree, Wish

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors/mqtt_topics.json").read_text("utf-8"))
levels = st.sampled_from(["a", "b", "", "$x", "+"])
topics = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=4).map("/".join).filter(bool)
filters = st.builds(
    lambda names, tail: "/".join([*names, *tail]),
    st.lists(levels, min_size=0, max_size=3),
    st.sampled_from([[], ["#"]]),
).filter(bool)


@pytest.mark.parametrize("case", VECTORS["match"], ids=lambda case: f"{case['filter']} {case['topic']}")
def test_matching_follows_the_vectors(case: dict[str, Any]) -> None:
    assert matches(case["filter"], case["topic"]) is case["match"]
    assert matches(f"$share/group/{case['filter']}", case["topic"]) is case["match"]


@pytest.mark.parametrize("case", VECTORS["invalid_filters"], ids=lambda case: case["why"])
def test_invalid_filters_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="filter"):
        check_filter(case["filter"])


@pytest.mark.parametrize(
    "filter_", ["$share/", "$share/g", "$share//a", "$share/g/", "$share/+/a", "$share/g#/a", "$share/g/a/#/b"]
)
def test_incomplete_shared_filters_are_refused(filter_: str) -> None:
    with pytest.raises(ValueError, match="filter"):
        check_filter(filter_)


@pytest.mark.parametrize("topic", [*VECTORS["invalid_publish_topics"], "é" * 32_768, "\ud800"])
def test_invalid_topics_are_refused(topic: str) -> None:
    with pytest.raises(ValueError, match=r"^a topic "):
        check_topic(topic)


@pytest.mark.parametrize("topic", ["a", "/", "a//b", "a/ b", "$SYS/x", "é" * 32_767 + "a", "{a}"])
def test_topics_one_may_publish_on_pass(topic: str) -> None:
    check_topic(topic)
    check_filter(topic)


@given(st.lists(filters, max_size=6, unique=True), topics)
def test_the_tree_finds_what_matching_finds(chosen: list[str], topic: str) -> None:
    tree: TopicTree[str] = TopicTree()
    for filter_ in chosen:
        tree.add(filter_, filter_, Wish(1))
    assert {target.session for target in tree.targets(topic)} == {each for each in chosen if matches(each, topic)}
    for filter_ in chosen:
        tree.remove(filter_, filter_)
    assert tree.targets(topic) == ()


def test_the_tree_merges_overlapping_wishes_into_one_target() -> None:
    tree: TopicTree[str] = TopicTree()
    tree.add("a/#", "client", Wish(0, identifier=1))
    tree.add("a/+", "client", Wish(2, identifier=2))
    [target] = tree.targets("a/b")
    assert (target.qos, set(target.identifiers)) == (2, {1, 2})


@given(filters)
def test_subscription_ids_are_in_range(filter_: str) -> None:
    assert 1 <= subscription_id(filter_) <= 268_435_455
