import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api/http";
import { live } from "../src/api/live";
import type { TapMessage } from "../src/api/types";
import { editor } from "../src/edit/editor";
import { show } from "../src/edit/overlays";
import { clearTap, endTap, setPaused, startTap, taps, togglePause } from "../src/panels/tapStore";
import { endTour, startTourOnce, touring } from "../src/shell/tourStore";
import { isAway } from "../src/state/away";
import { close, notices, tell, tellError } from "../src/state/notices";
import { isOther, tellWhere } from "../src/state/people";
import { applyTheme, prefer, preferences } from "../src/state/preferences";
import { go } from "../src/state/route";
import { sessions } from "../src/state/session";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("notices", () => {
  beforeEach(() => notices.set({ items: [] }));
  it("go by themselves when all is well, and stay when something is wrong", () => {
    tell("saved");
    tell("not saved", "error");
    vi.advanceTimersByTime(60_000);
    expect(notices.get().items.map(({ text }) => text)).toEqual(["not saved"]);
    close(notices.get().items[0]!.id);
    expect(notices.get().items).toEqual([]);
  });
  it("say the same once, and are four at most", () => {
    for (const text of ["a", "a", "b", "c", "d", "e"]) tell(text, "error");
    expect(notices.get().items.map(({ text }) => text)).toEqual(["b", "c", "d", "e"]);
  });
  it("of our own faults go to the console too, answers of the engine do not", () => {
    const console_ = vi.spyOn(console, "error").mockReturnValue();
    tellError(new ApiError({ type: "urn:flowengine:refused", title: "no", status: 422 }));
    expect(console_).not.toHaveBeenCalled();
    tellError(new TypeError("undefined is no function"));
    tellError("text");
    expect(console_).toHaveBeenCalledTimes(2);
    expect(notices.get().items.map(({ text, kind }) => [text, kind])).toEqual([
      ["no", "error"],
      ["undefined is no function", "error"],
      ["text", "error"],
    ]);
  });
});

describe("preferences", () => {
  it("last as long as the page where storage is refused", () => {
    vi.stubGlobal("localStorage", {
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    prefer({ left_px: 300 });
    expect(preferences.get().left_px).toBe(300);
  });
  it("are kept in one place, and say the theme to the page", () => {
    const written = vi.fn();
    vi.stubGlobal("localStorage", { setItem: written });
    vi.stubGlobal("document", { documentElement: { dataset: {} } });
    prefer({ theme: "dark" });
    expect(JSON.parse(written.mock.lastCall![1] as string)).toMatchObject({ theme: "dark", left_px: 300 });
    applyTheme();
    expect(document.documentElement.dataset).toEqual({ theme: "dark" });
    prefer({ theme: null });
    applyTheme();
    expect(document.documentElement.dataset).toEqual({});
  });
});

describe("the tour", () => {
  it("comes once by itself", () => {
    prefer({ toured: false });
    startTourOnce();
    expect(touring.get().step).toBe(0);
    endTour();
    startTourOnce();
    expect(touring.get().step).toBeNull();
  });
});

describe("the engine", () => {
  it("is away when it was there and the socket is lost, not before it was there", () => {
    const state = { connected: false, ever: false, retry_at_ms: 0, attempt: 3 };
    expect(isAway(state)).toBe(false);
    expect(isAway({ ...state, ever: true })).toBe(true);
    expect(isAway({ ...state, ever: true, connected: true })).toBe(false);
  });
});

describe("people", () => {
  it("are others when they have another name", () => {
    sessions.set({ session: { user: { name: "ann", role: "viewer" } } as never });
    expect(isOther({ name: "ann" } as never)).toBe(false);
    expect(isOther({ name: "bob" } as never)).toBe(true);
  });
  it("hear which node of which flow is looked at, of one that is selected alone", () => {
    const told = vi.spyOn(live, "tell").mockReturnValue();
    vi.stubGlobal("history", { pushState: () => undefined });
    go({ screen: "flow", flow: "hall" });
    const document = { id: "hall", store: { get: () => ({}), watch: () => () => undefined } } as never;
    editor.set({ document, nodes: new Set(["a"]) });
    tellWhere();
    expect(told).toHaveBeenLastCalledWith("hall", "a");
    editor.set({ nodes: new Set(["a", "b"]) });
    tellWhere();
    expect(told).toHaveBeenLastCalledWith("hall", "");
    go({ screen: "alarms" });
    tellWhere();
    expect(told).toHaveBeenLastCalledWith("", "");
    editor.set({ document: null, nodes: new Set() });
  });
});

describe("what lies over the editor", () => {
  it("is one thing at a time", () => {
    show("deploy");
    show("help");
    expect(editor.get().overlay).toBe("help");
    show(null);
    expect(editor.get().overlay).toBeNull();
  });
});

describe("a tap", () => {
  const message = (id: string) => ({ id, node: "a" }) as unknown as TapMessage;
  it("shows what arrived ten times a second at most, and what it left out", () => {
    const stopped = vi.fn();
    const subscribed = vi.spyOn(live, "subscribe").mockReturnValue(stopped);
    startTap({ flow: "hall", node: "a" });
    const handlers = subscribed.mock.lastCall![2] as never as Record<string, (data: unknown) => void>;
    handlers["snapshot"]!({});
    expect(taps.get()).toMatchObject({ running: true, listening: true });
    handlers["delta"]!({ messages: [message("1")] });
    handlers["delta"]!({ messages: [message("2")] });
    expect(taps.get().tap.rows).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(taps.get().tap.rows.map(({ id }) => id)).toEqual(["2", "1"]);
    handlers["dropped"]!(7);
    expect(taps.get().tap.left_out).toBe(7);

    togglePause();
    handlers["delta"]!({ messages: [message("3")] });
    vi.advanceTimersByTime(100);
    expect(taps.get().tap.rows).toHaveLength(2);
    setPaused(false);
    expect(taps.get().tap.rows).toHaveLength(3);
    clearTap();
    expect(taps.get().tap.rows).toEqual([]);

    startTap({ flow: "hall", node: "b" });
    expect(stopped).toHaveBeenCalledTimes(1); // one tap at a time
    endTap("the flow was stopped");
    expect(taps.get()).toMatchObject({ running: false, ended: "the flow was stopped" });
    expect(stopped).toHaveBeenCalledTimes(2);
  });
});
