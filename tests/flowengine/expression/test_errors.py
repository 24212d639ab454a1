"""The errors of expressions and templates."""

import pickle

from flowengine.expression.errors import ExpressionError, TemplateError, did_you_mean, shortened


def test_an_error_is_one_sentence_with_its_parts_beside_it() -> None:
    error = ExpressionError("a > 1", "a is missing", 1, ("a",))
    assert str(error) == "a > 1: column 1: a is missing"
    assert (error.text, error.reason, error.column, error.missing) == ("a > 1", "a is missing", 1, ("a",))
    assert str(TemplateError("{a}", "a is missing", name="a")) == "{a}: a is missing"
    assert isinstance(error, ValueError)


def test_an_error_survives_a_process_boundary() -> None:
    for error in (ExpressionError("a", "b", 3, ("c",)), TemplateError("a", "b", 3, "c")):
        twin = pickle.loads(pickle.dumps(error))
        assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_long_and_broken_text_is_shown_short_and_encodable() -> None:
    assert shortened("x" * 1000) == "x" * 159 + "…"
    assert str(ExpressionError("\ud800", "no")).encode() == b"?: no"


def test_the_nearest_word_is_offered_only_when_it_is_near() -> None:
    assert did_you_mean("paylod", ["payload", "topic"]) == "; did you mean 'payload'?"
    assert did_you_mean("xyz", ["payload"]) == ""
