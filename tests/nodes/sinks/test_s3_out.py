"""s3_out against an object store: what was confirmed is there, once, under names that follow from what is in it."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from arro3.io import read_parquet

from flowengine import Message, Rejected, Unavailable
from flowengine.clock import SystemClock
from flowengine.config import Secret
from flowengine.flow.document import Document
from flowengine.testing import TestContext, make
from nodes.connections.s3 import S3
from nodes.sinks.s3_out import S3Out
from tests.servers.fault_http import Step, fault_server
from tests.servers.s3 import BUCKET, S3Server

pytestmark = pytest.mark.integration
AT_NS = 1_790_000_000_000_000_000


@pytest.fixture
async def bucket(s3_server: S3Server, tmp_path: Path) -> AsyncIterator[S3]:
    async with opened(s3_server.url, BUCKET, tmp_path) as made:
        yield made


@asynccontextmanager
async def opened(url: str, bucket: str, folder: Path) -> AsyncIterator[S3]:
    keys = {"access_key": Secret("me"), "secret_key": Secret("mine")}
    config = S3.config_type().model_validate({"url": url, "bucket": bucket, "timeout": 5, **keys})
    made = S3(config, "lake", logging.LoggerAdapter(logging.getLogger("test"), {}), SystemClock(), folder)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def sink(bucket: S3, config: str) -> S3Out:
    node = make(S3Out, f"{{connection: lake, {config}}}", TestContext({"lake": bucket}))
    await node.open()
    return node


def reading(n: int, device: str = "a", **more: Any) -> Message:
    return Message({"n": n}, time_ns=AT_NS + n * 10**9, meta={"device": device}, **more)


async def test_what_came_together_is_one_object_a_name_and_its_repetition_is_the_same(
    s3_server: S3Server, bucket: S3
) -> None:
    out = await sink(bucket, "key: '{device}/{time:%Y-%m-%d}.jsonl'")
    batch = [reading(n, device) for n in range(100) for device in "ab"]
    await out.write(batch)
    await out.write(batch)
    found = s3_server.objects()
    assert sorted(name.partition("/")[0] for name in found) == ["a", "b"]
    name, data = sorted(found.items())[0]
    assert name.startswith("a/2026-09-21-20260921T") and name.endswith(".jsonl")
    assert [json.loads(line)["n"] for line in data.splitlines()] == list(range(100))
    await out.write(batch[:100])  # other content never takes the place of what is there
    assert len(s3_server.objects()) == 4


async def test_objects_are_compressed_alike_each_time(s3_server: S3Server, bucket: S3) -> None:
    out = await sink(bucket, "key: readings.jsonl, gzip: true")
    await out.write([reading(1), reading(2)])
    first = s3_server.objects()
    await out.write([reading(1), reading(2)])
    assert s3_server.objects() == first
    [(name, data)] = first.items()
    assert name.endswith(".jsonl.gz") and gzip.decompress(data) == b'{"n":1}\n{"n":2}\n'


async def test_pictures_are_objects_as_they_are_and_the_last_of_a_name_stays(s3_server: S3Server, bucket: S3) -> None:
    out = await sink(bucket, "key: 'photos/{device}.jpg', format: raw")
    await out.write([Message(bytes([n]) * 5000, meta={"device": "cam"}) for n in range(20)])
    assert s3_server.objects() == {"photos/cam.jpg": b"\x13" * 5000}


async def test_a_name_that_leads_elsewhere_is_rejected_and_the_others_are_stored(
    s3_server: S3Server, bucket: S3
) -> None:
    out = await sink(bucket, "key: '{device}/x.jsonl'")
    with pytest.raises(Rejected) as rejected:
        await out.write([reading(1), reading(2, "../up"), reading(3, "é" * 600), reading(4)])
    rows = dict(rejected.value.rows or {})
    assert sorted(rows) == [1, 2] and "1024 bytes" in rows[2]
    assert len(s3_server.objects()) == 1


async def test_a_store_that_is_gone_is_waited_for(s3_server: S3Server, bucket: S3) -> None:
    out = await sink(bucket, "key: x.jsonl")
    s3_server.stop()
    with pytest.raises(Unavailable, match="nothing listens at"):
        await out.write([reading(1)])
    s3_server.start()
    s3_server.make_bucket()
    await out.write([reading(1)])
    assert len(s3_server.objects()) == 1


async def test_a_bucket_that_is_not_there_is_waited_for_and_named(s3_server: S3Server, tmp_path: Path) -> None:
    async with opened(s3_server.url, "other-bucket", tmp_path) as made:
        out = await sink(made, "key: x.jsonl")
        with pytest.raises(Unavailable, match="there is no bucket 'other-bucket'"):
            await out.write([reading(1)])


@pytest.mark.parametrize(
    ("status", "why"),
    [(403, "this account may not write to bucket 'measures'"), (401, "does not know this account"),
     (503, "the store answered 503"), (400, "the store answered 400")],
)  # fmt: skip
async def test_what_the_store_answers_is_told_in_words(tmp_path: Path, status: int, why: str) -> None:
    async with (
        fault_server(Step(status, "<Error><Code>Secret</Code></Error>"), Step(200, headers={"ETag": "x"})) as server,
        opened(server.url, BUCKET, tmp_path) as made,
    ):
        out = await sink(made, "key: x.jsonl")
        with pytest.raises(Unavailable) as away:
            await out.write([reading(1)])
        assert why in str(away.value) and "Secret" not in str(away.value)
        await out.write([reading(1)])
        assert made.up


def test_a_flow_test_sees_what_would_be_stored() -> None:
    out = make(S3Out, "{connection: lake, key: '{device}.jsonl', gzip: true}", TestContext({}))
    assert out.sends(reading(1)) == {"key": "a-20260921T141321Z-cedf74272c9f.jsonl.gz", "body": b'{"n":1}\n'}


TABLE = "key: '{device}/{time:%H}.parquet', format: parquet, columns: {time: time, dev: device, n: payload.n}"


async def test_what_came_together_is_one_table_a_name_and_its_repetition_is_the_same(
    s3_server: S3Server, bucket: S3
) -> None:
    out = await sink(bucket, TABLE)
    batch = [reading(n, device) for n in range(100) for device in "ab"]
    await out.write(batch)
    first = s3_server.objects()
    await out.write(batch)
    assert s3_server.objects() == first
    name, data = sorted(first.items())[0]
    assert len(first) == 2 and name.startswith("a/14-20260921T") and name.endswith(".parquet")
    table = read_parquet(BytesIO(data)).read_all()
    assert [value.as_py() for value in table.column("n")] == list(range(100))
    assert table.column("time")[0].as_py() == datetime.fromtimestamp(AT_NS // 10**9, UTC)


async def test_a_row_that_does_not_fit_is_rejected_and_the_others_are_stored(s3_server: S3Server, bucket: S3) -> None:
    out = await sink(bucket, TABLE + ", types: {n: integer}")
    odd = [message.with_payload({"n": n}) for message, n in zip(map(reading, range(3)), (1, 2.5, None), strict=True)]
    with pytest.raises(Rejected) as rejected:
        await out.write([*odd, reading(3, "../up")])
    assert rejected.value.rows is not None and sorted(rejected.value.rows) == [1, 3]
    assert rejected.value.rows[1] == "column n: 2.5 is no integer"
    [data] = s3_server.objects().values()
    assert [value.as_py() for value in read_parquet(BytesIO(data)).read_all().column("n")] == [1, None]


def test_a_flow_test_sees_the_row_of_a_table() -> None:
    out = make(S3Out, f"{{connection: lake, {TABLE}}}", TestContext({}))
    sent = out.sends(reading(1))
    assert sent["row"] == {"time": "2026-09-21T14:13:21Z", "dev": "a", "n": 1} and sent["key"].endswith(".parquet")


@pytest.mark.parametrize(
    ("options", "option", "words"),
    [
        ("format: parquet", "format", "parquet needs `columns`"),
        ("format: parquet, columns: {a: b}, types: {c: text}", "types", "there is no column 'c'"),
        ("format: parquet, columns: {a: b}, gzip: true", "gzip", "Parquet is compressed by itself"),
        ("columns: {a: b}", "columns", "`columns` goes with `format: parquet`"),
    ],
)
def test_options_that_do_not_fit_together_are_told(options: str, option: str, words: str) -> None:
    config = S3Out.config_type().model_validate(
        Document.parse(f"{{connection: lake, key: x, {options}}}", "c").data, by_name=False
    )
    assert words in dict(S3Out.check(config))[option]
