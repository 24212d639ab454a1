"""Every type and every option of it has its words in each language that the nodes speak, and no words are left over."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.catalog import installed
from flowengine.catalog.kinds import CONNECTIONS, kind_of
from tests.house.sources import ROOT
from web_editor.palette.labels import EVERY, FILE, choices_of, keys_of, labels_of, options_of, put_labels, schemas_of
from web_editor.palette.node_types import ConnectionType, NodeType, NodeTypes, types_of
from web_editor.palette.translations import LABEL_ENDS, Words, label_and_help, translate, words_of
from web_editor.problems import TYPES

ENGLISH = "en"
LANGUAGES = sorted({path.name for path in (ROOT / "nodes/locale").iterdir()} - {ENGLISH})
CODE = re.compile(r"`[^`]+`")
CLASS = re.compile(r"([A-Z][a-z0-9]+){2,}")
languages = pytest.mark.parametrize("language", LANGUAGES)


@cache
def spoken(language: str) -> dict[str, dict[str, Words]]:
    return words_of(["nodes"], language)


@cache
def written() -> bytes:
    return types_of(installed())


@cache
def described() -> NodeTypes:
    return msgspec.json.decode(written(), type=NodeTypes)


def by_place() -> dict[tuple[str, str], NodeType | ConnectionType]:
    """Types by the folder and name under which their words stand."""
    nodes = {(kind_of(installed().node(node.type)).folder, node.type): node for node in described().nodes}
    connections = {(CONNECTIONS, connection.type): connection for connection in described().connections}
    every = described().every
    whole = ConnectionType(EVERY, "", "", help=every["description"], examples=[], schema=every)
    return {**nodes, **connections, (EVERY, EVERY): whole}


def help_of(kind: NodeType | ConnectionType) -> dict[str, str]:
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
        assert set(words.options) == set(help_of(described_type)), name
        assert all(all(label_and_help(text)) for text in words.options.values()), name


@languages
def test_what_is_written_in_a_flow_is_the_same_in_every_language(language: str) -> None:
    different = []
    for (kind, name), english in by_place().items():
        words, options = spoken(language)[kind][name], help_of(english)
        texts = [(name, english.help, words.help), *((f"{name}.{o}", options[o], t) for o, t in words.options.items())]
        different += [where for where, one, other in texts if set(CODE.findall(one)) != set(CODE.findall(other))]
    assert different == []


@languages
def test_nothing_was_left_in_english(language: str) -> None:
    for (kind, name), english in by_place().items():
        words, options = spoken(language)[kind][name], help_of(english)
        assert words.help != english.help, name
        same = [option for option, text in words.options.items() if text.partition(LABEL_ENDS)[2] == options[option]]
        assert same == [], name


def test_words_lie_in_the_file_of_their_kind() -> None:
    files = {path.relative_to(ROOT) for path in (ROOT / "nodes/locale").rglob("*") if path.is_file()}
    kinds = {kind for kind, _ in by_place()}
    words = {Path(f"nodes/locale/{language}/{kind}.yaml") for language in LANGUAGES for kind in kinds}
    assert files == words | {Path(f"nodes/locale/{language}/{FILE}.yaml") for language in (ENGLISH, *LANGUAGES)}


ONE_WORD = re.compile("[a-z]{4,}")
"""A name that may speak for itself; an author who thinks otherwise writes a label or a title."""


def test_every_option_has_an_english_label_and_no_label_is_of_another() -> None:
    labels = set(labels_of(["nodes"], ENGLISH).options)
    keys = [keys_of(type_name, settings, name) for type_name, settings, name, _ in labelled(ENGLISH)]
    assert [places[0] for places in keys if not (labels & set(places) or ONE_WORD.fullmatch(places[1]))] == []
    assert labels - {place for places in keys for place in places} == set()


NUMBERED = {"adjust", "address", "amplitude", "baud", "deadband", "digits", "f_port", "length", "max", "min", "offset"}
NUMBERED |= {"offset_value", "port", "rack", "retries", "scale", "spike_size", "times"}
"""Numbers that count nothing, or whose one word says what they count."""


@pytest.mark.parametrize("language", [ENGLISH, *LANGUAGES])
def test_a_label_is_no_identifier_and_says_what_a_bare_number_counts(language: str) -> None:
    raw, bare = [], []
    for type_name, settings, name, option in labelled(language):
        label = option["title"]
        if "_" in label or CLASS.fullmatch(label) or not label[0].isupper():
            raw.append(f"{settings or type_name}.{name}: {label}")
        is_number = any(each.get("type") in ("integer", "number") for each in (option, *option.get("anyOf", ())))
        is_measured = option.get("format") in ("duration", "size", "template", "expression") or "x-unit" in option
        if is_number and not is_measured and name not in NUMBERED and not list(choices_of(option)) and " " not in label:
            bare.append(f"{settings or type_name}.{name}: {label}")
    assert (raw, bare) == ([], [])


CODES = re.compile(
    r"[\W\d]+|.*\d.*|[A-Z]+|json|csv|cbor|msgpack|tar(\.gz)?|zip|ascii|latin-1|bool|bcd|cobs|slip|meta|n?s|[mu]s"
)
NAMES = {"snake", "camel", "kebab", "pascal", "tls", "starttls", "sha", "des", "aes", "critical", "bit"}
"""Choices that are the same in every language: codes and the names of things."""


@languages
def test_every_choice_has_a_word_in_each_language(language: str) -> None:
    without = {
        f"{name}.{choice}"
        for _, _, name, option in labelled(language)
        for choice in map(str, choices_of(option))
        if choice not in option.get("x-words", {}) and not CODES.fullmatch(choice) and choice not in NAMES
    }
    assert without == set()


def labelled(language: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Type, settings, name and schema of every option, with the words of a language."""
    types = msgspec.json.decode(written(), type=NodeTypes)
    put_labels(types, labels_of(["nodes"], language))
    translate(types, spoken(language))
    return [(kind, *found) for kind, schema in schemas_of(types).items() for found in options_of(schema)]


def test_the_editor_has_words_for_every_kind_of_problem_of_the_api() -> None:
    words = (ROOT / "web_editor/ui/src/i18n/en/faults.ts").read_text(encoding="utf-8")
    spoken_kinds = dict(re.findall(r'"fault\.([a-z-]+)": "(.+)"', words))
    assert spoken_kinds.pop("no-answer")  # the browser's own
    assert spoken_kinds == {kind: title for kind, (_, title) in TYPES.items()}
