"""Tables: aligned, cut, and safe to show what devices say."""

from flowengine.cli.tables import as_json, columns, when


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert columns(("A", "LONG"), [("abc", 1), (None, {"x": 2})]) == 'A    LONG\nabc  1\n-    {"x": 2}'


def test_control_characters_never_reach_the_terminal_and_long_texts_are_cut() -> None:
    shown = columns(("A",), [("\x1b[2Jgone\n",), ("x" * 500,)])
    assert "\x1b" not in shown and shown.count("\n") == 2 and max(map(len, shown.split("\n"))) == 60


def test_times_are_in_utc() -> None:
    assert (when(0), when(None)) == ("1970-01-01 00:00:00Z", "-")
    assert as_json({"a": "é"}) == '{"a": "é"}'
