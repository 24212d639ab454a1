"""`python -m bench.editor [WORD…]`: the web editor in Chromium against a real engine, by Chromium's own tracing.

First load and time to nodes, frames and main thread with 1,000 live nodes, what ten clients cost the engine, publish
to screen. Prints JSON lines; with words, only of the measurements that hold one of them.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.editor_clients import ten_clients
from bench.editor_plant import many, plant, published, rows_in
from tests.browser.conftest import ARGUMENTS
from tests.browser.plant import Plant
from tests.servers.ports import next_free_port
from tests.servers.process import program

CATEGORIES = ["toplevel", "cc", "benchmark", "viz"]
TASK, DRAWN = "ThreadControllerImpl::RunTask", "StartDrawToSwapStart"
PAN_S = 6.0
FRAME_S = 1 / 60
VALUES, GAP_S = 300, 0.03
READY = ".react-flow__node, .overlay[data-drawn]"


@contextmanager
def page_of(made: Plant) -> Iterator[Page]:
    """A fresh browser of somebody who is logged in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        cookie = {"name": "flowengine_session", "value": made.cookie("integrator"), "domain": "127.0.0.1", "path": "/"}
        context.add_cookies([cookie])  # type: ignore[list-item]
        yield context.new_page()
        browser.close()


def first_load(nodes: int, again: str = "") -> dict[str, Any]:
    """Bytes on the wire and milliseconds until the nodes are there and the palette too, nothing cached.

    With `again`, of an engine that has described its node types before; else of one that never has.
    """
    with plant("many", many(nodes)) as made:
        if again:
            made.call("GET", "palette")
        with page_of(made) as page:
            return {"measure": f"first load {again}".strip(), "nodes": nodes, **loaded(made, page)}


def loaded(made: Plant, page: Page) -> dict[str, int]:
    """Kilobytes, and milliseconds from asking for the page."""
    session, sent = page.context.new_cdp_session(page), [0]
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sent.__setitem__(0, sent[0] + event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(f"{made.url}/flow/many", wait_until="commit")
    page.wait_for_selector(READY)
    ready_ms = (time.perf_counter() - began) * 1000
    page.wait_for_selector(".palette-item")
    whole_ms = (time.perf_counter() - began) * 1000
    page.wait_for_timeout(500)  # the last answers
    return {"kB": round(sent[0] / 1000), "ready_ms": round(ready_ms), "with_palette_ms": round(whole_ms)}


def panning(nodes: int, close: bool) -> dict[str, Any]:
    """Frames a second and main thread while the canvas is panned and every node is live."""
    with plant("many", many(nodes)) as made, page_of(made) as page:
        rows = Rows(page)
        page.goto(f"{made.url}/flow/many")
        page.wait_for_selector(READY)
        if close:
            page.mouse.move(600, 300)
            for _ in range(12):
                page.mouse.wheel(0, -240)
                page.wait_for_timeout(40)
        page.wait_for_timeout(2500)
        before, began = rows.count, time.perf_counter()
        trace = traced(page, lambda: pan(page))
        took_s = time.perf_counter() - began
        return {"measure": "panning close" if close else "panning afar", "nodes": nodes, **trace,
                "rows_per_s": round((rows.count - before) / took_s)}  # fmt: skip


class Rows:
    """Counts the status rows that come in by the live socket."""

    def __init__(self, page: Page):
        self.count = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, frame: str | bytes) -> None:
        self.count += rows_in(frame)


FREE = """() => {
    for (let y = 100; y < 600; y += 3) for (let x = 260; x < 900; x += 7)
        if (document.elementFromPoint(x, y)?.matches(".react-flow__pane")) return [x, y];
}"""


