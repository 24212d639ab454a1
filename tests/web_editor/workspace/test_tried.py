"""web_editor/workspace/tried.py: what a script makes of one message, and that nothing of it goes beyond the bounds."""

import pytest

from flowengine.message import Message
from flowengine.script import Script
from web_editor.workspace.tried import MOST_SHOWN, tried

GIVEN = Message({"t": 4}, "a/b", time_ns=1, meta={"device": "c1"})


def test_what_leaves_stays_and_is_noted_is_told_and_the_message_keeps_what_it_had() -> None:
    found = tried(Script("state.n = 1\nnote('seen')\npayload.t = 5\nmeta.x = 2\nsend('hot', 8)"), GIVEN)
    assert (found.state, found.notes, found.rejected) == ({"n": 1}, ["seen"], None)
    assert [(made.port, made.payload) for made in found.sent] == [("hot", 8), ("out", {"t": 5})]
    assert found.sent[1].meta == {"device": "c1", "x": 2}
    assert GIVEN.payload == {"t": 4}


@pytest.mark.parametrize("time", ["'2026-01-01T00:00:00Z'", "1767225600", "1767225600000"])
def test_what_is_a_time_is_taken(time: str) -> None:
    assert tried(Script(f"time = {time}"), GIVEN).rejected is None


@pytest.mark.parametrize("time", ["'soon'", "12", "1e308 * 10", "true"])
def test_what_is_no_time_is_rejected_with_its_line(time: str) -> None:
    assert (tried(Script(f"time = {time}"), GIVEN).rejected or "").startswith("line 1")


def test_more_messages_than_are_shown_are_counted() -> None:
    found = tried(Script("for n in range(50): send('each', n)"), GIVEN)
    assert (len(found.sent), found.more) == (MOST_SHOWN, 31)


def test_too_much_work_or_state_is_a_reject() -> None:
    assert "more work" in (tried(Script("for i in range(1000000):\n    x = i"), GIVEN).rejected or "")
    large = tried(Script("state.x = payload"), Message("x" * 2**20 + "y"))
    assert "more than the" in (large.rejected or "")
