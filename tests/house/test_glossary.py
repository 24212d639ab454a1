"""docs/glossary.md says where things live, and they live there."""

from __future__ import annotations

import re

import pytest

from tests.house.sources import ROOT, tracked

TEXT = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
PLACES = re.findall(r"`((?:flowengine|nodes|web_editor)/[\w./]+)`", TEXT)
WORDS = re.findall(r"^\| ([^|`]+?) \| [^|]+ \| `", TEXT, re.MULTILINE)
# What somebody would look for, as they would look for it: words of a path.
GUESSES = {
    "how a retained message is treated when it comes in": ("nodes", "mqtt", "retain"),
    "how a dead letter is redriven": ("monitor", "redrive"),
    "what the deploy dialog shows": ("ui", "deploydialog"),
    "what is pasted into the editor": ("edit", "paste"),
    "what the tour says": ("ui", "i18n", "tour"),
    "how a session's cookie is set": ("web_editor", "auth", "cookie"),
    "how an alarm's text is made": ("nodes", "alarms", "notice"),
    "how a Modbus value is scaled": ("nodes", "modbus", "points"),
    "how a damaged spool is read": ("flowengine", "spool", "recover"),
    "how changes of two people are merged": ("workspace", "merge"),
    "which figures /metrics has": ("runtime", "metrics"),
    "how long a sink waits before it tries again": ("runtime", "backoff"),
    "how CSV is read": ("codecs", "csv"),
    "how a flow's own tests are run": ("flowengine", "testing", "runner"),
}


@pytest.mark.parametrize("place", sorted(set(PLACES)))
def test_every_place_is_there(place: str) -> None:
    assert (ROOT / place).exists()


def test_a_word_is_said_once() -> None:
    words = [word for line in WORDS for word in line.split(", ") if word != "queue"]
    assert len(words) == len(set(words)) > 20


@pytest.mark.parametrize("question", GUESSES)
def test_a_stranger_finds_by_names_alone_what_the_glossary_says(question: str) -> None:
    parts = GUESSES[question]
    found = [
        path for path in tracked() if all(part in str(path).lower() for part in parts) and path.parts[0] != "tests"
    ]
    named = re.findall(
        r"`([^`]+\.\w+)`", next(line for line in TEXT.splitlines() if line.startswith(f"| {question} |"))
    )
    assert set(map(str, found)) & set(named)
    assert len([path for path in found if path.suffix != ".css"]) <= 3, f"too many places to look: {found}"