def pan(page: Page) -> None:
    """Drag the canvas to and fro, a step a frame: a browser gives a page no more of a hand's movement either.

    By the protocol itself: Playwright's own mouse runs two scripts in the page for each step of a drag.
    """
    session = page.context.new_cdp_session(page)
    x, y = page.evaluate(FREE)

    def mouse(kind: str, x: float, y: float) -> None:
        held = {"button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **held})

    mouse("mousePressed", x, y)
    began_s = time.perf_counter()
    step = 0
    while (now_s := time.perf_counter() - began_s) < PAN_S:
        step += 1
        time.sleep(max(0.0, step * FRAME_S - now_s))
        mouse("mouseMoved", x + swing(step * 7, 300), y + swing(step * 5, 200))
    mouse("mouseReleased", x, y)


def swing(way: int, reach: int) -> int:
    """To `reach` and back again, evenly."""
    return reach - abs(way % (2 * reach) - reach)


def traced(page: Page, act: Any) -> dict[str, float]:
    """Frames a second and how busy the main thread is, while something is done.

    Frames are those sixtieths of a second in which a picture was drawn. The thread by its own CPU time, and by the
    clock: that counts also waiting for the compositor and for a core that others have.
    """
    session: CDPSession = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    done: list[bool] = []
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    session.send("Tracing.start", {"traceConfig": {"includedCategories": CATEGORIES}, "transferMode": "ReportEvents"})
    act()
    session.send("Tracing.end")
    while not done:
        page.wait_for_timeout(50)
    main = {(each["pid"], each["tid"]) for each in events if each["args"].get("name") == "CrRendererMain"}
    busy_us, cpu_us = Counter[Any](), Counter[Any]()
    for each in events:
        if each["name"] == TASK and each["ph"] == "X" and (key := (each["pid"], each["tid"])) in main:
            busy_us[key] += each["dur"]
            cpu_us[key] += each.get("tdur", 0)
    drawn = [each["ts"] for each in events if each["name"] == DRAWN and each["ph"] == "b"]
    wall_us = max(drawn) - min(drawn)
    busiest = max(busy_us, key=lambda key: busy_us[key])
    frames = len({round(at / 1e6 / FRAME_S) for at in drawn})
    return {"fps": round(frames / wall_us * 1e6, 1), "main_cpu_percent": round(cpu_us[busiest] / wall_us * 100, 1),
            "main_wall_percent": round(busy_us[busiest] / wall_us * 100, 1)}  # fmt: skip


def publish_to_screen() -> dict[str, Any]:
    """Milliseconds from publishing a value by MQTT until the page holds it."""
    port = next_free_port()
    with plant("published", published(port)) as made, page_of(made) as page:
        page.goto(f"{made.url}/values")
        page.get_by_role("searchbox").fill("bench/")
        sender = threading.Thread(target=publish, args=(port,))
        page.evaluate("""() => {
            window.delays = [];
            let last = "";
            new MutationObserver(() => {
                const shown = document.querySelector(".values .virtual strong")?.textContent ?? "";
                if (shown !== last) window.delays.push(Date.now() - Number((last = shown).replace(/[^0-9]/g, "")));
            }).observe(document.body, {subtree: true, childList: true, characterData: true});
        }""")
        sender.start()
        sender.join()
        page.wait_for_timeout(500)
        delays = sorted(page.evaluate("() => window.delays")[3:])
        return {"measure": "publish to screen", "shown": len(delays), "median_ms": statistics.median(delays),
                "p99_ms": delays[int(len(delays) * 0.99)]}  # fmt: skip


def publish(port: int) -> None:
    """Values that say when they were sent, in milliseconds since the epoch."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for index in range(VALUES):
        client.publish("t/x", json.dumps({"value": int(time.time() * 1000)}))
        time.sleep(GAP_S * (1 + index % 7 / 7))
    client.loop_stop()
    client.disconnect()


def main() -> int:
    """Print each figure as it is known."""
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "load cold": lambda: first_load(20),
        "load 20": lambda: first_load(20, "again"),
        "load 500": lambda: first_load(500, "again"),
        "afar": lambda: panning(1000, False),
        "close": lambda: panning(1000, True),
        "clients": ten_clients,
        "publish": publish_to_screen,
    }
    for name, run in runs.items():
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            print(json.dumps(run()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
