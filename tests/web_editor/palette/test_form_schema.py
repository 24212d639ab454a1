"""Schemas get the words of the forms; what they allow stays."""

from web_editor.palette.form_schema import for_forms


def test_formats_get_the_names_of_the_forms_at_any_depth() -> None:
    schema = {"properties": {"pin": {"type": "string", "format": "password"}}, "anyOf": [{"format": "pattern"}]}
    assert for_forms(schema) == {
        "properties": {"pin": {"type": "string", "format": "secret"}}, "anyOf": [{"format": "regex"}]
    }  # fmt: skip


def test_a_connection_field_says_which_kinds_it_takes() -> None:
    assert for_forms({"format": "connection", "connection": "mqtt"}) == {
        "format": "connection",
        "x-connection": ["mqtt"],
    }


def test_a_setting_that_is_called_connection_or_format_stays() -> None:
    schema = {"properties": {"format": {"type": "string"}, "connection": {"type": "string"}}}
    assert for_forms(schema) == schema


def test_the_given_schema_is_not_changed() -> None:
    schema = {"format": "connection", "connection": "mqtt"}
    for_forms(schema)
    assert schema == {"format": "connection", "connection": "mqtt"}
