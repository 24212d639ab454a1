"""The table of functions."""

from flowengine.expression.functions import FUNCTION_NAMES, FUNCTIONS, arguments_of


def test_every_function_says_what_it_gives() -> None:
    for name, function in FUNCTIONS.items():
        assert function.__doc__, name
        assert function.__doc__.rstrip().endswith("."), name


def test_the_number_of_arguments_follows_the_function() -> None:
    assert arguments_of("lower") == (1, 1)
    assert arguments_of("round") == (1, 2)
    assert arguments_of("coalesce") == (1, None)
    assert arguments_of("clamp") == (3, 3)
    assert arguments_of("matches") == (2, 2)
    assert all(arguments_of(name)[0] >= 1 for name in FUNCTION_NAMES)
