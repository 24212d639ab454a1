"""flowengine/flow/settings.py: whatever value an option of any node gets, no word of a library reaches a person."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest

from flowengine.catalog import installed
from flowengine.config import Config, Secret
from flowengine.flow.problem import Hint, nearest
from flowengine.flow.settings import read

LIBRARY = re.compile(r"Input |valid (string|number|integer|boolean|list|dict|tuple)|function-|should be|Extra|instance")
NODES = [("node", name) for name in installed().node_types()]
CONNECTIONS = [("connection", name) for name in installed().connection_types()]
VALUES: list[Any] = [None, True, "yes", 0, -1, 1.5, float("inf"), "x", [], [1, {}], {}, {"zz": 1}, {"a": {"b": [1]}}]


def faults(model: type[Config], given: Any) -> list[str]:
    found: list[str] = []

    def report(path: Any, message: str, hint: Hint = "", key: bool = False, **how: Any) -> None:
        hint = hint if isinstance(hint, str) else nearest(*hint) or ""
        found.append(f"{'.'.join(map(str, path))}{' (its name)' if key else ''}|{message}|{hint}")

    read(model, given, (), report)
    return found


@pytest.mark.parametrize(("what", "name"), [*NODES, *CONNECTIONS])
def test_no_word_of_a_library_reaches_a_person(what: str, name: str) -> None:
    catalog = installed()
    kind: Any = catalog.node(name) if what == "node" else catalog.connection(name)
    model = kind.config_type()
    for field, info in model.model_fields.items():
        option = info.alias or field
        for value in VALUES:
            told = [said for said in faults(model, {option: value}) if f"'{option}' is missing" not in said]
            assert not [said for said in told if LIBRARY.search(said)], told
            places = [said.partition("|")[0] for said in told if said.startswith(option) and "is missing" not in said]
            assert len(places) == len(set(places)), f"more than one problem of one fault: {told}"


@pytest.mark.parametrize("name", installed().node_types())
def test_no_switch_takes_a_word_for_true(name: str) -> None:
    model = installed().node(name).config_type()
    switches = [info.alias or field for field, info in model.model_fields.items() if info.annotation is bool]
    for option in switches:
        [said] = [said for said in faults(model, {option: "yes"}) if said.startswith(f"{option}|")]
        assert said == f"{option}|{option}: true or false, not 'yes'|true"


class Inner(Config):
    """Has a switch."""

    on: bool = False


class Outer(Config):
    """Has every kind of choice."""

    either: bool | Inner | None = None
    word: Literal["red", "green"] = "red"
    level: Literal[0, 1, "5", 5, "2.1"] = 0
    many: list[Inner] | Inner = Inner()
    count: int = 1
    tags: list[str] = []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"either": {"on": "yes"}}, "either.on|either.on: true or false, not 'yes'|true"),
        ({"either": 5}, "either|either: true or false or a map, not 5|"),
        ({"word": "grean"}, "word|word: one of red, green, not 'grean'|green"),
        ({"level": 3}, "level|level: one of 0, 1, 5, 2.1, not 3|"),
        ({"many": [{}, {"on": 1}]}, "many.1.on|many.1.on: true or false, not 1|true"),
        ({"many": [{"onn": True}]}, "many.0.onn (its name)|unknown option 'many.0.onn'|on"),
        ({"count": "3"}, "count|count: a whole number, not '3'|3"),
        ({"count": 3.5}, "count|count: a whole number, not 3.5|"),
        ({"tags": "a"}, "tags|tags: a list, not 'a'|[a]"),
        ({"tags": [1]}, 'tags.0|tags.0: text, not 1|"1"'),
        ({"cont": 1}, "cont (its name)|unknown option 'cont'|count"),
        ({"count": Secret("s3cret-of-ours")}, "count|count: a whole number, not text|"),
        ({"tags": Secret("s3cret-of-ours")}, "tags|tags: a list, not text|"),
        (5, "|a map, not 5|"),
    ],
)
def test_a_fault_is_told_with_its_place_what_was_wanted_and_the_right_word(given: Any, said: str) -> None:
    assert faults(Outer, given) == [said]
