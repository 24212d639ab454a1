"""sql_query: rows come back as plain values from all three databases; values never become SQL."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.expression.filling import rfc3339
from flowengine.testing import make, messages, payloads
from flowengine.testing.clock import START_NS
from nodes.clients.sql.database import SqlAway
from nodes.clients.sql.query import names_in, with_placeholders
from nodes.connections.sql import Sql
from nodes.sinks.sql_out import SqlOut
from nodes.sinks.sql_query import SqlQuery
from nodes.values.instants import instant_ns

Open = Any


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
async def url(request: pytest.FixtureRequest, opened: Open) -> str:
    """Each database in turn, with nine readings in the table `asked`."""
    found = "sqlite:///asked.db" if request.param == "sqlite" else str(request.getfixturevalue(request.param).url)
    columns = "{at: time, device: device, value: value, ok: ok}"
    fill = f"{{connection: db, table: asked, create: true, mode: upsert, keys: [at], columns: {columns}}}"
    sink = await opened(SqlOut, fill, db=(Sql, f"{{url: '{found}'}}"))
    await sink.write(
        messages(
            {"payload": {"value": k / 2, "ok": True, "device": f"d'{k % 3}"}, "time_ns": START_NS + k * 10**9}
            for k in range(9)
        )
    )
    return found


async def asking(opened: Open, url: str, rest: str) -> Any:
    """A node that asks this database."""
    return await opened(SqlQuery, f"{{connection: db, {rest}}}", db=(Sql, f"{{url: '{url}'}}"))


async def test_rows_come_back_as_maps_for_each_message(opened: Open, url: str) -> None:
    query = "SELECT device, value FROM asked WHERE device = :device AND value > :least ORDER BY value"
    node = await asking(opened, url, f'query: "{query}", values: {{least: payload.least}}')
    given = [{"device": "d'1", "least": 1.0}, {"device": "d'2", "least": 2.0}, {"device": "none", "least": 0.0}]
    assert payloads(await node.write(messages(given))) == [
        [{"device": "d'1", "value": 2.0}, {"device": "d'1", "value": 3.5}],
        [{"device": "d'2", "value": 2.5}, {"device": "d'2", "value": 4.0}],
        [],
    ]


async def test_columns_that_hold_json_are_read(opened: Open, url: str) -> None:
    columns = "{n: payload.n, state: payload.state}"
    fill = f"{{connection: db, table: asked_states, create: {{state: json}}, columns: {columns}}}"
    sink = await opened(SqlOut, fill, db=(Sql, f"{{url: '{url}'}}"))
    await sink.write(messages([{"n": 1, "state": {"a": [1, "x"]}}, {"n": 2, "state": None}]))
    node = await asking(opened, url, "query: 'SELECT state FROM asked_states ORDER BY n', json_columns: [state]")
    assert payloads(await node.write(messages([{}]))) == [[{"state": {"a": [1, "x"]}}, {"state": None}]]
    for columns, words in (("[other]", "there is no column 'other'"), ("[device]", "column 'device' holds no JSON"),
                           ("[value]", "column 'value' is no text")):  # fmt: skip
        node = await asking(
            opened, url, f"query: 'SELECT device, value FROM asked ORDER BY at', json_columns: {columns}"
        )
        with pytest.raises(Rejected, match=words):
            await node.write(messages([{}]))


async def test_what_was_asked_is_not_asked_again_when_the_database_goes_away_within_a_batch(opened: Open) -> None:
    node = await asking(
        opened, "sqlite:///count.db", "query: 'INSERT INTO done VALUES (:n)', values: {n: payload}, writes: true"
    )
    await node._database.ask("CREATE TABLE done (n INTEGER)", {}, 1, True)
    ask, away = node._database.ask, iter([False, True])

    async def once_away(*given: Any) -> Any:
        if next(away, False):
            raise SqlAway("gone")
        return await ask(*given)

    node._database.ask = once_away
    batch = messages([1, 2, 3])
    with pytest.raises(Unavailable):
        await node.write(batch)
    assert len(await node.write(batch)) == 3
    assert [row["n"] for row in await ask("SELECT n FROM done ORDER BY n", {}, 9, False)] == [1, 2, 3]


async def test_a_row_may_be_a_message_of_its_own_and_the_number_is_bounded(opened: Open, url: str) -> None:
    node = await asking(opened, url, "query: 'SELECT value FROM asked ORDER BY value', each: true, max_rows: 4")
    out = await node.write(messages([{"payload": 1, "topic": "t"}]))
    assert payloads(out) == [{"value": k / 2} for k in range(4)] and out[0].topic == "t"
    assert node.context.recorded.counted == {"answers cut at max_rows": 1}


async def test_a_value_is_never_read_as_sql(opened: Open, url: str) -> None:
    node = await asking(opened, url, "query: 'SELECT count(*) AS n FROM asked WHERE device = :payload'")
    hostile = ["x' OR '1'='1", "'; DROP TABLE asked; --", "%s", ":device", "\\"]
    assert payloads(await node.write(messages(hostile))) == [[{"n": 0}]] * len(hostile)


async def test_changing_data_is_refused_unless_allowed(opened: Open, url: str) -> None:
    change = "query: 'UPDATE asked SET value = 99 WHERE value = :payload'"
    node = await asking(opened, url, change)
    with pytest.raises(Rejected):
        await node.write(messages([0.0]))
    count = await asking(opened, url, "query: 'SELECT count(*) AS n FROM asked WHERE value = 99'")
    assert payloads(await count.write(messages([0]))) == [[{"n": 0}]]
    allowed = await asking(opened, url, f"{change}, writes: true")
    await allowed.write(messages([0.0]))
    assert payloads(await count.write(messages([0]))) == [[{"n": 1}]]


async def test_a_table_that_is_not_there_yet_has_no_rows_where_the_node_says_so(opened: Open, url: str) -> None:
    query = "query: 'SELECT value FROM not_yet'"
    with pytest.raises(Rejected):
        await (await asking(opened, url, query)).write(messages([1]))
    node = await asking(opened, url, f"{query}, no_table: empty")
    assert payloads(await node.write(messages([1]))) == [[]]
    wrong = await asking(opened, url, "query: 'SELECT nonsense FROM asked', no_table: empty")
    with pytest.raises(Rejected):
        await wrong.write(messages([1]))


async def test_a_wrong_query_is_rejected_with_the_words_of_the_database(opened: Open, url: str) -> None:
    node = await asking(opened, url, "query: 'SELECT nonsense FROM asked'")
    with pytest.raises(Rejected) as refused:
        await node.write(messages([1]))
    assert "nonsense" in refused.value.rows[0]


async def test_a_server_that_is_away_is_waited_for(opened: Open, free_port: int) -> None:
    for scheme in ("postgresql", "mysql"):
        node = await asking(opened, f"{scheme}://me@127.0.0.1:{free_port}/x", "query: SELECT 1")
        with pytest.raises(Unavailable):
            await node.write(messages([1]))


def test_placeholders_are_seen_outside_strings_comments_and_casts_only() -> None:
    query = "SELECT ':a', \":b\", a::text, 'it''s :c', :d -- :e\n/* :f */ FROM t WHERE x = :g OR y=:d AND 5%2 = 1"
    assert names_in(query) == ["d", "g"]
    written = with_placeholders(query, lambda name: f"%({name})s", percent=True)
    assert written.count("%(d)s") == 2 and "5%%2" in written and "':a'" in written and "a::text" in written


def test_a_value_without_a_place_is_a_fault_of_the_flow() -> None:
    node = make(SqlQuery, "{connection: db, query: 'SELECT :a', values: {b: c}}")
    assert SqlQuery.check(node.config) == [("values", "'b' does not stand in the query")]


async def test_each_kind_of_database_has_its_own_query_and_the_rows_go_where_they_are_wanted(
    opened: Open, url: str
) -> None:
    queries = (
        "{sqlite: \"SELECT 'sqlite' AS n\", postgresql: \"SELECT 'postgresql' AS n\", mysql: \"SELECT 'mysql' AS n\"}"
    )
    node = await asking(opened, url, f"query: {queries}, into: payload.rows")
    [answer] = await node.write(messages([{"id": 7}]))
    assert answer.payload == {"id": 7, "rows": [{"n": url.partition(":")[0]}]}
    node = await asking(opened, url, f"query: {queries}, into: meta.rows")
    [answer] = await node.write(messages([{"id": 7}]))
    assert answer.payload == {"id": 7} and answer.meta["rows"] == [{"n": url.partition(":")[0]}]


@pytest.mark.parametrize("since", ["{time: time - 3600}", "{time: payload.since}", "{time: '{text}'}", "time"])
async def test_a_time_in_a_query_means_the_same_in_every_database(opened: Open, url: str, since: str) -> None:
    query = "query: 'SELECT at FROM asked WHERE at > :since ORDER BY at'"
    node = await asking(opened, url, f"{query}, values: {{since: {since}}}")
    time_ns = START_NS + 5 * 10**9 + (0 if since == "time" else 3600 * 10**9)
    payload = {"since": START_NS // 10**9 + 5, "text": rfc3339(START_NS + 5 * 10**9)}
    [answer] = await node.write(messages([{"payload": payload, "time_ns": time_ns}]))
    times = [row["at"] for row in answer.payload]
    assert [instant_ns(at) for at in times] == [START_NS + k * 10**9 for k in (6, 7, 8)]
    assert all(isinstance(at, str) and at.endswith("Z") for at in times)


async def test_a_value_that_is_no_time_rejects_its_question_and_is_never_1970(opened: Open, url: str) -> None:
    query = "query: 'SELECT at FROM asked WHERE at > :since'"
    node = await asking(opened, url, f"{query}, values: {{since: {{time: payload}}}}")
    with pytest.raises(Rejected) as refused:
        await node.write(messages([3600, "noon"]))
    assert all("is no time" in reason for reason in refused.value.rows.values()) and len(refused.value.rows) == 2


@pytest.mark.parametrize("kind", ["regclass", "regtype", "regnamespace"])
async def test_a_value_that_names_nothing_there_is_of_the_data(kind: str, opened: Open, postgres: Any) -> None:
    query = f"query: 'SELECT CAST(:name AS {kind})::text AS name', no_table: empty"
    node = await asking(opened, postgres.url, query)
    for wrong in ("nowhere.nothing", "nothing_of_that_name"):
        with pytest.raises(Rejected) as refused:
            await node.write(messages([{"name": wrong}]))
        assert refused.value.rows[0].endswith(("(42P01)", "(3F000)", "(42704)", "(42602)"))
    assert payloads(await node.write(messages([{"name": None}]))) == [[{"name": None}]]
