"""`flowengine docs` writes pages from the code, removes those of types that are gone, and says what is out of date."""

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.catalog.pages import kind_of, pages
from flowengine.cli import COMMANDS, main


def test_pages_are_written_once_and_then_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--check", str(tmp_path)]) == 1
    assert main(["docs", str(tmp_path)]) == 0
    assert main(["docs", "--check", str(tmp_path)]) == 0
    capsys.readouterr()
    main(["docs", str(tmp_path)])
    assert ", 0 written, 0 removed" in capsys.readouterr().out


def test_a_page_of_a_type_that_is_gone_is_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["docs", str(tmp_path)])
    (tmp_path / "nodes/telegraph_in.md").write_text("old")
    assert main(["docs", "--check", str(tmp_path)]) == 1
    assert "out of date: nodes/telegraph_in.md" in capsys.readouterr().out
    main(["docs", str(tmp_path)])
    assert not (tmp_path / "nodes/telegraph_in.md").exists()


def test_every_type_and_option_has_its_place() -> None:
    found = pages(installed())
    for name in installed().node_types():
        assert f"]({name}.md)" in found["nodes/README.md"]
        text = found[f"nodes/{name}.md"]
        for option, field in installed().node(name).config_type().model_fields.items():
            assert f"| `{field.alias or option}` |" in text


def test_options_inside_options_are_shown() -> None:
    assert "| `tls.ca` | string or null |" in pages(installed())["nodes/connections/mqtt.md"]


def test_every_command_is_on_the_page_of_commands(tmp_path: Path) -> None:
    main(["docs", str(tmp_path)])
    text = (tmp_path / "cli.md").read_text()
    assert all(f"## flowengine {name}\n" in text for name in [*COMMANDS, "simulate"])
    assert "| `--set NAME=VALUE` |" in text
    assert "### flowengine simulate gateway" in text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"enum": ["a", "b"]}, "a | b"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"$ref": "#/$defs/Tls"}, "map"),
        ({}, "value"),
    ],
)
def test_types_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert kind_of(schema) == words
