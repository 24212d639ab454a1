import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, it, vi } from "vitest";
import { live } from "../src/api/live";
import { showTap } from "../src/panels/showTap";
import { bottom } from "../src/state/bottom";
import { go, route } from "../src/state/route";
import { useWide } from "../src/state/wide";

function Room() {
  return createElement("p", null, String(useWide()));
}

function onScreen(matches: boolean): void {
  vi.stubGlobal("history", { pushState: () => undefined });
  vi.stubGlobal("matchMedia", () => ({ matches }));
  vi.spyOn(live, "subscribe").mockReturnValue(() => undefined);
  go({ screen: "flow", flow: "hall" });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("shows a tap below the canvas where there is room", () => {
  onScreen(true);
  showTap({ flow: "hall", node: "a" });
  expect(route()).toEqual({ screen: "flow", flow: "hall" });
  expect(bottom.get().tab).toBe("messages");
});

it("shows a tap on its own screen on a phone", () => {
  onScreen(false);
  showTap({ flow: "hall", node: "a" });
  expect(route()).toEqual({ screen: "messages" });
});

it("knows whether there is room when a page is first drawn", () => {
  for (const wide of [true, false]) {
    onScreen(wide);
    expect(renderToStaticMarkup(createElement(Room))).toBe(`<p>${wide}</p>`);
  }
});
