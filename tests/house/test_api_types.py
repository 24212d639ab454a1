"""The editor in the browser speaks the API as it is: its types are those of the OpenAPI document."""

from typing import Any

from tests.house import api_types


def test_the_written_types_are_those_of_the_api() -> None:
    assert api_types.FILE.read_text(encoding="utf-8") == api_types.written(), "./dev docs writes them anew"


def test_what_may_be_left_out_is_told_by_who_writes_it() -> None:
    schema: dict[str, Any] = {"properties": {"count": {"type": "integer", "default": 1}}, "required": []}
    assert "count?: number;" in api_types._declared("Asked", schema, asked=True)
    assert "count: number;" in api_types._declared("Answered", schema, asked=False)
