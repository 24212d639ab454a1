"""Every screen of the editor and how a person gets there. What is done with it is in `pictures`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.plant import PASSWORD, Plant

Prepare = Callable[[Page, Plant], None]
WIDE, EVERYWHERE = ("light", "dark"), ("light", "dark", "phone")


class Screen(NamedTuple):
    """One screen; `prepare` leads from its address to what is to be seen."""

    name: str
    title: str
    path: str
    prepare: Prepare
    looks: tuple[str, ...] = EVERYWHERE
    role: str = "admin"


def _seen(selector: str) -> Prepare:
    return lambda page, _plant: expect(page.locator(selector).first).to_be_visible()


def _node(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def _canvas(page: Page, _plant: Plant) -> None:
    expect(page.locator(".react-flow__node").first).to_contain_text("●")


def _settings(page: Page, plant: Plant) -> None:
    _canvas(page, plant)
    _node(page, "too_hot")
    expect(page.get_by_label("Raises when")).to_be_visible()


def _node_on_phone(page: Page, _plant: Plant) -> None:
    page.get_by_role("treeitem").filter(has_text="too_hot").tap()
    expect(page.get_by_role("dialog")).to_be_visible()


def _text(page: Page, _plant: Plant) -> None:
    page.get_by_role("tab", name="Problems").click()
    page.get_by_role("tab", name="YAML").click()
    expect(page.locator(".cm-lintRange, .cm-lint-marker").first).to_be_visible()


def _help(page: Page, plant: Plant) -> None:
    _canvas(page, plant)
    _node(page, "too_hot")
    page.get_by_role("tab", name="Help").click()
    expect(page.locator("[data-panel=docs] pre")).to_be_visible()


def _draft(plant: Plant, old: str, new: str) -> None:
    flow = plant.call("GET", "flows/hall")
    if new not in flow["text"]:
        plant.call("PUT", "flows/hall", {"text": flow["text"].replace(old, new)}, If_Match=flow["etag"])


def _discard(plant: Plant) -> None:
    flow = plant.call("GET", "flows/hall")
    if flow["dirty"]:
        plant.call("POST", "flows/hall/discard", {}, If_Match=flow["etag"])


def _deploy(page: Page, plant: Plant) -> None:
    _draft(plant, "count: 20", "count: 50")
    _canvas(page, plant)
    page.keyboard.press("Control+d")
    expect(page.get_by_role("dialog").locator(".diff .added")).to_be_visible()


def _clash(page: Page, plant: Plant) -> None:
    _discard(plant)
    _canvas(page, plant)
    _node(page, "too_hot")
    expect(page.get_by_label("Priority")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Priority").select_option("low")
    _draft(plant, "priority: high", "priority: critical")
    page.context.set_offline(False)
    expect(page.get_by_role("dialog", name="Changed by two people")).to_be_visible()


def _revisions(page: Page, plant: Plant) -> None:
    _discard(plant)
    _canvas(page, plant)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("revisions")
    page.keyboard.press("Enter")
    page.get_by_role("row").last.get_by_role("button", name="Compare").click()
    expect(page.locator(".diff .removed").first).to_be_visible()


def _tap(node: str, bytes_too: bool) -> Prepare:
    def prepare(page: Page, plant: Plant) -> None:
        _canvas(page, plant)
        _node(page, node)
        page.get_by_role("button", name="Tap", exact=True).click()
        if bytes_too:
            expect(page.get_by_text("Waiting for messages")).to_be_visible()
            plant.call("POST", "flows/hall/nodes/notes/inject", {"payload": "AQMCAOvZAAECrb7v", "encoding": "base64"})
        expect(page.locator(".message").first).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        page.locator(".message").first.click()
        if bytes_too:
            page.get_by_role("button", name="Hex").click()

    return prepare


def _messages_on_phone(page: Page, _plant: Plant) -> None:
    page.get_by_role("main").get_by_label("Flow").select_option("hall")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".message").nth(3)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.locator(".message").first.click()


def _inject(page: Page, plant: Plant) -> None:
    _canvas(page, plant)
    _node(page, "commands")
    page.get_by_role("button", name="Send a test message").click()
    page.get_by_label("Payload").fill('{"do": "purge"}')


def _trends(page: Page, _plant: Plant) -> None:
    expect(page.locator("#trend-keys option")).not_to_have_count(0)
    for key in ("c1/temp", "c2/temp", "c1/level"):
        page.get_by_label("Add a point").fill(key)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="10 min").click()
    expect(page.locator(".u-legend")).to_contain_text("c1/level")


def _alarm_history(page: Page, _plant: Plant) -> None:
    page.get_by_role("listitem").first.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog")).to_contain_text("raised")


def _letter(page: Page, _plant: Plant) -> None:
    page.get_by_role("row").filter(has_text="hall/commands").first.get_by_role("button", name="Open").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _commands(page: Page, plant: Plant) -> None:
    _canvas(page, plant)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()


def _sign_in(page: Page, _plant: Plant) -> None:
    page.context.clear_cookies()
    page.reload()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)


SCREENS = (
    Screen("canvas", "A running flow", "/flow/hall", _canvas, WIDE),
    Screen("settings", "The settings of a node, made from its schema", "/flow/hall", _settings, WIDE),
    Screen("help", "Help and example of a node", "/flow/hall", _help, WIDE),
    Screen("yaml", "The text of a flow with what is wrong in it, and the problems", "/flow/halls", _text, WIDE),
    Screen("deploy", "Before a deploy: the difference and what restarts", "/flow/hall", _deploy, WIDE),
    Screen("clash", "Two people changed the same node", "/flow/hall", _clash, WIDE),
    Screen("revisions", "Revisions, compared with what runs, and the way back", "/flow/hall", _revisions, WIDE),
    Screen("tap", "A tap: a message as a tree", "/flow/hall", _tap("usable", False), WIDE),
    Screen("hex", "A tap: bytes in hexadecimal", "/flow/hall", _tap("notes", True), WIDE),
    Screen("inject", "A test message", "/flow/hall", _inject, WIDE),
    Screen("commands", "Commands by name", "/flow/hall", _commands, WIDE),
    Screen("flow", "A flow as a list, for operators and phones", "/flow/hall", _seen("[role=treeitem]"), ("phone",)),
    Screen("node", "A node on a phone", "/flow/hall", _node_on_phone, ("phone",)),
    Screen("messages", "Messages on a phone", "/messages", _messages_on_phone, ("phone",)),
    Screen("page", "A page that a flow offers", "/page/hall/hall", _seen(".chart canvas"), role="operator"),
    Screen("values", "The newest value of each point", "/values", _seen(".values .grid-row strong"), role="operator"),
    Screen("trends", "Curves", "/trends", _trends, role="operator"),
    Screen("alarms", "Alarms", "/alarms", _seen("[role=listitem], main li"), role="operator"),
    Screen("alarm-history", "What happened to an alarm", "/alarms", _alarm_history, role="operator"),
    Screen("problems", "What is wrong", "/problems", _seen("main .pane")),
    Screen("engine", "The engine: rates, lag, memory, queues, spools", "/engine", _seen("h2")),
    Screen("dead-letters", "Messages that were refused", "/dead-letters", _seen("td")),
    Screen("dead-letter", "One of them", "/dead-letters", _letter),
    Screen("log", "The log", "/log", _seen("td")),
    Screen("access", "Users, and tokens of programs", "/access", _seen("td")),
    Screen("audit", "Who changed what", "/audit", _seen("td")),
    Screen("sign-in", "Signing in", "/", _sign_in),
    Screen("first-start", "The first start", "", _seen("h1")),
)
