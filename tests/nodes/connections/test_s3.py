"""connections/s3: addresses and buckets are checked, keys go together and never show, a dead store is told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nodes.connections.s3 import S3, S3Config
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.servers.s3 import BUCKET, S3Server
from tests.waiting import until

FLOW = "flow: f\nconnections: {{c: {{type: s3, url: '{url}', bucket: {bucket}}}}}\nnodes: {{got: {{type: collect}}}}"


async def test_a_store_that_is_not_there_is_named_in_plain_words(start_engine: StartEngine) -> None:
    port = next_free_port()
    running = await start_engine(FLOW.format(url=f"http://127.0.0.1:{port}", bucket=BUCKET))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.fault == f"not connected: nothing listens at 127.0.0.1:{port}")
    assert connection.up is False and not connection.dead


async def test_a_store_that_answers_is_up_before_it_is_used(start_engine: StartEngine, s3_server: S3Server) -> None:
    running = await start_engine(FLOW.format(url=s3_server.url, bucket=BUCKET))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.up is True)
    assert isinstance(connection, S3)
    assert await connection.introduce() == {"bucket": BUCKET}


def test_keys_never_show() -> None:
    config = S3Config(url="https://s3.lan/", bucket="lake", access_key="per5on", secret_key="s3cret")
    shown = repr(config) + config.model_dump_json()
    assert "s3cret" not in shown and "per5on" not in shown and config.url == "https://s3.lan"


@pytest.mark.parametrize("url", ["s3.lan", "ftp://s3.lan", "https://me:key@s3.lan", "https://s3.lan/bucket", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="no address of an object store"):
        S3Config(url=url, bucket="lake")


@pytest.mark.parametrize("bucket", ["", "a", "Lake", "a/b", "-lake", "a_b"])
def test_what_is_no_bucket_is_refused(bucket: str) -> None:
    with pytest.raises(ValidationError):
        S3Config(url="https://s3.lan", bucket=bucket)


def test_one_key_without_the_other_is_a_fault() -> None:
    faults = S3.check(S3Config(url="https://s3.lan", bucket="lake", access_key="me"))
    assert faults == (("secret_key", "`access_key` and `secret_key` go together"),)
