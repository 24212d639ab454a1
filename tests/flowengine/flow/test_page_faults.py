"""What is wrong with a page is told with its place and in words of ours."""

from typing import Any

import pytest

from flowengine.flow.document import Document
from flowengine.flow.page_faults import WIDGETS, fault_of, faults
from flowengine.flow.problem import nearest


def read(text: str) -> Any:
    return Document.parse(text, "w").data


@pytest.mark.parametrize(
    ("widget", "path", "said", "meant"),
    [
        ("{type: buton, to: s}", ("type",), "unknown widget type 'buton'", "button"),
        ("{to: s}", (), "a widget needs a type, such as `type: value`", None),
        ("{type: button, to: s, paylod: 1}", ("paylod",), "unknown option 'paylod'", "payload"),
        ("{type: button}", (), "option 'to' is missing", None),
        ("{type: gauge, key: a, min: low}", ("min",), "min: a number, not 'low'", None),
        ("{type: gauge, key: a, look: arch}", ("look",), "look: one of arc, bar, not 'arch'", "arc"),
        ("{type: button, to: s, role: admn}", ("role",), "role: one of admin, integrator, operator, viewer, not 'admn'",
         "admin"),
        ("{type: value, key: a, grid: [1, 2]}", ("grid",), "grid: 4 entries, not 2", None),
        ("{type: value, key: a, grid: [1, 2, 3, x]}", ("grid", 3), "grid.3: a whole number, not 'x'", None),
        ("{type: trend, keys: []}", ("keys",), "keys: at least 1 entry, not 0", None),
        ("{type: trend, keys: [a], span: soon}", (), "span: 'soon' is not a duration", None),
        ("{type: setpoint, to: s, key: k, point: '', min: 1, max: 2}", ("point",), "text of at least 1 character",
         None),
        ("{type: setpoint, to: s, key: k, point: p, min: 1, max: 2, step: 0}", ("step",), "step: more than 0, not 0",
         None),
        ("{type: state, key: k, states: {off: {text: x}, on: {text: y, level: errr}}}", ("states", "on", "level"),
         "states.on.level: one of error, off, ok, warn, not 'errr'", "error"),
        ("{type: form, to: s, fields: {v: 5}}", ("fields", "v"), "fields.v: a map, not 5", None),
        ("{type: form, to: s, fields: {v: {typ: number}}}", (), "the field 'v' has no typ", None),
        ("{type: form, to: s, fields: {v: {words: 5}}}", (), "the field 'v': words is a map from values to",
         None),
        ("{type: link, to: www.x}", ("to",), "to: an address that begins with http://, https:// or /", None),
        ("{type: image, source: 'C:/x'}", ("source",), "source: a path that begins with /, or data:image/…", None),
        ("{type: image, source: /x, values: {k: [101, 2]}}", ("values", "k", 0), "values.k.0: at most 100, not 101",
         None),
        ("{type: button, to: s, confirm: yes please, title: 5}", ("title",), "title: text, not 5", None),
    ],
)  # fmt: skip
def test_a_wrong_widget_is_told_in_our_words(widget: str, path: tuple[str | int, ...], said: str, meant: str | None):
    fault = fault_of(read(widget))
    assert fault is not None
    assert fault.path == path and said in fault.said
    assert (fault.hint if isinstance(fault.hint, str) else nearest(*fault.hint) or "") == (meant or "")


@pytest.mark.parametrize(
    ("page", "path", "said"),
    [
        ("{title: 5}", ("title",), "title: text, not 5"),
        ("{widgets: [1]}", ("widgets",), "widgets: a map, not a list"),
        ("{widgets: {a b: {}}}", ("widgets", "a b"), "a name of letters, digits, _ and - only, at most 64, not 'a b'"),
        ("{widgets: {ok: {type: text, text: x}, a: 5}}", ("widgets", "a"), "widgets.a: a map, not 5"),
        ("{rolle: x}", ("rolle",), "unknown option 'rolle'"),
        ("5", (), "a map, not 5"),
    ],
)
def test_a_wrong_page_is_told_in_our_words(page: str, path: tuple[str | int, ...], said: str) -> None:
    [fault] = faults({"p": read(page)})
    assert (fault.path, fault.said) == (("pages", "p", *path), said)


def test_every_unknown_option_of_a_widget_is_told_at_once() -> None:
    found = faults({"p": {"widgets": {"a": read("{type: value, key: k, colour: red, size: 5}")}}})
    assert [fault.path[-1] for fault in found] == ["colour", "size"]


def test_every_kind_of_widget_is_known_by_what_type_calls_it() -> None:
    assert {"value", "gauge", "setpoint", "form", "alarms"} <= set(WIDGETS)
    assert all(kind.__struct_config__.tag == name for name, kind in WIDGETS.items())
