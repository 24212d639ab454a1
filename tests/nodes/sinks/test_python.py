"""python: a function in a process of its own; deaths and hangs cost one message, errors have their line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import TestContext, make, payloads
from nodes.sinks.python import Python
from tests.waiting import until

Made = Callable[..., Awaitable[Python]]
FILE = """
import os, signal, time

def double(payload):
    return payload * 2

def about(payload, topic, meta, time):
    return [payload, topic, meta, time]

def die_of_seven(value):
    if value == 7:
        print("seven is too much", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return value

def hang_of_seven(value):
    while value == 7:
        time.sleep(0.01)
    return value

def once(payload):
    if not os.path.exists("died"):
        open("died", "w").close()
        os._exit(3)
    return payload

def fail(payload):
    return payload["missing"]

def greedy(payload):
    return len(bytearray(payload * 2**20))

def odd(payload):
    return {1: object()} if payload else "x" * 5000

def environment(payload):
    return dict(os.environ)

def wrong(row):
    return row

def loud(n):
    import os, subprocess, sys
    print("to whom it may concern", n)
    sys.stdout.write("x" * 3_000_000)
    sys.stdout.buffer.write(bytes(range(256)) * 4_000)
    sys.stderr.write("lines\\n" * 100_000)
    os.write(1, b"\\0\\0\\0\\1")
    subprocess.run(["sh", "-c", "echo child; head -c 200000 /dev/zero; echo more >&2; cat"])
    return [n, sys.stdin.read()]

def two(a, b):
    return a
"""


@pytest.fixture
async def python(tmp_path: Path) -> AsyncIterator[Made]:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "f.py").write_text(FILE)
    made: list[Python] = []

    async def node(call: str, more: str = "", file: str = "f.py") -> Python:
        context = TestContext(data_dir=tmp_path / "data")
        context.python = tmp_path / "code"
        made.append(make(Python, f"{{file: {file}, call: {call}{more}}}", context))
        await made[-1].open()
        return made[-1]

    yield node
    for each in made:
        await each.close()


async def given(node: Python, *values: Any) -> tuple[list[Any], dict[int, str]]:
    try:
        return payloads(await node.write([Message(value) for value in values])), {}
    except Rejected as bad:
        assert bad.rows is not None
        return payloads(bad.answers), dict(bad.rows)


async def test_a_function_gives_the_payload_and_may_ask_for_the_rest_of_the_message(python: Made) -> None:
    assert await given(await python("double"), 2, "ab", [1]) == ([4, "abab", [1, 1]], {})
    [answer] = await (await python("about")).write([Message(1, "t", 2_000_000_000, {"m": 3})])
    assert answer.payload == [1, "t", {"m": 3}, 2.0] and (answer.topic, answer.meta) == ("t", {"m": 3})


async def test_what_a_function_raises_rejects_one_message_with_its_line(python: Made) -> None:
    line = FILE.split("\n").index('    return payload["missing"]') + 1
    good, bad = await given(await python("fail"), {"missing": 1}, {}, {"missing": 2})
    assert good == [1, 2] and bad == {1: f"f.py:{line}: KeyError: 'missing'"}


async def test_a_message_that_kills_the_process_twice_is_rejected_and_no_other_is_lost(python: Made) -> None:
    node = await python("die_of_seven")
    good, bad = await given(node, *range(20))
    assert good == [n for n in range(20) if n != 7]
    assert bad == {7: "its process was ended by SIGKILL: seven is too much"}
    assert node.context.recorded.counted == {"restarts": 2}


async def test_a_hang_ends_with_its_time_and_costs_one_message(python: Made) -> None:
    good, bad = await given(await python("hang_of_seven", ", time_limit: 200ms"), 6, 7, 8)
    assert (good, bad) == ([6, 8], {1: "took longer than 0.2 s"})


async def test_a_process_that_dies_once_loses_nothing(python: Made) -> None:
    assert await given(await python("once"), 1, 2) == ([1, 2], {})


async def test_memory_and_results_are_bounded(python: Made) -> None:
    good, bad = await given(await python("greedy", ", memory: 512MiB"), 1, 4000, 2)
    assert good == [2**20, 2**21] and "MemoryError" in bad[1]
    _, bad = await given(await python("odd", ", max_output: 1KiB"), 0, 1)
    assert "at most 1024 are allowed" in bad[0] and "nothing a message can carry" in bad[1]


async def test_a_changed_file_counts_from_the_next_batch_on(python: Made, tmp_path: Path) -> None:
    node, file = await python("double"), tmp_path / "code" / "f.py"
    assert await given(node, 2) == ([4], {})
    file.write_text("def double(payload):\n    return 'new'\n")
    assert await given(node, 2) == (["new"], {})


async def test_a_file_that_cannot_be_used_makes_messages_wait_and_says_why(python: Made, tmp_path: Path) -> None:
    (tmp_path / "code" / "bad.py").write_text("def f(:\n")
    for call, file, why in (
        ("f", "bad.py", "bad.py:1: SyntaxError: "), ("f", "none.py", "No such file"),
        ("other", "f.py", "it has no function other"), ("two", "f.py", "two takes a, b; there are payload"),
    ):  # fmt: skip
        with pytest.raises(Unavailable, match=why):
            await (await python(call, file=file)).write([Message(1)])


async def test_only_files_below_the_allowed_folder_run(python: Made, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("open('ran', 'w')\ndef f(p): return p\n")
    (tmp_path / "code" / "link.py").symlink_to(tmp_path / "outside.py")
    for file in ("../outside.py", "link.py"):
        with pytest.raises(Rejected, match="is not below the folder"):
            await (await python("f", file=file)).write([Message(1)])
    node = await python("double")
    node.context.python = None
    with pytest.raises(Rejected, match="is not allowed on this machine"):
        await node.write([Message(1)])
    assert not list(tmp_path.rglob("ran"))


async def test_it_sees_nothing_of_our_environment(python: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_X", "geheim")
    [[answer], _] = await given(await python("environment"), 1)
    assert "geheim" not in str(answer)


async def test_what_a_function_prints_is_no_answer_and_no_line_of_the_log(
    python: Made, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = await given(await python("loud", ", time_limit: 30s"), *range(3))
    assert (good, bad) == ([[n, ""] for n in range(3)], {})
    assert sum(len(record.getMessage()) for record in caplog.records) < 1_000


async def test_a_stop_in_the_middle_leaves_no_process(python: Made) -> None:
    me = psutil.Process(os.getpid())
    node, before = await python("hang_of_seven", ", time_limit: 60s"), me.children()
    writing = asyncio.create_task(node.write([Message(7)]))
    await until(lambda: len(me.children()) > len(before))
    [child] = [each for each in me.children() if each not in before]
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert not child.is_running()


async def test_what_msgpack_cannot_say_is_rejected(python: Made) -> None:
    with pytest.raises(Rejected, match="cannot be handed over"):
        await (await python("double")).write([Message(10**40)])
