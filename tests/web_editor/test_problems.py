"""Every fault of a request is a problem document with a status and a sentence."""

from __future__ import annotations

import json

import pytest

from web_editor.problems import TYPES, Fault, response


@pytest.mark.parametrize("name", TYPES)
def test_each_kind_is_a_problem_document_of_its_status(name: str) -> None:
    answer = response(Fault(name, "because").problem)
    assert isinstance(answer.body, bytes)
    told = json.loads(answer.body)
    assert answer.content_type == "application/problem+json" and answer.status == told["status"] == TYPES[name][0]
    assert told["type"] == f"urn:flowengine:{name}" and told["detail"] == "because" and told["title"].endswith(".")


def test_who_has_to_wait_is_told_for_how_long() -> None:
    assert response(Fault("throttled", retry_after_s=0.2).problem).headers["Retry-After"] == "1"


def test_what_is_not_known_is_left_out() -> None:
    answer = response(Fault("not-found").problem)
    assert isinstance(answer.body, bytes) and set(json.loads(answer.body)) == {"type", "title", "status"}
