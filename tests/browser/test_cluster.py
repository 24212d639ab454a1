"""Two workers of a cluster in Chromium: who runs what, a worker that is drained, a screen that outlives its worker."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from flowengine.store.accounts import Accounts
from tests.browser.axe import check_axe
from tests.browser.conftest import Console
from tests.browser.plant import PASSWORD
from tests.servers.nats import NatsCluster
from tests.servers.ports import next_free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
FLOW = """flow: hall
title: Hall
nodes:
  tick: {type: inject, every: 200ms, payload: 21, to: [keep, shown]}
  keep: {type: rtdb_write, key: hall/temp}
  shown: {type: log, level: debug, durable: {max: 10MiB}}
"""


class Box(NamedTuple):
    """One worker, as a process."""

    process: subprocess.Popen[bytes]
    url: str


@pytest.fixture(scope="module")
def boxes(one_nats: NatsCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Box]]:
    """`w1` and `w2` with a stage each; the users of `w1` are those of both."""
    folder = tmp_path_factory.mktemp("cluster")
    servers = ["--nats", one_nats.urls, "--replicas", "1", "--name-space", f"b{uuid.uuid4().hex[:8]}"]
    (folder / "hall.yaml").write_text(FLOW)
    flowengine = [sys.executable, "-m", "flowengine"]
    subprocess.run([*flowengine, "deploy", "hall.yaml", *servers], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    accounts = Accounts(folder / "w1")
    accounts.add_user("olga", PASSWORD, "operator")
    accounts.add_user("ines", PASSWORD, "integrator")
    accounts.close()
    with ExitStack() as stack:
        made = [_worker(stack, folder, name, flowengine, servers) for name in ("w1", "w2")]
        for name in ("w1", "w2"):
            log = folder / f"{name}.log"
            wait_until(lambda log=log: b"took hall" in log.read_bytes(), says=log.read_text)
        yield made


def _worker(stack: ExitStack, folder: Path, name: str, flowengine: list[str], servers: list[str]) -> Box:
    log, port = folder / f"{name}.log", next_free_port()
    command = [*flowengine, "worker", "--name", name, "--data", name, "--listen", f"127.0.0.1:{port}", *servers]
    process = subprocess.Popen(
        command, cwd=folder, stdout=stack.enter_context(log.open("ab")), stderr=subprocess.STDOUT
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return Box(process, f"http://127.0.0.1:{port}")


@pytest.fixture
def page(context: Callable[..., BrowserContext], console: Console) -> Page:
    """Of one person, who is not logged in yet."""
    page = context().new_page()
    console.listen(page)
    return page


def log_in(page: Page, box: Box, name: str, path: str) -> None:
    page.goto(f"{box.url}{path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.timeout(240)
def test_a_worker_is_drained_at_the_other_after_its_plan_is_shown(page: Page, boxes: list[Box]) -> None:
    log_in(page, boxes[0], "ines", "/engine")
    workers = page.get_by_role("region", name="Cluster")
    expect(workers.get_by_role("row", name=re.compile("w1.*this one.*works"))).to_be_visible()
    stages = page.get_by_role("region", name="Stages")
    expect(stages.get_by_role("row", name=re.compile(r"hall (shown|tick) 0 w2 "))).to_have_count(1)
    page.get_by_role("row", name=re.compile("w2.*works")).get_by_role("button", name="Drain").click()
    plan = page.get_by_role("dialog", name="Drain w2?")
    expect(plan.get_by_role("row", name=re.compile(r"hall (shown|tick) 0 w1"))).to_have_count(1)
    check_axe(page)
    plan.get_by_role("button", name="Drain").click()
    expect(workers.get_by_role("row", name=re.compile("w2.*drained"))).to_be_visible()
    expect(stages.get_by_role("row", name=re.compile(r"hall (shown|tick) 0 w1 "))).to_have_count(2)


@pytest.mark.timeout(240)
def test_an_operators_screen_goes_on_at_the_other_worker_when_its_own_is_killed(
    page: Page, boxes: list[Box], console: Console
) -> None:
    console.allowed += ["WebSocket connection", "Failed to load resource", "ERR_"]
    log_in(page, boxes[1], "olga", "/values")
    row = page.get_by_role("button", name="hall/temp")
    expect(row).to_contain_text("21")
    wait_until(lambda: boxes[0].url in (page.evaluate("localStorage.getItem('flowengine.workers')") or ""))
    boxes[1].process.kill()
    page.wait_for_url(f"{boxes[0].url}/values", timeout=60_000)
    expect(row).to_contain_text("21")
    expect(page.get_by_text("does not answer")).to_have_count(0)
