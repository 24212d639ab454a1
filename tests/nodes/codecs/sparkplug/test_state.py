"""What a host application says of itself, and what an edge node makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.sparkplug.state import PrimaryHost, state, state_topic


def test_the_topic_is_that_of_the_specification() -> None:
    assert state_topic("scada") == "spBv1.0/STATE/scada"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1))
def test_the_last_word_of_the_latest_session_counts(said: list[tuple[bool, int]]) -> None:
    host = PrimaryHost()
    for online, time_ms in said:
        host.learn(state(online, time_ms))
    latest = max(time_ms for _, time_ms in said)
    assert host.online == [online for online, time_ms in said if time_ms == latest][-1]


@pytest.mark.parametrize(
    "data", [b"", b"ONLINE", b"[]", b'{"online": 1, "timestamp": 5}', b'{"online": true}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_state_is_refused_and_changes_nothing(data: bytes) -> None:
    host = PrimaryHost()
    host.learn(state(True, 1))
    with pytest.raises(ValueError, match="no STATE"):
        host.learn(data)
    assert host.online
