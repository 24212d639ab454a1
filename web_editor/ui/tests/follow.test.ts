import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followWorkers, others, PATIENCE_MS, remember } from "../src/state/follow";
import { createStore } from "../src/state/store";

const here = "http://box1:8880";
const there = "http://box2:8880";

class Kept implements Pick<Storage, "getItem" | "setItem"> {
  private readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
}

describe("the list of workers", () => {
  it("keeps one that is away, and only what a browser can go to", () => {
    const storage = new Kept() as unknown as Storage;
    remember([{ url: `${here}/` }, { url: `${there}/` }], storage);
    remember([{ url: `${here}/` }, { url: "" }, { url: "javascript:alert(1)" }], storage);
    expect(others(here, storage)).toEqual([there]);
    storage.setItem("flowengine.workers", '"no list"');
    expect(others(here, storage)).toEqual([]);
  });
});

describe("a screen whose worker is silent", () => {
  const storage = new Kept();
  const state = createStore({ connected: true, ever: true, retry_at_ms: 0, attempt: 0 });
  const assign = vi.fn();
  const place = { origin: here, pathname: "/page/hall/main", search: "?a=1", assign };
  let living: string[] = [];
  let may = true;
  let stop: () => void = () => undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("localStorage", storage);
    remember([{ url: here }, { url: "http://witness:8880" }, { url: there }]);
    state.set({ connected: true });
    assign.mockClear();
    may = true;
    living = [there];
    stop = followWorkers(
      () => may,
      state,
      place,
      (url) => Promise.resolve(living.includes(url)),
    );
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("goes on at the first other one that answers, on the same page", async () => {
    state.set({ connected: false });
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(assign).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(assign.mock.calls).toEqual([[`${there}/page/hall/main?a=1`]]);
  });
  it("stays where its own comes back in time", async () => {
    state.set({ connected: false });
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    state.set({ connected: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(assign).not.toHaveBeenCalled();
  });
  it("asks again while nobody answers, and leaves nothing behind that is not sent", async () => {
    living = [];
    state.set({ connected: false });
    await vi.advanceTimersByTimeAsync(PATIENCE_MS + 500);
    may = false;
    living = [there];
    await vi.advanceTimersByTimeAsync(5000);
    expect(assign).not.toHaveBeenCalled();
    may = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(assign).toHaveBeenCalledOnce();
  });
});
