"""Who may reach the HTTP server: the refusal to listen beyond this machine unprotected, TLS, the first link."""

import asyncio
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from flowengine import cli
from flowengine.cli.server_binding import is_loopback, refuse_unprotected, tls_context
from flowengine.engine import Engine, Settings
from flowengine.server import Server
from tests.flowengine.cli.running import Process
from tests.servers.certificates import make_certificates

Run = Callable[..., subprocess.CompletedProcess[str]]


def server(tmp_path: Path, host: str, tls: ssl.SSLContext | None = None) -> Server:
    return Server(Engine(Settings(tmp_path)), host, 0, tls)


@pytest.mark.parametrize(
    ("host", "tls", "users", "no_editor", "insecure", "allowed"),
    [
        ("127.0.0.1", False, False, False, False, True),
        ("::1", False, False, False, False, True),
        ("localhost", False, False, False, False, True),
        ("0.0.0.0", False, False, False, False, False),
        ("0.0.0.0", True, False, False, False, False),
        ("0.0.0.0", False, True, False, False, False),
        ("192.168.1.7", False, True, True, False, False),
        ("plant.local", False, True, False, False, False),
        ("0.0.0.0", True, True, False, False, True),
        ("0.0.0.0", True, False, True, False, True),
        ("0.0.0.0", False, False, False, True, True),
    ],
)
def test_listening_beyond_this_machine_needs_users_and_tls(
    host: str, tls: bool, users: bool, no_editor: bool, insecure: bool, allowed: bool, tmp_path: Path
) -> None:
    there = server(tmp_path, host, ssl.create_default_context() if tls else None)
    if allowed:
        refuse_unprotected(there, lambda: users, no_editor, insecure)
    else:
        with pytest.raises(SystemExit) as refused:
            refuse_unprotected(there, lambda: users, no_editor, insecure)
        assert refused.value.code == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_this_machine_only(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback("10.0.0.1") and not is_loopback("localhost.evil.example")


def test_a_certificate_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for certificate, key in ((tmp_path / "none.pem", None), (tmp_path / "empty.pem", None), (None, tmp_path / "k")):
        with pytest.raises(SystemExit):
            tls_context(certificate, key)


FLOW = "flow: one\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"


async def started(tmp_path: Path, *arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    (tmp_path / "one.yaml").write_text(FLOW)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowengine", "run", "--data", str(tmp_path / "data"), *arguments, "one.yaml",
        cwd=tmp_path, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = ""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while "flows run" not in said or ("--no-editor" not in arguments and "setup#" not in said):
            line = (await process.stderr.readline()).decode()
            assert line, said
            said += line
    return process, said


async def test_the_first_start_prints_a_link_that_sets_the_first_password(tmp_path: Path) -> None:
    process, said = await started(tmp_path, "--listen", "127.0.0.1:0")
    link = re.search(r"(http://127\.0\.0\.1:\d+)/setup#(\S+)", said)
    assert link
    body = {"token": link[2], "name": "boss", "password": "correct horse battery"}
    async with aiohttp.ClientSession(headers={"X-Requested-With": "flowengine"}) as session:
        async with session.post(f"{link[1]}/api/v1/session/setup", json=body) as answer:
            assert answer.status == 200 and (await answer.json())["user"]["role"] == "admin"
        async with session.post(f"{link[1]}/api/v1/session/setup", json=body) as answer:
            assert answer.status == 403
    process.terminate()
    assert await process.wait() == 0


async def test_with_a_certificate_and_a_user_it_listens_to_others_by_tls(tmp_path: Path) -> None:
    from flowengine.store.accounts import Accounts

    made = make_certificates(tmp_path)
    accounts = Accounts(tmp_path / "data")
    accounts.add_user("boss", "correct horse battery", "admin")
    accounts.close()
    (tmp_path / "one.yaml").write_text(FLOW)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowengine", "run", "--data", "data", "--listen", "0.0.0.0:0", "--tls-cert",
        str(made.server_cert), "--tls-key", str(made.server_key), "one.yaml",
        cwd=tmp_path, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    found, said = None, ""
    async with asyncio.timeout(60):
        while found is None:
            line = (await process.stderr.readline()).decode()
            said += line
            assert line, (process.returncode, said)
            found = re.search(r"https://0\.0\.0\.0:(\d+)", said)
    context = ssl.create_default_context(cafile=str(made.ca))
    body = {"name": "boss", "password": "correct horse battery"}
    async with (
        aiohttp.ClientSession(headers={"X-Requested-With": "flowengine"}) as session,
        session.post(f"https://127.0.0.1:{found[1]}/api/v1/session", json=body, ssl=context) as answer,
    ):
        assert answer.status == 200 and "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"]
    process.terminate()
    assert await process.wait() == 0


async def test_without_the_editor_only_flows_metrics_and_health_are_served(tmp_path: Path) -> None:
    process, said = await started(tmp_path, "--listen", "127.0.0.1:0", "--no-editor")
    base = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert base and "setup#" not in said
    async with aiohttp.ClientSession() as session:
        for path, status in (("/api/v1/session", 404), ("/", 404), ("/healthz", 200), ("/metrics", 200)):
            async with session.get(base[0] + path) as answer:
                assert answer.status == status, path
    process.terminate()
    assert await process.wait() == 0


def test_an_address_that_is_taken_is_told_in_one_line(flowengine: Run, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("flow: f\nnodes: {in: {type: inject, to: out}, out: {type: log}}\n")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = flowengine("run", "f.yaml", "--listen", address)
    assert (done.returncode, done.stderr) == (2, f"flowengine: cannot listen on {address}: address already in use\n")


def test_a_second_engine_on_one_data_folder_is_refused_and_told_which_has_it(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("flow: f\nnodes: {a: {type: inject, every: 1s, to: b}, b: {type: log}}\n")
    first = Process(tmp_path, "--no-editor", "f.yaml")
    try:
        first.until_says("flows running")
        command = [sys.executable, "-m", "flowengine", "run", "--listen", "127.0.0.1:0", "f.yaml"]
        second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150, check=False)
    finally:
        first.end()
    assert second.returncode == 2
    assert re.search(r"process \d+ runs an engine on the data folder \.flowengine already", second.stderr)


def test_a_data_folder_that_everybody_may_write_to_is_refused(flowengine: Run, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("flow: f\nnodes: {in: {type: inject, to: out}, out: {type: log}}\n")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    done = flowengine("run", "f.yaml", "--data", "open")
    said = "flowengine: everybody may write to the data folder open: chmod o-w open\n"
    assert (done.returncode, done.stderr) == (2, said) and not any((tmp_path / "open").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("one.yaml --listen 28306", "'28306' is not HOST:PORT, such as 127.0.0.1:28306"),
        ("one.yaml --listen 127.0.0.1:99999", "'127.0.0.1:99999': a port is at most 65535"),
        ("one.yaml --listen 127.0.0.1:http", "'127.0.0.1:http' is not HOST:PORT, such as 127.0.0.1:8880"),
        ("one.yaml missing", "there is no missing"),
        ("empty --no-editor", "no flow file in empty; with the editor or --watch there may be none yet"),
        ("one.yaml --data one.yaml", "cannot read one.yaml/format: Not a directory"),
        ("one.yaml --data /proc/data", "cannot use the data folder /proc/data: No such file or directory"),
        ("one.yaml --log-file /proc/log", "cannot write /proc/log: No such file or directory"),
        ("one.yaml --set nonsense", "--set takes NAME=VALUE, not 'nonsense'"),
        ("one.yaml --env-file missing", "cannot read missing: No such file or directory"),
        ("one.yaml --allow-python missing", "missing is no folder"),
    ],
)
def test_a_wrong_start_is_one_line_and_status_2(
    arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(FLOW)
    (tmp_path / "empty").mkdir()
    try:
        status: object = cli.main(["run", *arguments.split()])
    except SystemExit as leaving:
        status = leaving.code
    assert (status, capsys.readouterr().err) == (2, f"flowengine: {said}\n")


def test_a_folder_without_flows_starts_the_editor(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    process = Process(tmp_path, "flows")
    process.until_says("flows running: 0")
    process.until_says("setup#")
    assert process.end() == 0
