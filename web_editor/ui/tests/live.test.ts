import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Live } from "../src/api/live";

class Socket {
  static all: Socket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() {
    Socket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  accept() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(...messages: unknown[]) {
    this.onmessage?.({ data: JSON.stringify(messages) });
  }
}

describe("Live", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    Socket.all = [];
  });
  afterEach(() => void vi.useRealTimers());
  const started = () => {
    const live = new Live(() => new Socket() as never);
    live.start();
    return { live, socket: () => Socket.all.at(-1)! };
  };
  const nothing = { snapshot: () => undefined, delta: () => undefined };

  it("subscribes when it is connected, and again after each new connection", () => {
    const { live, socket } = started();
    live.subscribe("values", { search: "t" }, nothing);
    expect(socket().sent).toEqual([]);
    socket().accept();
    const wanted = { op: "subscribe", id: 1, topic: "values", filter: { search: "t" } };
    expect(socket().sent).toEqual([wanted]);
    socket().close();
    expect(live.state.get()).toMatchObject({ connected: false, ever: true });
    vi.advanceTimersByTime(1000);
    socket().accept();
    expect(Socket.all).toHaveLength(2);
    expect(socket().sent).toEqual([wanted]);
  });

  it("lives through a year of restarts with one socket, one timer and what was subscribed", () => {
    const { live, socket } = started();
    live.subscribe("alarms", {}, nothing);
    const DAY_MS = 86_400_000;
    for (let day = 0; day < 365; day++) {
      socket().accept();
      for (let ping = 0; ping < 5; ping++) {
        vi.advanceTimersByTime(15_000);
        socket().say({ op: "ping", at_ms: 0 });
      }
      expect(live.state.get().connected).toBe(true);
      socket().close();
      vi.advanceTimersByTime(day % 7 === 0 ? DAY_MS / 24 : 400);
      if (day % 7 === 0) expect(live.state.get().attempt).toBeGreaterThan(5);
      while (socket().readyState !== 0) vi.advanceTimersByTime(1000);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(2);
      Socket.all = [socket()];
    }
    socket().accept();
    expect(socket().sent).toEqual([{ op: "subscribe", id: 1, topic: "alarms", filter: {} }]);
  });

  it("gives a connection that took long to open the whole time until its first message", () => {
    const { live, socket } = started();
    vi.advanceTimersByTime(44_000);
    socket().accept();
    vi.advanceTimersByTime(15_000);
    expect(live.state.get().connected).toBe(true);
  });

  it("gives every message of a frame to the one who asked", () => {
    const { live, socket } = started();
    const got: string[] = [];
    live.subscribe(
      "log",
      {},
      {
        snapshot: () => got.push("snapshot"),
        delta: () => got.push("delta"),
        dropped: (count) => got.push(`dropped ${count}`),
        ended: (reason) => got.push(reason),
      },
    );
    socket().accept();
    socket().say(
      { op: "snapshot", id: 1, data: {} },
      { op: "delta", id: 1, data: {} },
      { op: "delta", id: 99, data: {} },
      { op: "dropped", id: 1, count: 7 },
      { op: "ended", id: 1, reason: "expired" },
    );
    expect(got).toEqual(["snapshot", "delta", "dropped 7", "expired"]);
  });

  it("answers pings and leaves when told", () => {
    const { live, socket } = started();
    const leave = live.subscribe("log", {}, nothing);
    socket().accept();
    socket().say({ op: "ping", at_ms: 5 });
    leave();
    leave();
    expect(socket().sent.slice(1)).toEqual([
      { op: "pong", at_ms: 5 },
      { op: "unsubscribe", id: 1 },
    ]);
  });

  it("takes a long silence for a lost connection", () => {
    const { live, socket } = started();
    socket().accept();
    vi.advanceTimersByTime(46_000);
    expect(live.state.get().connected || Socket.all.length > 1).toBe(true);
    expect(Socket.all.length).toBeGreaterThan(1);
  });

  it("waits longer between attempts, and not at all when it is hurried", () => {
    const { live, socket } = started();
    for (let i = 0; i < 6; i++) {
      socket().close();
      vi.advanceTimersByTime(7000);
    }
    const before = Socket.all.length;
    socket().close();
    vi.advanceTimersByTime(1000);
    expect(Socket.all).toHaveLength(before);
    live.reconnectNow();
    expect(Socket.all).toHaveLength(before + 1);
  });

  it("stays away after it was stopped", () => {
    const { live, socket } = started();
    socket().accept();
    live.stop();
    vi.advanceTimersByTime(60_000);
    expect(Socket.all).toHaveLength(1);
    expect(live.state.get().connected).toBe(false);
  });
});
