"""`flowengine mcp` by the client of the `mcp` package, beside a real engine."""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from flowengine import cli
from flowengine.store.accounts import Accounts
from flowengine.store.tokens import Tokens
from tests.flowengine.cli.running import running

FLOW = """flow: plant
nodes:
  read: {type: inject, payload: {v: 9}, every: 100ms, to: [keep, hot]}
  keep: {type: rtdb_write, key: tank/level, value: payload.v}
  hot: {type: alert, when: payload.v > 8, to: out}
  out: {type: log}
"""
TESTED = """flow: plant
connections: {db: {type: sql, url: "sqlite:plant.db"}}
nodes:
  read: {type: inject, every: 1s, to: keep}
  keep: {type: sql_out, connection: db, table: t, columns: {v: payload}}
tests:
  - name: waits for the database
    fault: {db: {down: [[0s, 5s]]}}
    send: {read: [{at: 0s, payload: 1}]}
    expect: {keep: {contains: [{sent: {row: {v: 1}}}]}}
"""


@asynccontextmanager
async def assistant(folder: Path, *arguments: str, token: str = "") -> AsyncIterator[Client]:
    command = ["-m", "flowengine", "mcp", "--name", "robot", "--data", str(folder / ".flowengine"), *arguments]
    environment = {"FLOWENGINE_TOKEN": token, "HIDDEN": "of-the-environment"}
    process = StdioServerParameters(command=sys.executable, args=command, env=environment, cwd=folder)
    async with Client(stdio_client(process)) as client:
        yield client


async def asked(client: Client, tool: str, **arguments: Any) -> tuple[bool, str]:
    """Whether there was an answer, and its text."""
    answer = await client.call_tool(tool, arguments)
    return not answer.is_error, "".join(part.text for part in answer.content if part.type == "text")


async def test_an_assistant_learns_writes_checks_and_tests(tmp_path: Path, command: Callable[..., Any]) -> None:
    async with assistant(tmp_path) as client:
        types = {tool.name for tool in (await client.list_tools()).tools}
        assert not [name for name in types if re.search("deploy|delete|inject|roll", name)]
        page = (await client.read_resource("flowengine://grammar")).contents[0]
        assert "### mqtt_in" in page.text  # type: ignore[union-attr]
        assert "mqtt_in" in json.loads((await asked(client, "node_types"))[1])
        assert await asked(client, "node_type", type="mqtt_n") == (
            False, "Error executing tool node_type: there is no type 'mqtt_n'; did you mean mqtt_in?"
        )  # fmt: skip
        described = json.loads((await asked(client, "node_type", type="alert"))[1])
        assert described["schema"]["properties"]["when"] and described["examples"]
        problem, *_ = json.loads((await asked(client, "check", text=FLOW.replace("to: out", "to: ot")))[1])
        assert (problem["line"], problem["hint"]) == (5, "out")
        assert json.loads((await asked(client, "check", text=FLOW))[1]) == []
        assert "read -> keep" in (await asked(client, "guarantees", text=FLOW))[1]
        assert "waits for the database" in (tested := (await asked(client, "test", text=TESTED))[1]), tested
        assert "1 passed, 0 failed" in tested
        assert "start" in (await asked(client, "plan", text=FLOW, old=FLOW.replace("keep", "kept")))[1]
        leaked = await asked(client, "test", text=FLOW.replace("flow: plant", "flow: plant\nvars: {x: '${HIDDEN}'}"))
        assert "of-the-environment" not in leaked[1]
    lines = [json.loads(line) for line in command("audit", "export", "--user", "assistant:robot").stdout.splitlines()]
    assert [line["action"] for line in lines][:3] == ["mcp grammar", "mcp node_types", "mcp node_type"]
    assert len(lines) == 10 and lines[-2]["detail"].startswith("text ")


@pytest.fixture
def ann(tmp_path: Path) -> str:
    """A token that drafts for Ann, an integrator."""
    accounts = Accounts(tmp_path / ".flowengine")
    accounts.add_user("ann", "a long password", "integrator")
    secret = Tokens(accounts.file).add("claude", "viewer", drafts_for="ann")[1]
    accounts.close()
    return secret


async def test_an_assistant_reads_what_runs_and_proposes_a_draft(tmp_path: Path, ann: str) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/plant.yaml").write_text(FLOW)
    with running(tmp_path, "flows") as engine:
        url = next(found[1] for line in engine.lines if (found := re.search(r"(http://127\.0\.0\.1:\d+)", line)))
        async with assistant(tmp_path, "flows", "--url", url, token=ann) as client:
            while "tank/level" not in (await asked(client, "values"))[1]:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
            assert "hot" in json.loads((await asked(client, "alarms"))[1])["items"][0]["node"]
            assert "plant/read" in (await asked(client, "rates", flow="plant"))[1]
            shown = json.loads((await asked(client, "flow", flow="plant"))[1])
            changed = shown["text"].replace("> 8", "> 7")
            assert "hot" in (await asked(client, "plan", text=changed, flow="plant"))[1]
            fine, text = await asked(client, "propose_draft", flow="plant", text=changed, etag=shown["etag"])
            assert fine and json.loads(text)["author"] == "token:claude for ann", text
            assert not (await asked(client, "propose_draft", flow="plant", text=FLOW, etag=shown["etag"]))[0]
    assert (tmp_path / "flows/plant.yaml").read_text() == FLOW


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "flowengine.cli.mcp_server", raising=False)
    assert cli.main(["mcp"]) == 2
    assert "pip install 'flowengine-iot[mcp]'" in capsys.readouterr().err


def test_an_audit_that_cannot_be_written_is_a_refusal(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.store.database.opened", Mock(side_effect=sqlite3.OperationalError("disk full")))
    assert cli.main(["mcp", "--data", str(tmp_path)]) == 1
    assert "cannot write the audit" in capsys.readouterr().err
