// One open flow: the text the engine holds, the edits it has not taken yet, undo and redo. No rendering.
import { flows } from "../api/calls";
import { ApiError } from "../api/http";
import { live } from "../api/live";
import type { Flow, Graph, Merged, Operation } from "../api/types";
import { layout, type Place } from "../logic/layout";
import { applyOperations, changedNodes, touchedNodes } from "../logic/operations";
import { type Batch, onlyMoves, queued } from "../logic/pending";
import { tellError } from "../state/notices";
import { createStore } from "../state/store";
import { History } from "./history";
import { keep, keepSteps, kept, keptSteps, type Step, type Typed } from "./keeping";
import type { Made } from "./made";

const RETRY_MS = 3000;

export type Clash =
  | { kind: "operations"; batch: Batch; before: string | null; theirs: Flow; nodes: string[] }
  | { kind: "text"; mine: string; merged: Merged; theirs: Flow };

export type DocumentState = {
  flow: Flow | null;
  graph: Graph | null; // the flow's, with the pending edits applied
  places: ReadonlyMap<string, Place>;
  pending: readonly Batch[];
  sending: boolean;
  typed: Typed | null;
  clash: Clash | null;
  undo: readonly Step[];
  redo: readonly Step[];
  missing: boolean;
};

export class FlowDocument {
  readonly store = createStore<DocumentState>({
    flow: null,
    graph: null,
    places: new Map(),
    pending: [],
    sending: false,
    typed: null,
    clash: null,
    undo: [],
    redo: [],
    missing: false,
  });
  private structure = "";
  private keptEtag: string | null;
  private readonly history: History;

  /** `onTypes` is called when a subflow has come or gone with a step. */
  constructor(
    readonly id: string,
    onTypes: () => void = () => undefined,
  ) {
    const { pending, typed, etag } = kept(id);
    this.keptEtag = etag;
    this.history = new History(this, onTypes);
    this.store.set({ pending, typed, ...keptSteps(id) });
    this.store.watch(() => keepSteps(id, this.store.get()));
    live.state.watch(() => live.state.get().connected && void this.send());
  }

  async load(): Promise<void> {
    try {
      this.arrived(await flows.read(this.id));
      void this.send();
    } catch (error) {
      if (error instanceof ApiError && error.kind === "not-found") this.store.set({ missing: true });
      else if (!(error instanceof ApiError && error.isAway)) tellError(error);
    }
  }

  /** Shows the edit at once and sends it; what cannot be sent is kept, over a reload of the page too. */
  apply(operations: Operation[]): void {
    if (operations.length === 0) return;
    const { pending, sending } = this.store.get();
    this.setPending(queued(pending, operations, sending));
    void this.send();
  }

  nodeIds(): string[] {
    return this.store.get().graph?.nodes.map(({ id }) => id) ?? [];
  }

  /** Waits until everything typed so far has been taken, refused or cannot be sent. */
  async settled(): Promise<boolean> {
    while (this.store.get().sending) await new Promise((resolve) => setTimeout(resolve, 20));
    await this.send();
    return this.store.get().pending.length === 0 && this.store.get().clash === null;
  }

