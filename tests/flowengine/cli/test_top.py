"""`flowengine top` turns two readings of /metrics into rates."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from flowengine.cli import main
from flowengine.cli.top import parse, table

FIRST = """\
# HELP flowengine_received_messages_total Messages that a node was given.
flowengine_received_messages_total{flow="plant",node="clean",type="normalise"} 100
flowengine_sent_messages_total{flow="plant",node="clean",type="normalise"} 90
flowengine_errored_messages_total{flow="plant",node="clean",type="normalise"} 10
flowengine_processing_seconds_total{flow="plant",node="clean",type="normalise"} 1.5
flowengine_node_up{flow="plant",node="clean",type="normalise"} 1
flowengine_held_messages{flow="plant",node="clean",type="normalise"} 0
"""
LATER = {" 100\n": " 300\n", " 90\n": " 270\n", " 10\n": " 30\n", " 1.5\n": " 1.7\n"}
SECOND = FIRST
for before, after in LATER.items():
    SECOND = SECOND.replace(before, after)


def test_rates_are_differences_over_time() -> None:
    head, line = table(parse(FIRST, 10.0), parse(SECOND, 12.0), None, colours=False)
    assert head.split() == ["node", "type", "in/s", "out/s", "err/s", "held", "queued", "cpu"]
    assert line.split() == ["plant/clean", "normalise", "100.0", "90.0", "10.0", "0", "0", "10.0%"]


def test_a_node_that_is_down_is_marked() -> None:
    down = SECOND.replace('type="normalise"} 1\n', 'type="normalise"} 0\n')
    *_, line = table(parse(FIRST, 0.0), parse(down, 1.0), None, colours=True)
    assert line.startswith("\x1b[31m")
    assert line.endswith("down")


def test_other_flows_are_left_out_on_demand() -> None:
    assert len(list(table(parse(FIRST, 0.0), parse(SECOND, 1.0), "other", colours=False))) == 1


@pytest.fixture
def engine() -> Iterator[str]:
    """A server that answers /metrics, first the one text, then the other."""
    texts = iter([FIRST, SECOND])

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(next(texts).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_once_prints_one_table(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--url", engine, "--every", "0.2", "--once"]) == 0
    assert "plant/clean" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "file:///etc/passwd"])
def test_an_engine_that_does_not_answer_is_said(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--url", url, "--once", "--every", "0.1"]) == 1
    assert "does not answer" in capsys.readouterr().err
