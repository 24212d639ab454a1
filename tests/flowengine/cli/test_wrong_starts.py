"""Whatever an option of a command that starts something is given wrongly: one line, status 2, nothing made."""

from __future__ import annotations

import errno
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

from flowengine import cli
from flowengine.cli import cluster_options, server_binding
from flowengine.cli.arguments import arguments, parser_of
from flowengine.engine import Engine
from flowengine.server import Server

FLOW = "flow: one\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"
COMMANDS = {
    "run": ["one.yaml", "--listen", "127.0.0.1:0", "--no-editor"],
    "worker": ["--dir", "none"],
    "demo": [],
    "backup": ["out.tar.gz"],
    "restore": ["in.tar.gz"],
}
NUMBERS = ["", "abc", "-1", "nan", "inf", "-inf", "1e999", "9" * 30]
NO_FOLDERS = ["missing", "one.yaml", "one.yaml/below"]
WRONG: dict[str, list[str]] = {
    "--listen": ["", "28306", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:http"],
    "--trusted-proxy": ["", "proxy", "10.0.0.0/99", "1.2.3.4.5"],
    "--host-name": ["", "two words", "http://plant", "plant/path", "a" * 300],
    "--allow-exec": ["", "x", "x=relative", "x=/missing", "x=/etc", "=/bin/sh"],
    "--allow-python": NO_FOLDERS,
    "--allow-files": NO_FOLDERS,
    "--secrets": NO_FOLDERS,
    "--nodes": [*NO_FOLDERS, "folder"],
    "--data": ["one.yaml", "one.yaml/below", "/proc/data"],
    "--drain": NUMBERS,
    "--log-level": ["", "loud"],
    "--log-format": ["", "xml"],
    "--log-file": ["folder", "one.yaml/below", "/proc/log"],
    "--log-rotate --log-file x.log": ["", "weekly", "0", "0MB", "-1MB", "nan"],
    "--log-keep": [*NUMBERS, "1.5"],
    "--traces": ["", "collector", "ftp://x", "http://", "http://me:pw@x"],
    "--trace-sample": [*NUMBERS, "1.1"],
    "--set": ["", "nonsense", "=1"],
    "--env-file": ["missing", "folder", "one.yaml/below", "binary"],
    "--tls-cert": ["missing", "folder", "one.yaml", "binary"],
    "--tls-key": ["missing"],
    "--replicas": [*NUMBERS, "0", "6"],
    "--nats": ["", ","],
    "--dir": ["missing", "one.yaml", "one.yaml/below"],
    "--creds --nats 127.0.0.1:1": ["missing", "folder"],
    "--name-space --nats 127.0.0.1:1": ["", "two words", "a.b", "a*", "a/b"],
    "--name --nats 127.0.0.1:1": ["", "two words", "a*", "a/b", "x" * 300],
    "--place --nats 127.0.0.1:1": ["", "two words"],
    "--devices": [*NUMBERS, "0", "1.5"],
    "--faults": ["", "some"],
    "--seed": [text for text in NUMBERS if text != "9" * 30],
    "--seconds": NUMBERS,
}
WITHOUT_WRONG = {
    "--no-editor", "--insecure", "--watch", "--ledger", "--allow-secrets",
    # A name that fits no secret allows none.
}  # fmt: skip


@pytest.fixture(autouse=True)
def beside_one_flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(FLOW)
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    monkeypatch.setattr(cluster_options, "STARTED_S", 0.0)
    monkeypatch.setitem(sys.modules, "uvloop", None)  # one loop after the other in one process is not its trade
    for place in ("run.start", "worker.connected", "demo._run"):
        monkeypatch.setattr(f"flowengine.cli.{place}", it_starts)


async def it_starts(*_: object) -> NoReturn:
    raise AssertionError("it starts")


def options_of(command: str) -> list[str]:
    found = arguments(parser_of(command, import_module(f"flowengine.cli.{command}")))
    return [action.option_strings[0] for action in found if action.option_strings]


def said_and_status(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    try:
        status: object = cli.main(words)
    except SystemExit as leaving:
        status = leaving.code
    return status, capsys.readouterr().err


def cases() -> list[tuple[str, str, list[str], str]]:
    return [
        (command, option, more, wrong)
        for command in COMMANDS
        for key, values in WRONG.items()
        for option, *more in [key.split()]
        if option in options_of(command)
        for wrong in values
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_is_in_the_table(command: str) -> None:
    assert set(options_of(command)) <= {key.split()[0] for key in WRONG} | WITHOUT_WRONG


@pytest.mark.parametrize(("command", "option", "more", "wrong"), cases())
def test_what_is_wrong_is_told_in_one_line_and_nothing_starts(
    command: str, option: str, more: list[str], wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(tmp_path.rglob("*"))
    status, said = said_and_status([command, *COMMANDS[command], *more, f"{option}={wrong}"], capsys)
    refused = (1, 2) if command in ("backup", "restore") else (2,)  # 1: what cannot be copied
    assert status in refused and said.count("\n") == 1, said
    assert said.startswith("flowengine: ") and len(said) < 300
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert not {path for path in made if path.suffix != ".log" and "leases" not in path.parts}, made


@pytest.mark.parametrize(
    "words",
    [
        "run one.yaml --listen 256.1.1.1:0", "run one.yaml --listen no.such.invalid:0", "run missing",
        "run one.yaml/below", "run folder --no-editor", "run one.yaml --dran 5",
        "backup folder", "backup missing/out.tar.gz", "backup one.yaml/below", "restore missing", "restore folder",
        "restore binary", "restore one.yaml/below", "demo missing", "service nonsense",
    ],
)  # fmt: skip
def test_so_are_wrong_paths_and_words(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = said_and_status(words.split(), capsys)
    assert status in (1, 2) and said.count("\n") == 1 and said.startswith("flowengine: "), said


def test_a_start_that_fails_after_its_port_is_taken_lets_go_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[Server] = []

    async def cannot_start(engine: Engine) -> NoReturn:
        raise OSError(errno.EIO, "it cannot")

    async def take(server: Server) -> None:
        await server.start()
        taken.append(server)

    monkeypatch.setattr("flowengine.cli.run.start", server_binding.start)
    monkeypatch.setattr(Engine, "start", cannot_start)
    monkeypatch.setattr("flowengine.cli.run.bind", take)
    assert said_and_status(["run", "one.yaml", "--listen", "127.0.0.1:0"], capsys)[0] == 2
    [server] = taken
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
