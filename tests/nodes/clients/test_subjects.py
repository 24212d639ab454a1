"""NATS subjects and AMQP routing keys with named tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.clients.subjects import SubjectPattern

TOKENS = st.text(
    st.characters(blacklist_characters=".*>{}", blacklist_categories=("Zs", "Zl", "Zp", "Cc", "Cs")), min_size=1
)


def test_names_take_tokens() -> None:
    pattern = SubjectPattern("plant.{device}.*.{rest>}")
    assert pattern.filter == "plant.*.*.>" and pattern.names == ("device", "rest")
    assert pattern.match("plant.p1.x.a.b") == {"device": "p1", "rest": "a.b"}
    assert pattern.match("plant.p1.x") is None and pattern.match("plant.p1.x.") is None
    assert SubjectPattern("a.b").match("a.b") == {} and SubjectPattern("a.b").match("axb") is None


@given(st.lists(TOKENS, min_size=1, max_size=5))
def test_what_stands_there_is_taken_as_it_is(tokens: list[str]) -> None:
    subject = ".".join(tokens)
    names = [f"n{place}" for place in range(len(tokens))]
    assert SubjectPattern(".".join(f"{{{name}}}" for name in names)).match(subject) == dict(
        zip(names, tokens, strict=True)
    )
    assert SubjectPattern(subject).match(subject) == {} and SubjectPattern("{all>}").match(subject) == {"all": subject}


@pytest.mark.parametrize(
    "wrong", ["", "a..b", "a.", "plant/{device", "{a}x", "a b", ">.a", "{a>}.b", "{a}.{a}", "{1}", "a*"]
)
def test_what_no_server_takes_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"token|twice"):
        SubjectPattern(wrong)


def test_the_rest_of_a_routing_key_may_be_none() -> None:
    pattern = SubjectPattern("plant.{device}.{rest#}", rest="#")
    assert pattern.filter == "plant.*.#" and pattern.names == ("device", "rest")
    assert pattern.match("plant.p1.a.b") == {"device": "p1", "rest": "a.b"}
    assert pattern.match("plant.p1") == {"device": "p1", "rest": ""} and pattern.match("plant") is None
    assert SubjectPattern("{key#}", rest="#").match("") == {"key": ""}
    assert SubjectPattern("a.#", rest="#").match("a") == {} and SubjectPattern("a>", rest="#").match("a>") == {}
    with pytest.raises(ValueError, match="last token"):
        SubjectPattern("#.a", rest="#")
