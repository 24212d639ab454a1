"""`engine`: its figures are those of the parts that it is made of."""

from pathlib import Path
from typing import Any

from flowengine.message import Message, pack
from flowengine.store.spool import open_spool
from tests.web_editor.conftest import FLOW, close_house, eventually, open_house, settle_in


async def test_the_engine_page_and_the_list_of_spools_say_the_same(tmp_path: Path) -> None:
    orphan = await open_spool(tmp_path / "data" / "flows" / "plant" / "gone" / "spool")
    await orphan.append([pack(Message({"n": n}, id=n + 1)) for n in range(17)], 7)
    await orphan.close()
    house = await open_house(tmp_path, FLOW.replace("level: debug,", "level: debug, durable: {max: 1MiB},"))
    settle_in(house)

    async def seen() -> Any:
        return (await house.call("GET", "engine")).json["spools"]

    async def both() -> bool:
        return len(await seen()) == 2

    await eventually(both)
    here, listed = await seen(), (await house.call("GET", "spools")).json["items"]
    for spool in (*here, *listed):
        del spool["full_in_s"]  # an estimate of the moment
    here.sort(key=lambda spool: str(spool["node"]))
    assert here == listed
    assert [(spool["node"], spool["messages"], spool["orphan"]) for spool in here] == [
        ("gone", 17, True),
        ("out", 0, False),
    ]
    await close_house(house)
