"""What an assistant sends that no person would: what is no call, texts that multiply, names that lead elsewhere."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from flowengine.cli.mcp_lines import MOST_LINE_BYTES

GOOD = "flow: f\nnodes: {}\n"
NOBODY = "http://127.0.0.1:9"
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
NO_CALLS = [
    b"{",
    b" " * (MOST_LINE_BYTES + 2),
    b"nonsense",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"jsonrpc": "2.0", "id": 1e999}',
    b"",
]
ANSWERED: list[tuple[str, dict[str, Any]]] = [
    ("check", {"text": "[" * 20_000}),
    ("check", {"text": LAUGHS}),
    ("check", {"text": "x" * (5 << 20)}),
]
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("check", {"text": 5}),
    ("check", {}),
    ("plan", {"text": GOOD, "old": "z" * (2 << 20)}),
    ("node_type", {"type": "x" * 1_000_000}),
    ("flow", {"flow": "../../users"}),
    ("flow", {"flow": "x" * 1_000_000}),
    ("propose_draft", {"flow": "f", "text": GOOD, "etag": "a\r\nAuthorization: Bearer other"}),
    ("deploy", {"flow": "f"}),
]


def call(number: int, method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()


def of_tool(number: int, name: str, arguments: dict[str, Any]) -> bytes:
    return call(number, "tools/call", name=name, arguments=arguments)


def answers_to(lines: list[bytes], count: int, folder: Path) -> dict[int, Any]:
    """The results of `count` calls by their number."""
    command = [sys.executable, "-m", "flowengine", "mcp", str(folder), "--data", str(folder), "--url", NOBODY]
    found: dict[int, Any] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        given, said = process.stdin, process.stdout
        assert given is not None and said is not None

        def give() -> None:
            given.write(b"\n".join(lines) + b"\n")
            given.flush()

        threading.Thread(target=give, daemon=True).start()
        while len(found) < count:
            line = said.readline()
            assert line, f"it ended: {found.keys()}"
            answer = json.loads(line)
            if answer.get("id") is not None and "result" in answer:
                found[answer["id"]] = answer["result"]
        process.kill()
    return found


def test_whatever_an_assistant_sends_the_next_call_is_answered_and_the_audit_stays_small(tmp_path: Path) -> None:
    hostile = [of_tool(number, *each) for number, each in enumerate([*ANSWERED, *REFUSED], 10)]
    begin = call(
        1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "x", "version": ""}
    )
    lines = [begin, b'{"jsonrpc": "2.0", "method": "notifications/initialized"}', *NO_CALLS, *hostile]
    found = answers_to([*lines, of_tool(99, "check", {"text": GOOD})], len(hostile) + 2, tmp_path)
    assert found[99]["content"][0]["text"] == "[]"
    refused = {number: answer["isError"] for number, answer in found.items() if number in range(10, 99)}
    assert [refused[number] for number in sorted(refused)] == [False] * len(ANSWERED) + [True] * len(REFUSED)
    kept = sum(path.stat().st_size for path in tmp_path.glob("audit.db*"))
    assert kept < 500_000
