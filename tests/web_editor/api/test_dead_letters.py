"""`dead-letters`: what is counted of a letter. Listing, redriving and purging: `monitor/test_watching.py`."""

from pathlib import Path
from typing import Any

from tests.waiting import until
from tests.web_editor.conftest import FLOW, close_house, open_house, settle_in


async def test_a_letter_that_dies_again_says_how_often_it_was_tried(tmp_path: Path) -> None:
    house = await open_house(
        tmp_path, FLOW.replace('key: "{payload.key}"', 'key: "{payload.key}"\n    on_error: dead', 1)
    )
    settle_in(house)
    await house.give("keep", {"no": "key"})

    async def attempts() -> Any:
        return [item["attempts"] for item in (await house.call("GET", "dead-letters")).json["items"]]

    async def are(wanted: list[int]) -> bool:
        return bool(await attempts() == wanted)

    for tried in (1, 2):
        await until(lambda tried=tried: are([tried]))
        await house.call("POST", "dead-letters/redrive", {"all": True}, "integrator")
    await until(lambda: are([3]))
    await close_house(house)


async def test_letters_are_listed_by_the_node_that_refused_them(tmp_path: Path) -> None:
    house = await open_house(
        tmp_path, FLOW.replace('key: "{payload.key}"', 'key: "{payload.key}"\n    on_error: dead', 1)
    )
    settle_in(house)
    await house.give("keep", {"no": "key"})

    async def of(origin: str) -> Any:
        return (await house.call("GET", f"dead-letters?flow=plant&origin={origin}")).json["total"]

    async def one() -> bool:
        return bool(await of("keep") == 1)

    await until(one)
    assert await of("kee") == await of("hot") == 0
    await close_house(house)
