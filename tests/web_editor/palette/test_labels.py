"""Options and choices have names that people read, by the nearest that is written."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine.catalog import installed
from web_editor.palette.by_language import TypesByLanguage
from web_editor.palette.labels import Labels, labels_of, options_of, put_labels, schemas_of
from web_editor.palette.node_types import NodeTypes, types_of


@pytest.fixture(scope="module")
def written() -> bytes:
    return types_of(installed())


def option(types: NodeTypes, kind: str, name: str, settings: str = "") -> dict[str, Any]:
    schema = schemas_of(types)[kind]
    return next(found for at, called, found in options_of(schema) if (at, called) == (settings, name))


def labelled(written: bytes, labels: Labels) -> NodeTypes:
    types = msgspec.json.decode(written, type=NodeTypes)
    put_labels(types, labels)
    return types


def test_a_label_goes_by_the_nearest_name(written: bytes) -> None:
    types = labelled(written, Labels({"by": "One for each", "alert.by": "One alarm for each", "Group.by": "One group"}))
    assert option(types, "script", "by")["title"] == "One for each"
    assert option(types, "alert", "by")["title"] == "One alarm for each"
    assert option(types, "alert", "by", "Group")["title"] == "One group"


def test_a_title_that_a_class_says_stays(written: bytes) -> None:
    types = msgspec.json.decode(written, type=NodeTypes)
    option(types, "script", "by")["title"] = "Rooms"
    put_labels(types, Labels({"by": "One for each"}))
    assert option(types, "script", "by")["title"] == "Rooms"


def test_a_choice_is_read_in_words_and_still_names_what_the_flow_says(written: bytes) -> None:
    labels = Labels(
        choices={"block": "hold up the sender", "drop_oldest": "drop", "silence.mark": "mark it", "even": "Even"}
    )
    types = labelled(written, labels)
    assert option(types, "buffer", "when_full")["x-words"] == {
        "block": "hold up the sender (block)",
        "drop_oldest": "drop (drop_oldest)",
    }
    assert option(types, "alert", "silence")["x-words"] == {"mark": "mark it"}
    assert option(types, "serial_in", "parity")["x-words"] == {"even": "Even"}


def test_a_language_that_nobody_speaks_has_no_labels() -> None:
    assert labels_of(["nodes"], "tlh") == Labels()


def test_forms_are_answered_in_words(tmp_path: Path) -> None:
    types = TypesByLanguage(tmp_path, installed())
    for language, label, word in (
        ("en", "When full", "drop the oldest (drop_oldest)"),
        ("fr", "Si plein", "écarter le plus ancien (drop_oldest)"),
        ("tlh", "When full", "drop the oldest (drop_oldest)"),
    ):
        answered = msgspec.json.decode(types.get(language, {}).whole.content, type=NodeTypes)
        asked = option(answered, "buffer", "when_full")
        assert (asked["title"], asked["x-words"]["drop_oldest"]) == (label, word)
