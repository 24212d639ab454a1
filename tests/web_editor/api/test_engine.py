"""`engine`: its figures are those of the parts that it is made of."""

import asyncio
from pathlib import Path
from typing import Any

from flowengine.message import Message, pack
from flowengine.store.spool import open_spool
from tests.waiting import until
from tests.web_editor.conftest import FLOW, close_house, open_house, settle_in

IDLE = """flow: idle
connections: {store: {type: sql, url: "sqlite:///idle.db"}}
nodes:
  tick: {type: rtdb_watch, keys: nothing, to: keep}
  keep: {type: sql_query, connection: store, query: "SELECT 1 AS one"}
"""


async def test_a_database_that_nobody_has_used_yet_is_no_problem(tmp_path: Path) -> None:
    house = await open_house(tmp_path, IDLE)
    settle_in(house)
    [row] = (await house.call("GET", "engine")).json["connections"]
    assert (row["connection"], row["state"], row["detail"]) == ("store", "off", "not asked yet")
    assert house.services.runtime_problems.now() == []
    await close_house(house)


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

    await until(both)
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


async def test_the_nodes_that_take_the_most_time_are_named_with_the_time_of_a_message(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    settle_in(house)

    async def seen() -> Any:
        await house.give("keep", {"key": "c1", "value": 9})
        house.services.gauges._measure(asyncio.get_running_loop().time())
        return (await house.call("GET", "engine")).json["slowest"]

    async def told() -> bool:
        return any(row["each_us"] is not None and row["node"] == "keep" for row in await seen())

    await until(told)
    rows = await seen()
    assert [row["busy_percent"] for row in rows] == sorted((row["busy_percent"] for row in rows), reverse=True)
    assert all(row["flow"] == "plant" and row["rate"] >= 0 for row in rows)
    await close_house(house)
