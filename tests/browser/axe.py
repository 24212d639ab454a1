"""What axe-core (WCAG 2.2 AA and best practice) says about a page. Drives nothing."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "web_editor/ui/node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    (rule) => rule.id + ": " + rule.nodes.map((node) => node.html.slice(0, 160) + node.failureSummary).join(" | "))"""


def check_axe(page: Page) -> None:
    """Fail when axe-core finds anything."""
    if not page.evaluate("() => 'axe' in window"):
        # Not a script element: the page's own security policy forbids scripts from elsewhere.
        page.evaluate(AXE.read_text())
    found = page.evaluate(RUN)
    assert found == [], f"{page.url}\n" + "\n".join(found)