  /** Saves a whole text; where the engine's has moved on, merges by node first. True when it was saved. */
  async writeText(mine: string, base: string, remember = true): Promise<boolean> {
    const before = this.store.get().flow;
    if (!before || mine === before.text) return before !== null;
    this.store.set({ sending: true });
    try {
      const flow = before.text === base ? await this.putOrNull(mine, before.etag) : null;
      const saved = flow ?? (await this.mergeText(mine, base));
      if (!saved) return false;
      this.take(saved);
      if (remember) this.history.remember({ kind: "text", before: base, after: saved.text });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError && error.isAway)) tellError(error);
      return false;
    } finally {
      this.store.set({ sending: false });
    }
  }

  /** Takes what another text changed since `base` into this one, by node. True when nothing was in conflict. */
  async mergeIn(other: string, base: string): Promise<boolean> {
    const before = this.store.get().flow!.text;
    const merged = await this.mergeText(other, base);
    if (!merged) return false;
    this.take(merged);
    this.history.remember({ kind: "text", before, after: merged.text });
    return true;
  }

  undo(): Promise<void> {
    return this.history.undo();
  }

  redo(): Promise<void> {
    return this.history.redo();
  }

  /** The draft goes, and what was deployed is the text again; undo brings the draft back. */
  discard(): Promise<boolean> {
    return this.remake((etag) => flows.discard(this.id, etag));
  }

  /** Takes what the engine makes of the whole text, once every edit has got there; undo takes that back in one step,
   * with the file of a subflow that was made so. */
  async remake(make: (etag: string) => Promise<Flow>, subflow?: Omit<Made, "text">): Promise<boolean> {
    if (!(await this.settled())) return false;
    const before = this.store.get().flow!;
    const flow = await make(before.etag);
    this.take(flow);
    const made = subflow && { ...subflow, text: (await flows.read(subflow.name)).text };
    this.history.remember({ kind: "text", before: before.text, after: flow.text, ...(made ? { made } : {}) });
    return true;
  }

  keepTyped(typed: Typed | null): void {
    this.store.set({ typed });
    this.keep();
  }

  /** Ends a conflict of operations: `mine` applies them to the present text on purpose, else they are dropped. */
  settleOperations(mine: boolean): void {
    const { clash, pending } = this.store.get();
    if (clash?.kind !== "operations") return;
    this.store.set({ clash: null });
    this.setPending(mine ? pending : pending.slice(1));
    this.take(clash.theirs);
    void this.send();
  }

  take(flow: Flow): void {
    this.store.set({ flow, missing: false });
    this.show();
  }

  private setPending(pending: readonly Batch[]): void {
    this.store.set({ pending });
    this.keep();
    this.show();
  }

  private keep(): void {
    const { pending, typed, flow } = this.store.get();
    keep(this.id, { pending, typed, etag: flow?.etag ?? this.keptEtag });
  }

  /** Edits that waited for this text were made on another one: then a person decides, for we cannot tell what they saw. */
  private arrived(flow: Flow): void {
    const { pending, flow: known } = this.store.get();
    const stale = pending.length > 0 && (known?.etag ?? this.keptEtag ?? flow.etag) !== flow.etag;
    if (stale && known) return; // sending finds out which nodes have changed
    if (stale)
      this.store.set({
        clash: {
          kind: "operations",
          batch: pending[0]!,
          before: null,
          theirs: flow,
          nodes: [...touchedNodes(pending.flat())],
        },
      });
    this.take(flow);
  }

  private show(): void {
    const { flow, pending } = this.store.get();
    if (!flow?.graph) {
      this.store.set({ graph: null });
      return;
    }
    const graph = applyOperations(flow.graph, pending.flat());
    const structure = JSON.stringify([
      graph.nodes.map((node) => [node.id, node.ports.length, node.position]),
      graph.wires.map((wire) => wire.id),
    ]);
    if (structure !== this.structure) this.store.set({ graph, places: layout(graph) });
    else this.store.set({ graph });
    this.structure = structure;
  }

  private async send(): Promise<void> {
    const { sending, flow } = this.store.get();
    if (sending || !flow) return;
    this.store.set({ sending: true });
    try {
      while (this.store.get().pending.length && !this.store.get().clash)
        await this.sendOne(this.store.get().pending[0]!);
    } catch (error) {
      if (!(error instanceof ApiError && error.isAway)) this.refuse(error);
      else setTimeout(() => void this.send(), RETRY_MS); // the live socket may not have noticed anything
    } finally {
      this.store.set({ sending: false });
    }
  }

  private async sendOne(batch: Batch): Promise<void> {
    const before = this.store.get().flow!;
    try {
      const flow = await flows.change(this.id, [...batch], before.etag);
      this.store.set({ flow });
      this.history.remember(
        onlyMoves(batch)
          ? { kind: "moves", back: backMoves(batch, before), forth: batch }
          : { kind: "text", before: before.text, after: flow.text },
      );
      this.setPending(this.store.get().pending.slice(1));
    } catch (error) {
      if (!(error instanceof ApiError && error.kind === "changed")) throw error;
      await this.catchUp(batch, before);
    }
  }

  /** Somebody else was first: go on when they changed other nodes, else ask. */
  private async catchUp(batch: Batch, before: Flow): Promise<void> {
    const theirs = await flows.read(this.id);
    const touched = touchedNodes(batch);
    const changed = before.graph && theirs.graph ? changedNodes(before.graph, theirs.graph) : touched;
    const nodes = [...touched].filter((id) => changed.has(id));
    if (nodes.length) this.store.set({ clash: { kind: "operations", batch, before: before.text, theirs, nodes } });
    else this.take(theirs);
  }

  private refuse(error: unknown): void {
    this.setPending(this.store.get().pending.slice(1));
    tellError(error);
    void Promise.resolve().then(() => this.send());
  }

  private async putOrNull(text: string, etag: string): Promise<Flow | null> {
    try {
      return await flows.write(this.id, text, etag);
    } catch (error) {
      if (error instanceof ApiError && error.kind === "changed") return null;
      throw error;
    }
  }

  private async mergeText(mine: string, base: string): Promise<Flow | null> {
    const theirs = await flows.read(this.id);
    const merged = await flows.merge(this.id, base, mine);
    if (merged.clean) return flows.write(this.id, merged.text, theirs.etag);
    this.store.set({ clash: { kind: "text", mine, merged, theirs } });
    return null;
  }
}

function backMoves(batch: Batch, before: Flow): Batch {
  const known = new Map(before.graph?.nodes.map((node) => [node.id, node.position]));
  return batch.flatMap((operation) =>
    operation.op === "move" ? [{ ...operation, position: known.get(operation.node) ?? null }] : [],
  );
}
