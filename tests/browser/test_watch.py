"""Watching what runs: taps, injected messages, live values, trends, alarms, the engine, dead letters, the log."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console, Open
from tests.browser.plant import Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
FLOWS = ("hall",)


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("/flow/hall")
    expect(page.locator(".react-flow__node")).to_have_count(11)
    return page


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def tap_quiet(page: Page, id: str) -> None:
    """Tap a node that says nothing by itself; return when the engine listens."""
    select(page, id)
    page.get_by_role("button", name="Tap", exact=True).click()
    expect(page.get_by_text("Waiting for messages")).to_be_visible()


def test_a_node_is_tapped_filtered_paused_and_a_message_unfolded(page: Page) -> None:
    select(page, "usable")
    page.get_by_role("button", name="Tap", exact=True).click()
    rows = page.locator(".message")
    expect(rows.first).to_contain_text("usable")
    page.get_by_label("Condition").fill('meta.signal == "level"')
    page.get_by_label("Condition").press("Enter")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Start").click()
    expect(rows).not_to_have_count(0)
    expect(page.locator(".message", has_text="temp")).to_have_count(0)
    page.locator(".canvas").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("held back")).to_be_visible()
    rows.first.click()
    expect(page.locator(".message-detail .json").first).to_contain_text("value")
    check_axe(page)


def test_of_a_message_that_several_nodes_told_only_the_row_is_unfolded_that_was_clicked(open_page: Open) -> None:
    page = open_page("/messages", "operator")
    page.get_by_role("button", name="Start").click()
    rows = page.locator(".message")
    expect(rows.nth(8)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    rows.first.click()
    expect(page.locator(".message-detail")).to_have_count(1)
    check_axe(page)


def test_a_message_is_injected_seen_as_text_only_and_sent_again(page: Page) -> None:
    tap_quiet(page, "commands")
    page.get_by_role("button", name="Send a test message").click()
    page.get_by_label("Payload").fill('{"do": "<img src=x onerror=alert(1)>", "n": 9007199254740993}')
    check_axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Send a test message").click()
    row = page.locator(".message", has_text="onerror")
    expect(row).to_have_count(1)
    row.click()
    expect(page.locator(".message-detail .number", has_text="9007199254740993")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(row).to_have_count(2)
    expect(row.first).to_contain_text("9007199254740993")
    assert page.locator("img[src=x]").count() == 0


def test_a_wire_is_tapped_and_bytes_are_read_as_hex(page: Page) -> None:
    # a wire is thin, and a click on it must not depend on where it is drawn
    page.get_by_role("group", name="Wire from commands to notes").focus()
    page.keyboard.press("Enter")
    properties = page.get_by_role("tabpanel", name="Properties")
    expect(properties).to_contain_text("commands")
    properties.get_by_role("button", name="Tap", exact=True).click()
    expect(page.get_by_text("Waiting for messages")).to_be_visible()
    select(page, "commands")
    page.get_by_role("button", name="Send a test message").click()
    page.get_by_label("Payload").fill('{"do": "fill"}')
    page.get_by_role("dialog").get_by_role("button", name="Send a test message").click()
    expect(page.locator(".message", has_text="fill")).to_be_visible()
    tap_quiet(page, "notes")
    page.get_by_role("button", name="Send a test message").click()
    page.get_by_role("dialog").get_by_label("As").select_option("base64")
    page.get_by_label("Payload").fill("3q2+7wA=")
    page.get_by_role("dialog").get_by_role("button", name="Send a test message").click()
    page.locator(".message").filter(has=page.get_by_text("5 B", exact=True)).click()
    page.get_by_role("button", name="Hex").click()
    expect(page.locator(".hex")).to_contain_text("de ad be ef 00")
    check_axe(page)


def test_huge_payloads_are_cut_with_their_size(page: Page, plant: Plant) -> None:
    tap_quiet(page, "commands")
    plant.inject("hall", "commands", {"do": "x" * 200_000})
    row = page.locator(".message", has_text="KiB")
    expect(row).to_be_visible()
    row.click()
    expect(page.locator(".message-detail")).to_contain_text("cut")


def test_live_values_are_searched_and_show_their_trend(page: Page) -> None:
    page.get_by_role("tab", name="Live values").click()
    panel = page.get_by_role("tabpanel", name="Live values")
    expect(panel.get_by_text("4 points")).to_be_visible()
    expect(panel.get_by_role("button", name="c1/temp")).to_contain_text("good")
    check_axe(page)
    panel.get_by_label("Find a point").fill("c2/te")
    expect(panel.get_by_text("1 point")).to_be_visible()
    panel.get_by_role("button", name="c2/temp").click()
    expect(page.get_by_role("dialog").locator(".chart canvas")).to_be_visible()
    expect(page.get_by_role("dialog").locator("p.sr")).to_contain_text("c2/temp: ")
    check_axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Trends").click()
    expect(page.locator("#trend-keys option")).to_have_count(4)
    for key in ("c1/temp", "c2/temp"):
        page.get_by_label("Add a point").fill(key)
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove c2/temp")).to_be_visible()
    expect(page.locator(".u-legend")).to_contain_text("c1/temp")


def test_a_trend_reaches_back_over_a_restart_of_the_engine(open_page: Open, plant: Plant, console: Console) -> None:
    console.allowed = ["503", "ERR_CONNECTION", "WebSocket"]
    page = open_page("/trends", "viewer")
    expect(page.locator("#trend-keys option")).to_have_count(4)
    page.get_by_label("Add a point").fill("c1/level")
    legend = page.locator(".u-legend")
    expect(legend).to_contain_text("c1/level")
    expect(page.get_by_text("from memory")).to_be_visible()
    page.get_by_role("button", name="6 h").click()
    expect(legend.locator(".u-value").nth(1)).not_to_have_text("–")
    check_axe(page)
    plant.stop()
    plant.start()
    expect(page.locator(".statusbar")).to_contain_text("Connected")
    expect(page.get_by_text("from history")).to_be_visible()
    page.mouse.move(700, 300)
    for word in ("Time", "least", "greatest"):
        expect(legend).to_contain_text(word)


def test_alarms_are_acknowledged_shelved_commented_and_remembered(open_page: Open) -> None:
    page = open_page("/alarms", "operator")
    row = page.get_by_role("listitem").filter(has_text="c1 is too hot")
    expect(row).to_contain_text("active, not acknowledged")
    expect(row).to_contain_text("limit: above 8 °C")
    expect(page.locator(".alarmbar")).to_contain_text("high")
    check_axe(page)
    row.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Comment").fill("fan is on its way")
    check_axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    expect(row).to_contain_text("active, acknowledged")
    expect(row).to_contain_text("acknowledged by operator")
    row.get_by_role("button", name="Shelve").click()
    page.get_by_label("For how long").select_option("30m")
    page.get_by_label("Reason").fill("defrosting")
    page.get_by_role("dialog").get_by_role("button", name="Shelve").click()
    expect(row).to_contain_text("shelved by operator until")
    row.get_by_role("button", name="Unshelve").click()
    page.get_by_role("dialog").get_by_role("button", name="Unshelve").click()
    expect(row).not_to_contain_text("shelved by")
    row.get_by_role("button", name="Comment").click()
    page.get_by_role("textbox", name="Comment").fill("looked at it")
    page.get_by_role("dialog").get_by_role("button", name="Comment").click()
    row.get_by_role("button", name="History").click()
    for word in ("raised", "acknowledged", "fan is on its way", "defrosting", "looked at it", "operator"):
        expect(page.get_by_role("dialog")).to_contain_text(word)
    check_axe(page)


def test_several_alarms_are_acknowledged_at_once_and_a_narrow_screen_shows_cards(open_page: Open) -> None:
    page = open_page("/alarms", "operator", viewport={"width": 768, "height": 700})
    row = page.get_by_role("listitem").filter(has_text="c2 is too hot")
    title = row.locator(".alarm-what strong").bounding_box()
    assert title is not None and title["height"] < 24
    page.get_by_role("checkbox", name="Select c2 is too hot").check()
    page.get_by_role("button", name="Acknowledge 1 alarm").click()
    expect(row).to_contain_text("acknowledged by operator")


def test_a_trend_fills_the_window_and_is_moved_scaled_and_saved(open_page: Open) -> None:
    page = open_page("/trends", "viewer")
    expect(page.locator("#trend-keys option")).to_have_count(4)
    page.get_by_label("Add a point").fill("c1/temp")
    page.keyboard.press("Enter")
    chart = page.locator(".chart canvas")
    expect(chart).to_be_visible()
    page.wait_for_function("() => document.querySelector('.chart canvas').clientHeight > 500")
    page.locator(".u-over").hover()
    page.mouse.wheel(0, -300)
    expect(page.get_by_role("button", name="Back to now")).to_be_visible()
    page.get_by_role("button", name="Wider").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert saved.value.path().read_text().startswith("time,c1/temp")
    check_axe(page)
    page.get_by_role("button", name="Back to now").click()
    expect(page.get_by_role("button", name="Back to now")).to_have_count(0)


def test_a_trend_shows_limits_and_alarms_and_is_measured_by_touch_and_keys(open_page: Open) -> None:
    page = open_page("/trends?keys=c1%2Ftemp", "viewer", has_touch=True)
    told = page.get_by_role("list", name="Limits and alarms")
    expect(told).to_contain_text("c1 is too hot: above 8 °C")
    expect(told).to_contain_text(re.compile("c1 is too hot: active since"))
    page.get_by_role("button", name="Measure").tap()
    first, second = (page.get_by_role("slider", name=f"Cursor {name}") for name in "AB")
    between = page.get_by_role("table", name="Between the cursors")
    expect(between).to_contain_text("Δt =")
    expect(between.get_by_role("row", name="c1/temp")).to_contain_text("°C")
    before = first.get_attribute("aria-valuenow")
    first.focus()
    page.keyboard.press("Home")
    expect(first).not_to_have_attribute("aria-valuenow", before or "")
    box, there = page.locator(".u-over").bounding_box(), second.get_attribute("aria-valuenow")
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    expect(second).not_to_have_attribute("aria-valuenow", there or "")
    check_axe(page)
    page.get_by_role("button", name="Measure").tap()
    expect(between).to_have_count(0)


def test_an_alarm_leads_to_its_curve_and_a_filter_is_kept(open_page: Open) -> None:
    page = open_page("/alarms", "operator")
    row = page.get_by_role("listitem").filter(has_text="c1 is too hot")
    expect(row).to_contain_text("limit: above 8 °C")
    row.get_by_role("button", name="Trend").click()
    expect(page.get_by_role("dialog", name="c1/temp").locator("canvas")).to_be_visible()
    check_axe(page)
    page.keyboard.press("Escape")
    page.get_by_label("Priority").select_option("critical")
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Save this filter").click()
    page.get_by_label("Name").fill("worst")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(page.url.partition("?")[0])
    expect(row).to_be_visible()
    page.get_by_label("Saved filters").select_option("worst")
    expect(row).to_have_count(0)


def test_the_engine_page_shows_rates_lag_memory_and_queues(open_page: Open) -> None:
    page = open_page("/engine", "viewer")
    expect(page.get_by_role("heading", name="Memory")).to_be_visible()
    expect(page.locator(".widget", has_text="Messages")).to_contain_text("/s")
    expect(page.get_by_role("region", name="Flows")).to_contain_text("running")
    expect(page.get_by_role("region", name="Queues").get_by_role("row", name="hall/said")).to_contain_text("block")
    expect(page.get_by_role("region", name="Spools on disk").get_by_role("row", name="hall/batch")).to_contain_text(
        "/ 8 MiB"
    )
    check_axe(page)


def test_dead_letters_are_read_given_back_and_thrown_away(open_page: Open, plant: Plant) -> None:
    for number in range(3):
        plant.inject("hall", "commands", {"number": number})
    wait_until(lambda: len(plant.call("GET", "dead-letters?flow=hall")["items"]) >= 3)
    page = open_page("/dead-letters")
    rows = page.get_by_role("row").filter(has_text="hall/commands")
    expect(rows).to_have_count(3)
    check_axe(page)
    rows.first.get_by_role("button", name="Open").click()
    expect(page.get_by_role("dialog")).to_contain_text("do")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Give all back (3)").click()
    page.get_by_role("dialog").get_by_role("button", name="Give back").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("3 messages given back.")
    page.get_by_role("button", name="Refresh").click()
    expect(rows).to_have_count(3)
    rows.first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Throw away (1)").click()
    page.get_by_role("dialog").get_by_role("button", name="Throw away").click()
    expect(rows).to_have_count(2)


def test_the_log_is_filtered(open_page: Open, plant: Plant) -> None:
    page = open_page("/log", "viewer")
    plant.inject("hall", "notes", "hello out there")
    page.get_by_label("Text in the log").fill("out there")
    expect(page.get_by_role("row").filter(has_text="hello out there")).to_be_visible()
    check_axe(page)
