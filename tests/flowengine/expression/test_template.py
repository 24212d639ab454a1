"""What templates give for messages, and what they refuse."""

import copy
import pickle

import pytest

from flowengine.expression import Template, TemplateError, compile_template
from flowengine.expression.safety import Safety
from flowengine.message import Message

READING = Message(
    payload={"sensor": "temp", "value": 23.456, "n": 3.0, "on": True, "none": None, "a": {"b": [1, {"c": "deep"}]}},
    topic="lab/c1/telemetry/temp",
    time_ns=1_700_000_000_123_456_789,
    meta={"device": "c1", "sensor": "from-topic"},
    arrived_ns=5,
    id=7,
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{device}/{sensor}", "c1/from-topic"),
        ("{payload.sensor} {meta.device}", "temp c1"),
        ("{a.b[1].c} {a.b.0} {payload.a.b[0]}", "deep 1 1"),
        ("{payload.a}", '{"b":[1,{"c":"deep"}]}'),
        ("{topic} {message.id} {message.arrived}", "lab/c1/telemetry/temp 7 1970-01-01T00:00:00.000000005Z"),
        ("{message.arrived:%Y}", "1970"),
        ("{time}", "2023-11-14T22:13:20.123456789Z"),
        ("{time:%Y-%m-%d %H:%M}", "2023-11-14 22:13"),
        ("{value:.2f} {n:04d} {value:+.1e} {n:x}", "23.46 0003 +2.3e+01 3"),
        ("{value} {n} {on}", "23.456 3.0 true"),
        ("{x|none} {none|} {value|0}", "none  23.456"),
        ("{x:.2f|n/a}", "n/a"),
        ("{{device}} {{{device}}}", "{device} {c1}"),
        ("no placeholder", "no placeholder"),
        ("", ""),
    ],
)
def test_a_template_is_filled_alone_and_in_a_batch(text: str, filled: str) -> None:
    template = compile_template(text)
    assert template.fill(READING) == filled
    assert template.each([READING, READING]) == [filled, filled]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{x}", "x is missing (meta has device, sensor; payload has sensor, value, n, on, none, a)"),
        ("{none}", "none is missing"),
        ("{payload.a.x}", "payload.a.x is missing (payload.a has b)"),
        ("{payload.value.x}", "payload.value.x is missing (payload.value is a number)"),
        ("{meta.x}", "meta.x is missing (meta has device, sensor)"),
        ("{sensor:.2f}", "the format .2f is for numbers, not a text"),
        ("{value:d}", "value cannot be filled"),
    ],
)
def test_what_cannot_be_filled_is_named(text: str, reason: str) -> None:
    template = compile_template(text)
    for fill in (template.fill, template.value, lambda m: template.each([m])):
        with pytest.raises(TemplateError) as caught:
            fill(READING)
        assert reason in str(caught.value)
        assert caught.value.name in text


def test_payloads_that_are_no_maps_fill_what_they_can() -> None:
    assert compile_template("{payload}").fill(Message(payload=20)) == "20"
    with pytest.raises(TemplateError, match="payload is a number"):
        compile_template("{value}").fill(Message(payload=20))


def test_one_placeholder_keeps_the_type_of_its_value() -> None:
    assert compile_template("{value}").value(READING) == 23.456
    assert compile_template("{on}").value(READING) is True
    assert compile_template("{x|none}").value(READING) == "none"
    assert compile_template("{value:.1f}").value(READING) == "23.5"
    assert compile_template("v{value}").value(READING) == "v23.456"


def test_a_template_knows_whether_it_is_constant() -> None:
    assert compile_template("a {{b}}").constant
    template = compile_template("{device}/{payload.value:.2f|0}")
    assert not template.constant
    assert template.names == ("device", "payload.value")


def test_a_filled_text_is_bounded() -> None:
    long = Message(payload={"a": "x" * 40_000})
    assert len(compile_template("{a}").fill(long)) == 40_000
    for fill in (compile_template("{a}{a}").fill, lambda m: compile_template("{a}{a}").each([m])):
        with pytest.raises(TemplateError, match="longer than 65536"):
            fill(long)


