import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Role } from "../src/api/types";
import { type Command, SCREENS, screenName, useCommands } from "../src/dialogs/commands";
import { editor } from "../src/edit/editor";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { route } from "../src/state/route";
import { sessions } from "../src/state/session";
import { createStore } from "../src/state/store";
import { graphOf } from "./graphs";

/** What the command palette offers to a role. */
function offered(role: Role, open = true): Command[] {
  const store = createStore({ graph: open ? graphOf(["a"], []) : null });
  sessions.set({ session: { user: { name: "a", role } } as never });
  editor.set({ document: { id: "hall", store, undo: vi.fn() } as never, nodes: new Set(["a"]), overlay: null });
  renderToStaticMarkup(createElement(Palette));
  return found;
}

let found: Command[] = [];
function Palette() {
  found = useCommands();
  return null;
}

describe("commands", () => {
  beforeEach(() => {
    use("en", en);
    vi.stubGlobal("history", { pushState: () => undefined });
  });
  afterEach(() => {
    editor.set({ document: null, nodes: new Set(), overlay: null });
    vi.unstubAllGlobals();
  });

  it("that change a flow are for those who may, with a flow open", () => {
    const keys = (role: Role, open = true) => offered(role, open).flatMap(({ key }) => key ?? []);
    expect(keys("integrator")).toEqual(expect.arrayContaining(["A", "W", "F2", "Del", "Ctrl+Z", "Ctrl+D"]));
    expect(keys("viewer")).not.toContain("Ctrl+D");
    expect(keys("integrator", false)).not.toContain("Ctrl+D");
  });
  it("open the screens that a role may see", () => {
    const screens = (role: Role) => {
      const names = offered(role, false).map(({ name }) => name);
      return SCREENS.filter(([screen]) => names.some((name) => name.endsWith(screenName(screen)))).length;
    };
    expect(screens("viewer")).toBeLessThan(screens("operator"));
    expect(screens("operator")).toBeLessThan(screens("admin"));
    expect(screens("admin")).toBe(SCREENS.length);
  });
  it("have a name each, and do what they say", () => {
    const all = offered("admin");
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(all.every(({ name }) => name.trim() !== "")).toBe(true);
    all.find(({ name }) => name.endsWith(screenName("audit")))!.run();
    expect(route().screen).toBe("audit");
  });
});
