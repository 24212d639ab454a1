"""Whatever a flow carries becomes JSON: nothing that a payload can hold breaks an answer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from web_editor.jsons import DEEPEST, to_json

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates()
payloads = st.recursive(
    scalars | st.frozensets(st.integers()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(payloads)
def test_every_payload_becomes_json(payload: Any) -> None:
    json.loads(to_json(payload))


def test_integers_keep_every_digit() -> None:
    assert json.loads(to_json({"n": 2**200})) == {"n": 2**200}


def test_half_of_a_character_is_replaced() -> None:
    assert json.loads(to_json(["\ud800"])) == ["?"]


def test_what_nests_too_deeply_ends_in_an_ellipsis() -> None:
    deep: Any = 1
    for _ in range(1000 * DEEPEST):  # beyond what any Python's C stack may hold
        deep = [deep]
    assert "…" in to_json(deep).decode()
