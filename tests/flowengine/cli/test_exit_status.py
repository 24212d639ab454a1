"""Each exit status that docs/cli.md names is seen here, or in the test that is named here."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flowengine import cli
from flowengine.cli import cluster_options, run
from flowengine.engine import Engine
from flowengine.store.jetstream import client
from tests.house.sources import ROOT

PAGE = (ROOT / "docs/cli.md").read_text()
GOOD, OTHER, BROKEN, FAILING = "p/flows/p.yaml", "other.yaml", "broken.yaml", "failing.yaml"
DOUBTFUL = "doubtful.yaml"
# What needs an engine that runs, a fault injected or minutes: the file, and the words in it that hold the status.
ELSEWHERE = {
    ("run", 0): ("tests/faults/test_stop.py", "terminate() == 0"),
    ("run", 3): ("tests/faults/test_stop.py", "terminate() == 3"),
    ("demo", 0): ("tests/flowengine/cli/test_wheel.py", '"demo", "--seconds"'),
    ("demo", 1): ("tests/flowengine/cli/test_demo.py", "demo.stop() == 1"),
    ("alarm", 0): ("tests/flowengine/cli/test_alarm.py", "returncode == 0"),
    ("alarm", 1): ("tests/flowengine/cli/test_alarm.py", "again.returncode == 1"),
    ("dead", 1): ("tests/flowengine/cli/test_dead.py", '"dead", "purge").returncode == 1'),
    ("audit", 0): ("tests/flowengine/cli/test_audit.py", "== 0"),
    ("service", 1): ("tests/flowengine/cli/test_service.py", "== 1"),
    ("cluster", 0): ("tests/faults/cluster_process.py", "process.returncode == 0"),
    ("cluster", 1): ("tests/flowengine/cli/test_cluster.py", '"evict", "nobody", *servers).returncode == 1'),
    ("deploy", 0): ("tests/flowengine/cli/test_cluster.py", '"deploy", flow, *servers).returncode == 0'),
    ("deploy", 3): ("tests/flowengine/cli/test_cluster.py", '"--dry-run", *servers).returncode == 3'),
    ("worker", 0): ("tests/flowengine/cli/test_cluster.py", "worker.wait(30) == 0"),
    ("restore", 0): ("tests/faults/test_backup.py", 'command("restore"'),
    ("top", 0): ("tests/flowengine/cli/test_top.py", "== 0"),
    ("mcp", 0): ("tests/flowengine/cli/test_mcp.py", "stdio_client(process)"),
    ("mcp", 1): ("tests/flowengine/cli/test_mcp.py", '"--data", str(tmp_path)]) == 1'),
    ("mcp", 2): ("tests/flowengine/cli/test_mcp.py", 'cli.main(["mcp"]) == 2'),
}
CALLS: dict[tuple[str, int], str] = {
    ("run", 1): f"run --no-editor --listen 127.0.0.1:0 {BROKEN}",
    ("run", 2): f"run --listen 0.0.0.0:0 {GOOD}",
    ("run", 4): f"run --ledger --no-editor --listen 127.0.0.1:0 {GOOD}",
    ("check", 0): f"check {GOOD}",
    ("check", 3): f"check --strict {DOUBTFUL}",
    ("check", 1): f"check {BROKEN}",
    ("check", 2): "check missing.yaml",
    ("check", 5): "check empty",
    ("test", 0): f"test {GOOD}",
    ("test", 1): f"test {FAILING}",
    ("test", 2): "test missing.yaml",
    ("test", 5): f"test {OTHER}",
    ("plan", 0): f"plan {GOOD} {GOOD}",
    ("plan", 1): f"plan {GOOD} {BROKEN}",
    ("plan", 2): f"plan {GOOD} missing.yaml",
    ("plan", 3): f"plan {GOOD} {OTHER}",
    ("demo", 2): "demo nonsense",
    ("alarm", 2): "alarm ack x",
    ("dead", 0): "dead ls",
    ("dead", 2): "dead redrive f/n",
    ("spool", 0): "spool ls",
    ("spool", 1): "spool peek f/n",
    ("top", 1): "top --url http://127.0.0.1:9 --once",
    ("user", 0): "user add ann",
    ("user", 1): "user rm nobody",
    ("token", 0): "token add till --role viewer",
    ("token", 1): "token rm nobody",
    ("sbom", 0): f"sbom {GOOD}",
    ("sbom", 1): "sbom empty",
    ("sbom", 2): "sbom missing.yaml",
    ("audit", 1): "audit export --data nowhere",
    ("service", 0): "service unit",
    ("backup", 0): "backup --data p copy.tar.gz",
    ("backup", 1): "backup --data missing copy.tar.gz",
    ("cluster", 2): "cluster status --nats nats://127.0.0.1:9",
    ("deploy", 1): f"deploy {BROKEN} --nats nats://127.0.0.1:9",
    ("deploy", 2): f"deploy {GOOD} --nats nats://127.0.0.1:9",
    ("worker", 2): "worker --nats nats://127.0.0.1:9",
    ("restore", 1): "restore --data fresh broken.yaml",
    ("new", 0): "new fresh",
    ("new", 1): "new p",
    ("docs", 0): "docs pages",
    ("docs", 1): "docs --check empty",
    ("completion", 0): "completion bash",
    ("simulate", 0): "simulate fleet --help",
    ("simulate", 1): "simulate gateway --link missing/folder/tty --seconds 1",
    ("simulate", 2): "simulate gateway --faults nonsense",
}


def documented() -> set[tuple[str, int]]:
    """Command and status of all that the page says."""
    found = set()
    for section in re.split(r"^## flowengine ", PAGE, flags=re.M)[1:]:
        said = re.search(r"^exit status: (.*?)\n```", section, flags=re.M | re.S)
        numbers = re.findall(r"(?:^|[,;] |,\n)(\d+) ", said[1]) if said else []
        found |= {(section.split()[0], int(number)) for number in numbers}
    return found


async def _finds_a_fault(engine: Engine) -> None:
    engine.unaccounted = ["p/hot: 1 messages unaccounted for"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "p"]) == 0
    flow = (tmp_path / GOOD).read_text()
    (tmp_path / OTHER).write_text(flow.partition("\ntests:")[0].replace("every: 2s", "every: 3s") + "\n")
    (tmp_path / FAILING).write_text(flow.replace("count: 3", "count: 4"))
    (tmp_path / BROKEN).write_text("flow: broken\nnodes: {a: {type: nonsense}}\n")
    (tmp_path / DOUBTFUL).write_text("flow: doubtful\nnodes: {a: {type: log}}\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(run, "check_ledger", _finds_a_fault)
    monkeypatch.setattr(cluster_options, "PATIENCE_S", 0.0)
    monkeypatch.setattr(client, "CONNECT_S", 0.3)
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    return tmp_path


@pytest.mark.parametrize(("command", "status"), sorted(CALLS), ids=str)
def test_a_command_ends_as_the_page_says(command: str, status: int, project: Path) -> None:
    main: Callable[[list[str]], int] = cli.main
    try:
        ended: object = main(CALLS[command, status].split())
    except SystemExit as leaving:
        ended = leaving.code
    assert ended == status


def test_every_documented_status_is_seen() -> None:
    assert documented() - set(CALLS) - set(ELSEWHERE) == set()
    assert set(CALLS) | set(ELSEWHERE) <= documented(), "a status that the page does not name"
    for file, words in ELSEWHERE.values():
        assert words in (ROOT / file).read_text(), f"{file} does not hold {words!r}"
