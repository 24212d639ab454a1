"""nodes/transforms/template.py"""

import pytest
from pydantic import ValidationError

from flowengine import Message
from flowengine.expression import TemplateError
from flowengine.testing import make, messages
from nodes.transforms.template import Template


def test_template_replaces_the_payload_and_nothing_else():
    given = Message({"v": 2}, "t", 1, {"device": "c1"}, 4, 5)
    assert make(Template, "text: '{device}: {v}'").process([given]) == [given.replace(payload="c1: 2")]


def test_a_message_without_what_the_text_needs_is_an_error():
    with pytest.raises(TemplateError, match="room is missing"):
        make(Template, "text: '{room}'").process(messages([{}]))


def test_a_text_that_is_no_template_is_found_before_the_flow_runs():
    with pytest.raises(ValidationError, match="a single"):
        make(Template, "text: '{'")
