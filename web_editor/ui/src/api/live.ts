// The one WebSocket: subscriptions that outlive a lost connection. Knows topics, not what is done with their data.
import { parseJson } from "../logic/digits";
import { createStore } from "../state/store";
import type { ClientMessage, Filter, Problem, ServerMessage, Topic, TopicData } from "./types";

export type Handlers<T extends Topic> = {
  snapshot(data: TopicData[T]): void;
  delta(data: TopicData[T]): void;
  dropped?(count: number): void;
  ended?(reason: string): void;
  failed?(problem: Problem): void;
};
type Subscription = { topic: Topic; filter?: Filter; max_rate?: number; handlers: Handlers<Topic> };
type Wire = Pick<WebSocket, "send" | "close" | "readyState"> & {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
};

export type LiveState = { connected: boolean; ever: boolean; retry_at_ms: number; attempt: number };

const BACKOFF_MS = [250, 500, 1000, 2000, 5000] as const;
// The engine pings every 15 s: silence for longer than this is a dead connection that the browser has not noticed.
const SILENCE_MS = 45_000;

export class Live {
  readonly state = createStore<LiveState>({ connected: false, ever: false, retry_at_ms: 0, attempt: 0 });
  private at = { flow: "", node: "" };
  private socket: Wire | null = null;
  private wanted = false;
  private next = 1;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly subscriptions = new Map<number, Subscription>();

  constructor(private readonly open: () => Wire) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    this.socket?.close();
    this.socket = null;
    this.state.set({ connected: false, ever: false, attempt: 0 });
  }

  /** Subscribes until the returned function is called; a new connection subscribes again by itself. */
  subscribe<T extends Topic>(topic: T, filter: Filter, handlers: Handlers<T>, max_rate?: number): () => void {
    const id = this.next++;
    const subscription = {
      topic,
      filter,
      handlers: handlers as unknown as Handlers<Topic>,
      ...(max_rate ? { max_rate } : {}),
    };
    this.subscriptions.set(id, subscription);
    this.sendSubscription(id, subscription);
    return () => {
      if (this.subscriptions.delete(id)) this.send({ op: "unsubscribe", id });
    };
  }

  /** Tells the others where this person is; a new connection tells it again by itself. */
  tell(flow: string, node: string): void {
    if (this.at.flow === flow && this.at.node === node) return;
    this.at = { flow, node };
    this.send({ op: "here", ...this.at });
  }

  /** Tries again now instead of waiting for the next attempt. */
  reconnectNow(): void {
    if (this.wanted && !this.socket) this.connect();
  }

  private connect(): void {
    clearTimeout(this.retry);
    const socket = this.open();
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event: MessageEvent) => this.received(String(event.data));
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
    this.listen();
  }

  private opened(): void {
    this.listen();
    this.state.set({ connected: true, ever: true, attempt: 0 });
    if (this.at.flow) this.send({ op: "here", ...this.at });
    for (const [id, subscription] of this.subscriptions) this.sendSubscription(id, subscription);
  }

  private lost(): void {
    this.socket = null;
    clearTimeout(this.silence);
    if (!this.wanted) return;
    const { attempt } = this.state.get();
    const wait = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]! * (0.75 + Math.random() / 2);
    this.state.set({ connected: false, attempt: attempt + 1, retry_at_ms: Date.now() + wait });
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      this.lost();
      socket?.close();
    }, SILENCE_MS);
  }

  private received(frame: string): void {
    this.listen();
    for (const message of parseJson(frame) as ServerMessage[]) this.handle(message);
  }

  private handle(message: ServerMessage): void {
    if (message.op === "ping") {
      this.send({ op: "pong", at_ms: message.at_ms });
      return;
    }
    if (!("id" in message) || message.id === null) return;
    const handlers = this.subscriptions.get(message.id)?.handlers;
    if (!handlers) return;
    if (message.op === "snapshot") handlers.snapshot(message.data);
    else if (message.op === "delta") handlers.delta(message.data);
    else if (message.op === "dropped") handlers.dropped?.(message.count);
    else if (message.op === "ended") handlers.ended?.(message.reason);
    else handlers.failed?.(message.problem);
  }

  private sendSubscription(id: number, { topic, filter, max_rate }: Subscription): void {
    this.send({ op: "subscribe", id, topic, ...(filter ? { filter } : {}), ...(max_rate ? { max_rate } : {}) });
  }

  private send(message: ClientMessage): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }
}

function address(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`;
}

export const live = new Live(() => new WebSocket(address()) as unknown as Wire);
