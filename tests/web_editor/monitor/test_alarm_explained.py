"""An alarm says what to do and what raises it, as the flow that runs has it."""

from pathlib import Path

from tests.waiting import until
from tests.web_editor.conftest import FLOW, close_house, open_house, settle_in


async def test_an_alarm_has_the_note_of_its_node_and_its_condition_with_limits_filled_in(tmp_path: Path) -> None:
    text = FLOW.replace("    priority: high\n", "    priority: high\n    note: Close the door\n")
    house = await open_house(tmp_path, text)
    settle_in(house)
    try:
        await house.give("keep", {"key": "c0", "value": 9})
        await until(lambda: house.services.alarms.present())
        (alarm,) = (await house.call("GET", "alarms")).json["items"]
        assert (alarm["note"], alarm["condition"]) == ("Close the door", "payload.value > 8")
    finally:
        await close_house(house)
