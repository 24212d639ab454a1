"""Which values may go into a topic or a path."""

import posixpath

from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression.safety import path_fault, subject_fault, topic_fault, whole_subject_fault, whole_topic_fault

HOSTILE = st.text(alphabet="ab./\\+#$\0\n\u0085é\ud800", max_size=6)


@given(HOSTILE)
def test_an_accepted_topic_level_adds_no_level_and_no_wildcard(value: str) -> None:
    if topic_fault(value) is None:
        topic = f"site/{value}/temp"
        assert topic.count("/") == 2
        assert not set("+#\0") & set(topic.encode().decode())
        assert value


@given(HOSTILE, HOSTILE)
def test_accepted_file_names_stay_in_their_folder(one: str, other: str) -> None:
    if path_fault(one) is None and path_fault(other) is None:
        for name in (one, one + other, f"{one}.csv", f".{one}"):
            path = posixpath.normpath(posixpath.join("/data/in", name))
            assert posixpath.dirname(path) == "/data/in"


def test_a_whole_topic_may_have_levels() -> None:
    assert whole_topic_fault("a/b") is None
    assert whole_topic_fault("/a") is None
    assert whole_topic_fault("a/+") is not None
    assert whole_topic_fault("") is not None


@given(HOSTILE)
def test_an_accepted_token_of_a_subject_adds_no_token_and_no_wildcard(value: str) -> None:
    if subject_fault(value) is None:
        assert value and not set(".*>") & set(value) and len(f"a {value}".split()) == 2


def test_a_whole_topic_may_have_tokens() -> None:
    assert whole_subject_fault("a.b") is None
    assert whole_subject_fault("a..b") and whole_subject_fault("a.>") and whole_subject_fault("")
