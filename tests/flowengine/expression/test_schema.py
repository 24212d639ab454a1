"""Values that are written as text and compiled when they are read."""

from pydantic import TypeAdapter

from flowengine.expression import Expression, Template, compile_expression


def test_the_compiled_types_can_be_read_and_written_alone() -> None:
    for compiled, text in ((Expression, "payload > 8"), (Template, "{a}")):
        adapter: TypeAdapter[Expression | Template] = TypeAdapter(compiled)
        read = adapter.validate_python(text)
        assert isinstance(read, compiled)
        assert adapter.dump_json(read).decode() == f'"{text}"'
        assert adapter.validate_python(read) == read


def test_a_compiled_value_is_read_anew_for_the_names_of_its_field() -> None:
    narrow = compile_expression("1 + 1", names=("x",))
    assert TypeAdapter(Expression).validate_python(narrow).names != narrow.names


def test_equal_texts_of_one_field_are_compiled_once() -> None:
    adapter = TypeAdapter(Expression)
    assert adapter.validate_python("payload > 8.25") is adapter.validate_python("payload > 8.25")
    assert adapter.validate_python("payload > 8.25") is not adapter.validate_python("payload > 8.5")
