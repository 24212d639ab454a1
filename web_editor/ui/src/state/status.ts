// The live numbers of one flow's nodes and wires, outside React: per-message React state is what makes editors crawl.
// Never talks to the network and never renders; it tells those who draw what to draw again.
import type { NodeRow, StatusDelta, StatusSnapshot, WireRow } from "../api/types";
import { outersOf, outerWire } from "../logic/inplace";

export type NodeStatus = { state: 0 | 1 | 2 | 3 | 4; rate: number; errors: number; text: string };
export type WireStatus = { rate: number; depth: number; limit: number; full_in_s: number | null; unit: "KiB" | null };
export const UNKNOWN: NodeStatus = { state: 0, rate: 0, errors: 0, text: "" };

/** Numbers are shown four times a second, states at once: that is as fast as an eye reads either. */
export const NUMBERS_EVERY_MS = 250;

type Listener = () => void;

export class StatusStore {
  readonly nodes = new Map<string, NodeStatus>();
  readonly wires = new Map<string, WireStatus>();
  /** Rises with each change of any state, of which `watchStates` tells. */
  version = 0;
  /** Rows taken in, and rows the server says it left out. */
  handled = 0;
  dropped = 0;
  private nodeIds: string[] = [];
  /** What runs inside each subflow node, and which running wires each wire to or from one stands for. */
  private inside = new Map<string, string[]>();
  private bundles = new Map<string, string[]>();
  private wireIds: string[] = [];
  private readonly nodeListeners = new Map<string, Set<Listener>>();
  private readonly wireListeners = new Map<string, Set<Listener>>();
  private readonly stateListeners = new Set<Listener>();
  private readonly changedNodes = new Set<string>();
  private readonly changedWires = new Set<string>();

  snapshot(data: Partial<StatusSnapshot>): void {
    this.nodes.clear();
    this.wires.clear();
    this.nodeIds = data.nodes ?? [];
    this.wireIds = data.wires ?? [];
    this.inside = grouped(this.nodeIds, outersOf);
    this.bundles = grouped(this.wireIds, (id) => [outerWire(id) ?? []].flat());
    this.delta(data);
    for (const id of this.nodeListeners.keys()) this.changedNodes.add(id);
    for (const id of this.wireListeners.keys()) this.changedWires.add(id);
    this.moveOn();
    this.flushNumbers();
  }

  delta(data: StatusDelta): void {
    for (const row of data.n ?? []) this.takeNode(row);
    for (const row of data.w ?? []) this.takeWire(row);
    for (const [id, members] of this.inside) this.sumNode(id, members);
    for (const [id, members] of this.bundles) this.sumWire(id, members);
  }

  clear(): void {
    this.snapshot({});
  }

  /** Whether the engine runs this node; only then there is something to hear of it. */
  runs(id: string): boolean {
    return this.nodeIds.includes(id) || this.inside.has(id);
  }

  carries(wire: string): boolean {
    return this.wireIds.includes(wire) || this.bundles.has(wire);
  }

  /** The engine is away: of no node and no wire anything is known until the next snapshot. */
  lost(): void {
    for (const node of this.nodes.values()) Object.assign(node, { state: 4, rate: 0, errors: 0, text: "" });
    this.wires.clear();
    for (const id of this.nodeListeners.keys()) this.changedNodes.add(id);
    for (const id of this.wireListeners.keys()) this.changedWires.add(id);
    this.moveOn();
    this.flushNumbers();
  }

  /** Tells every attached listener whose numbers changed since the last time. */
  flushNumbers(): void {
    notify(this.changedNodes, this.nodeListeners);
    notify(this.changedWires, this.wireListeners);
  }

  watchNode(id: string, listener: Listener): () => void {
    return attach(this.nodeListeners, id, listener);
  }

  watchWire(id: string, listener: Listener): () => void {
    return attach(this.wireListeners, id, listener);
  }

  watchStates(listener: Listener): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }

  private takeNode([index, state, rate, errors, text]: NodeRow): void {
    const id = this.nodeIds[index];
    if (id === undefined) return;
    this.handled++;
    const known = this.nodes.get(id);
    if (!known) {
      this.nodes.set(id, { state, rate, errors, text: text ?? "" });
      this.stateChanged(id);
      return;
    }
    const turned = known.state !== state;
    known.state = state;
    known.rate = rate;
    known.errors = errors;
    if (text !== undefined) known.text = text;
    if (turned) this.stateChanged(id);
    else this.changedNodes.add(id);
  }

  /** A subflow node: as bad as the worst inside, as busy as the busiest. */
  private sumNode(id: string, members: readonly string[]): void {
    const all = members.flatMap((member) => this.nodes.get(member) ?? []);
    const state = Math.max(0, ...all.map((item) => item.state)) as NodeStatus["state"];
    const turned = this.nodes.get(id)?.state !== state;
    this.nodes.set(id, {
      state,
      rate: Math.max(0, ...all.map(({ rate }) => rate)),
      errors: all.reduce((sum, { errors }) => sum + errors, 0),
      text: "",
    });
    if (turned) this.stateChanged(id);
    else this.changedNodes.add(id);
  }

  private sumWire(id: string, members: readonly string[]): void {
    const all = members.flatMap((member) => this.wires.get(member) ?? []);
    const fullest = all.reduce<WireStatus | null>(
      (most, wire) => (most === null || wire.depth > most.depth ? wire : most),
      null,
    );
    if (fullest) this.wires.set(id, { ...fullest, rate: all.reduce((sum, { rate }) => sum + rate, 0) });
    this.changedWires.add(id);
  }

  private takeWire([index, rate, depth, limit, full_in_s, unit]: WireRow): void {
    const id = this.wireIds[index];
    if (id === undefined) return;
    this.handled++;
    this.wires.set(id, {
      rate,
      depth: depth ?? 0,
      limit: limit ?? 0,
      full_in_s: full_in_s ?? null,
      unit: unit ?? null,
    });
    this.changedWires.add(id);
  }

  private moveOn(): void {
    this.version++;
    for (const listener of this.stateListeners) listener();
  }

  private stateChanged(id: string): void {
    this.moveOn();
    this.changedNodes.delete(id);
    this.nodeListeners.get(id)?.forEach((listener) => listener());
  }
}

function grouped(ids: readonly string[], groupsOf: (id: string) => string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const id of ids) for (const group of groupsOf(id)) groups.set(group, [...(groups.get(group) ?? []), id]);
  return groups;
}

function attach(all: Map<string, Set<Listener>>, id: string, listener: Listener): () => void {
  const own = all.get(id) ?? new Set<Listener>();
  all.set(id, own.add(listener));
  return () => {
    own.delete(listener);
    if (own.size === 0 && all.get(id) === own) all.delete(id);
  };
}

function notify(changed: Set<string>, all: Map<string, Set<Listener>>): void {
  for (const id of changed) all.get(id)?.forEach((listener) => listener());
  changed.clear();
}

/** ok to 60 %, warn to 85 %, error above; 0 where there is no queue. */
export function fillState({ depth, limit }: WireStatus): 0 | 1 | 2 | 3 {
  if (limit <= 0) return 0;
  const share = depth / limit;
  return share > 0.85 ? 3 : share > 0.6 ? 2 : 1;
}
