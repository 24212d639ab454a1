"""The grammar of placeholders: what is read, and the format-string attacks that are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression.errors import TemplateError
from flowengine.expression.placeholder import MAX_PLACEHOLDERS, MAX_SOURCE, Placeholder, pieces_of


def test_a_placeholder_has_a_path_a_format_and_a_default() -> None:
    assert pieces_of("a {b.c[0]:.2f|x:y} {{}}") == [
        "a ",
        Placeholder("b.c[0]", ("b", "c", 0), ".2f", "x:y", column=3),
        " {}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{payload.__class__}",
        "{__class__}",
        "{payload.__init__.__globals__}",
        "{0}",
        "{0.__class__}",
        "{x!r}",
        "{x!s:>10}",
        "{}",
        "{ }",
        "{x:{y}}",
        "{x}}",
        "{",
        "}",
        "{x:9999999999d}",
        "{x:99d}",
        "{x:.999999999f}",
        "{x:>1000000}",
        "{x:%Y}",
        "{time:%s}",
        "{time:%Y%c}",
        "{x:}",
        "{x:n}",
        "{x:*>10}",
        "{x.}",
        "{.x}",
        "{x..y}",
        "{x[a-]b]}",
        "{x.1e9}",
        "{x[-1]}",
        "{x()}",
        "{x;y}",
        "{a" + ".a" * 17 + "}",
    ],
)
def test_format_string_attacks_are_refused(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        pieces_of(text)
    assert caught.value.column is not None


def test_templates_are_bounded() -> None:
    with pytest.raises(TemplateError, match="longer than"):
        pieces_of("x" * (MAX_SOURCE + 1))
    with pytest.raises(TemplateError, match="placeholders"):
        pieces_of("{x}" * (MAX_PLACEHOLDERS + 1))


@given(st.text(alphabet="{}|:.![]%_0axY ", max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_one_error(text: str) -> None:
    try:
        pieces = pieces_of(text)
    except TemplateError:
        return
    assert all(isinstance(piece, str | Placeholder) for piece in pieces)


@given(st.text(max_size=60))
def test_doubled_braces_make_any_text_literal(text: str) -> None:
    assert "".join(map(str, pieces_of(text.replace("{", "{{").replace("}", "}}")))) == text
