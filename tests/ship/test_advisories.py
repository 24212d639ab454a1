"""ship/advisories.py: what is known against a lock is told and fails; where nobody answers that is told, and passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ship.advisories import main, pinned
from tests.servers.ports import next_free_port

LOCK = """# how it was made
aiohttp==3.9.0 \\
    --hash=sha256:aa
    # via flowengine
uvicorn[standard]==0.1 ; python_version >= "3.11" \\
    --hash=sha256:bb
Sound_Name==1.0
"""
KNOWN = {
    "aiohttp/3.9.0": [{"id": "GHSA-1", "fixed_in": ["3.9.2"]}, {"id": "GHSA-2", "withdrawn": "2025-01-01"}],
    "sound_name/1.0": [],
}


class Source(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = KNOWN.get(self.path.removeprefix("/pypi/").removesuffix("/json"))
        self.send_response(404 if known is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"vulnerabilities": known}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Source) as server:
        monkeypatch.setenv("FLOWENGINE_ADVISORIES", f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    (tmp_path / "a.lock").write_text(LOCK)
    return tmp_path / "a.lock"


def test_a_lock_pins_what_it_says() -> None:
    assert pinned([LOCK, LOCK]) == [("aiohttp", "3.9.0"), ("sound_name", "1.0"), ("uvicorn", "0.1")]


@pytest.mark.usefixtures("source")
def test_what_is_known_fails_and_is_told_with_its_mend(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(lock)]) == 1
    assert "aiohttp 3.9.0: GHSA-1, fixed in 3.9.2\n" in capsys.readouterr().out


@pytest.mark.usefixtures("source")
def test_a_source_that_does_not_know_a_package_is_no_proof(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock.write_text("uvicorn==0.1\n")
    assert main([str(lock)]) == 0 and "NOT CHECKED" in capsys.readouterr().out


@pytest.mark.usefixtures("source")
def test_a_sound_lock_passes(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock.write_text("Sound_Name==1.0\n")
    assert main([str(lock)]) == 0 and capsys.readouterr().out.endswith("against the other 1 packages\n")


def test_without_a_source_it_passes_and_says_that_nothing_was_checked(
    lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLOWENGINE_ADVISORIES", f"http://127.0.0.1:{next_free_port()}")
    assert main([str(lock)]) == 0 and "NOT CHECKED" in capsys.readouterr().out
