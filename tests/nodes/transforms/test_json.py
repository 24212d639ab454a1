"""nodes/transforms/json.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message, Rejected
from flowengine.testing import make, messages, payloads
from nodes.transforms.json import Json

values = st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text() | st.none(), max_size=4)


@given(values)
def test_json_reads_what_it_wrote_and_keeps_the_rest_of_the_message(value):
    given = Message(value, "t", 1, {"m": 2}, 3, 4)
    written = make(Json, "action: encode").process([given])
    assert type(written[0].payload) is bytes
    assert make(Json, "action: decode").process(written) == [given]


@pytest.mark.parametrize("payload", [b"{", b"", {"a": 1}])
def test_json_rejects_what_it_cannot_read_with_a_short_reason(payload):
    with pytest.raises(Rejected, match=r"^json [a-z_]+$"):
        make(Json, "action: decode").process(messages([payload]))


def test_json_rejects_what_it_cannot_write():
    with pytest.raises(Rejected, match="json unencodable"):
        make(Json, "action: encode").process(messages([object()]))


def test_json_bounds_what_it_reads():
    node = make(Json, "{max_bytes: 8}")
    assert payloads(make(Json).process(node.process(messages([{"k": "v"}])))) == [{"k": "v"}]
    with pytest.raises(Rejected, match="too_large"):
        node.process(messages([b"[" * 9]))
