"""Every type and every option of it has its words in each language that the nodes speak, and no words are left over."""

import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

from flowengine.catalog import installed
from flowengine.catalog.kinds import CONNECTIONS, kind_of
from tests.house.sources import ROOT
from web_editor.palette.node_types import ConnectionType, NodeType, NodeTypes, types_of
from web_editor.palette.translations import EVERY, LABEL_ENDS, Words, label_and_help, words_of
from web_editor.problems import TYPES

LANGUAGES = sorted(path.name for path in (ROOT / "nodes/locale").iterdir())
CODE = re.compile(r"`[^`]+`")
languages = pytest.mark.parametrize("language", LANGUAGES)


@cache
def spoken(language: str) -> dict[str, dict[str, Words]]:
    return words_of(["nodes"], language)


@cache
def described() -> NodeTypes:
    return msgspec.json.decode(types_of(installed()), type=NodeTypes)


def by_place() -> dict[tuple[str, str], NodeType | ConnectionType]:
    """Types by the folder and name under which their words stand."""
    nodes = {(kind_of(installed().node(node.type)).folder, node.type): node for node in described().nodes}
    connections = {(CONNECTIONS, connection.type): connection for connection in described().connections}
    every = described().every
    whole = ConnectionType(EVERY, "", "", help=every["description"], examples=[], schema=every)
    return {**nodes, **connections, (EVERY, EVERY): whole}


def options_of(kind: NodeType | ConnectionType) -> dict[str, str]:
    """English help by option, inner ones too."""
    groups = {"": kind.schema, **{f"{name}.": inner for name, inner in kind.schema.get("$defs", {}).items()}}
    return {
        prefix + name: option.get("description", "")
        for prefix, schema in groups.items()
        for name, option in schema.get("properties", {}).items()
    }


def test_the_nodes_speak_french() -> None:
    assert LANGUAGES == ["fr"]


@languages
def test_every_type_has_words_and_no_words_are_of_a_type_that_is_not_there(language: str) -> None:
    words = {(kind, name) for kind, entries in spoken(language).items() for name in entries}
    assert words == set(by_place())


@languages
def test_every_option_has_a_label_and_help_and_no_words_are_of_another(language: str) -> None:
    for (kind, name), described_type in by_place().items():
        words = spoken(language)[kind][name]
        assert words.title.strip() and words.help.strip(), name
        assert set(words.options) == set(options_of(described_type)), name
        assert all(all(label_and_help(text)) for text in words.options.values()), name


@languages
def test_what_is_written_in_a_flow_is_the_same_in_every_language(language: str) -> None:
    different = []
    for (kind, name), english in by_place().items():
        words, options = spoken(language)[kind][name], options_of(english)
        texts = [(name, english.help, words.help), *((f"{name}.{o}", options[o], t) for o, t in words.options.items())]
        different += [where for where, one, other in texts if set(CODE.findall(one)) != set(CODE.findall(other))]
    assert different == []


@languages
def test_nothing_was_left_in_english(language: str) -> None:
    for (kind, name), english in by_place().items():
        words, options = spoken(language)[kind][name], options_of(english)
        assert words.help != english.help, name
        same = [option for option, text in words.options.items() if text.partition(LABEL_ENDS)[2] == options[option]]
        assert same == [], name


def test_words_lie_in_the_file_of_their_kind() -> None:
    files = {path.relative_to(ROOT) for path in (ROOT / "nodes/locale").rglob("*") if path.is_file()}
    kinds = {kind for kind, _ in by_place()}
    assert files == {Path(f"nodes/locale/{language}/{kind}.yaml") for language in LANGUAGES for kind in kinds}


def test_the_editor_has_words_for_every_kind_of_problem_of_the_api() -> None:
    words = (ROOT / "web_editor/ui/src/i18n/en/faults.ts").read_text(encoding="utf-8")
    spoken_kinds = dict(re.findall(r'"fault\.([a-z-]+)": "(.+)"', words))
    assert spoken_kinds.pop("no-answer")  # the browser's own
    assert spoken_kinds == {kind: title for kind, (_, title) in TYPES.items()}