def test_hostile_nesting_ends_in_a_template_error() -> None:
    payload: list[object] = []
    for _ in range(100_000):
        payload = [payload]
    with pytest.raises(TemplateError, match="cannot be written as JSON"):
        compile_template("{payload}").fill(Message(payload=payload))
    while payload:
        payload = payload.pop()  # type: ignore[assignment]  # freed level by level: deallocation recurses too


@pytest.mark.parametrize("value", ["+", "#", "a/b", "a\0", "", "$SYS", "a\nb", "\ud800"])
def test_values_that_would_change_a_topic_are_refused(value: str) -> None:
    template = compile_template("{site|lab}/{device}", safe="mqtt_topic")
    for message in (Message(meta={"device": value}), Message(payload={"device": value})):
        with pytest.raises(TemplateError, match="not allowed in an MQTT topic level"):
            template.fill(message)
    assert template.fill(Message(meta={"device": "c 1.é"})) == "lab/c 1.é"


@pytest.mark.parametrize(
    ("text", "safe", "column"), [("a/#", "mqtt_topic", 3), ("{d}/+/x", "mqtt_topic", 5), ("a.>", "nats_subject", 3)]
)
def test_a_wildcard_is_no_topic_to_send_to(text: str, safe: Safety, column: int) -> None:
    with pytest.raises(TemplateError, match="for those who listen") as fault:
        compile_template(text, safe=safe)
    assert fault.value.column == column
    assert compile_template(text).text == text


def test_a_message_topic_may_be_part_of_a_topic_but_no_wildcard() -> None:
    template = compile_template("copy/{topic}", safe="mqtt_topic")
    assert template.fill(Message(topic="a/b")) == "copy/a/b"
    for topic in ("a/#", "+", ""):
        with pytest.raises(TemplateError, match="not allowed"):
            template.fill(Message(topic=topic))


@pytest.mark.parametrize("value", ["../x", "..", ".", "a/b", "a\\b", "a\0", "", "\x1b[0m"])
def test_values_that_would_leave_a_folder_are_refused(value: str) -> None:
    with pytest.raises(TemplateError, match="not allowed in a file name"):
        compile_template("{device}.csv", safe="path").fill(Message(meta={"device": value}))


def test_a_time_format_is_the_authors_own_and_may_make_folders() -> None:
    assert compile_template("{time:%Y/%m/%d}/{device}.csv", safe="path").fill(READING) == "2023/11/14/c1.csv"


def test_equal_text_makes_equal_templates_that_survive_copies() -> None:
    template = compile_template("{device}", safe="path")
    for twin in (copy.deepcopy(template), pickle.loads(pickle.dumps(template)), Template("{device}", "path")):
        assert twin == template
        assert hash(twin) == hash(template)
        assert twin.fill(READING) == "c1"
    assert template != compile_template("{device}")
    with pytest.raises(TemplateError, match="no such safety"):
        compile_template("{device}", safe="html")  # type: ignore[arg-type]


def test_a_time_is_written_to_the_microsecond() -> None:
    template = Template("{time:%H:%M:%S.%fZ}")
    assert template.fill(Message(None, time_ns=1_700_000_000_123_456_789)) == "22:13:20.123456Z"


@pytest.mark.parametrize("name", ["id", "time_ns", "arrived_ns", "message", "flow", "node"])
def test_no_name_of_the_engine_takes_the_place_of_a_capture_or_a_payloads_field(name: str) -> None:
    template = compile_template(f"{{{name}}}")
    assert template.fill(Message({name: "sent"}, id=7, time_ns=9)) == "sent"
    assert template.fill(Message({name: "sent"}, meta={name: "captured"}, id=7)) == "captured"


def test_a_lone_time_is_the_text_that_it_is_inside_others() -> None:
    assert compile_template("{time}").value(READING) == "2023-11-14T22:13:20.123456789Z"
