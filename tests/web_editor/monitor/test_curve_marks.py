"""What belongs on a curve: the times in which alarms of its point were active."""

from pathlib import Path
from typing import Any

from flowengine.store.alarm_journal import AlarmJournal, Event
from tests.waiting import until
from tests.web_editor.conftest import House


def journal(folder: Path, *events: tuple[int, str]) -> AlarmJournal:
    made = AlarmJournal(folder)
    made.add([Event("a", "f", "hot", at_ns, None, event) for at_ns, event in events], [])
    return made


def test_a_stretch_reaches_from_raised_to_cleared(tmp_path: Path) -> None:
    kept = journal(
        tmp_path, (1, "raised"), (3, "cleared"), (5, "raised"), (6, "acknowledged"), (9, "cleared"), (20, "raised")
    )
    assert kept.active("a", 0, 99) == [(20, None), (5, 9), (1, 3)]
    assert kept.active("a", 6, 8) == [(5, None)]  # still active at the end of what is asked for
    assert kept.active("a", 4, 10) == [(5, 9)]
    assert kept.active("a", 10, 20) == [] and kept.active("other", 0, 99) == []
    kept.close()


def test_what_began_anew_without_a_word_of_its_end_had_ended(tmp_path: Path) -> None:
    kept = journal(tmp_path, (1, "raised"), (5, "raised"), (9, "cleared"))
    assert kept.active("a", 0, 99) == [(5, 9), (1, 5)]
    kept.close()


async def marks(house: House, key: str) -> Any:
    return (await house.call("GET", f"trends/marks?key={key}")).json


async def test_the_marks_of_a_point_are_its_limits_and_when_its_alarm_was_active(house: House) -> None:
    await house.give("keep", {"key": "c1", "value": 9})
    (span,) = await until(lambda: _spans(house, 1))
    assert (span["title"], span["node"], span["priority"], span["to_ms"]) == ("c1 is hot", "hot", "high", None)
    (alarm,) = (await house.call("GET", "alarms")).json["items"]
    assert alarm["point"] == "c1" and span["alarm"] == alarm["id"]
    assert alarm["limits"] == [{"name": "", "value": 8, "above": True}]
    await house.give("keep", {"key": "c1", "value": 3})
    await until(lambda: _ended(house))
    (line,) = (await marks(house, "c1"))["limits"]
    assert (line["value"], line["above"], line["priority"], line["title"]) == (8, True, "high", "c1 is hot")
    assert await marks(house, "c2") == {"key": "c2", "limits": [], "alarms": []}
    wrong = await house.call("GET", "trends/marks?key=c1&from_ms=5&to_ms=4")
    assert wrong.problem == "bad-request"


async def _spans(house: House, n: int) -> Any:
    found = (await marks(house, "c1"))["alarms"]
    return found if len(found) == n else None


async def _ended(house: House) -> bool:
    return bool((await marks(house, "c1"))["alarms"][0]["to_ms"])
