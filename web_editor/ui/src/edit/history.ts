// Steps of one open flow, back and forth: texts, and places that were dragged. What an edit is stands in document.ts.
import { flows } from "../api/calls";
import type { Flow } from "../api/types";
import type { Batch } from "../logic/pending";
import { tellError } from "../state/notices";
import type { Store } from "../state/store";
import type { Step } from "./keeping";
import { makeAgain, takeBack } from "./made";

type TextStep = Extract<Step, { kind: "text" }>;
type Steps = { flow: Flow | null; undo: readonly Step[]; redo: readonly Step[] };

/** What the history needs of the flow that it is of. */
export type Stepped = {
  readonly id: string;
  readonly store: Pick<Store<Steps>, "get" | "set">;
  settled(): Promise<boolean>;
  take(flow: Flow): void;
  writeText(mine: string, base: string, remember?: boolean): Promise<boolean>;
};

export class History {
  /** `onTypes` is called when a subflow has come or gone with a step. */
  constructor(
    private readonly document: Stepped,
    private readonly onTypes: () => void,
  ) {}

  async undo(): Promise<void> {
    if (!(await this.document.settled())) return;
    const { undo, redo } = this.document.store.get();
    const step = undo.at(-1);
    if (!step) return;
    const done = step.kind === "text" ? await this.back(step) : await this.sendMoves(step.back);
    if (done) this.document.store.set({ undo: undo.slice(0, -1), redo: [...redo, step] });
  }

  async redo(): Promise<void> {
    if (!(await this.document.settled())) return;
    const { undo, redo } = this.document.store.get();
    const step = redo.at(-1);
    if (!step) return;
    const done = step.kind === "text" ? await this.again(step) : await this.sendMoves(step.forth);
    if (done) this.document.store.set({ redo: redo.slice(0, -1), undo: [...undo, step] });
  }

  private async back({ before, after, made }: TextStep): Promise<boolean> {
    const done = await this.document.writeText(before, after, false);
    if (done && made) await this.withFile(() => takeBack(made));
    return done;
  }

  private async again({ before, after, made }: TextStep): Promise<boolean> {
    const flow =
      made && (await this.withFile(() => makeAgain(made, this.document.id, this.document.store.get().flow!.etag)));
    if (flow) this.document.take(flow);
    return flow ? true : this.document.writeText(after, before, false);
  }

  /** Whatever becomes of the file of a subflow, the types are others then. */
  private async withFile<T>(change: () => Promise<T>): Promise<T | null> {
    try {
      return await change();
    } catch (error) {
      tellError(error);
      return null;
    } finally {
      this.onTypes();
    }
  }

  /** A step that was done; what could be redone is gone with it. */
  remember(step: Step): void {
    this.document.store.set({ undo: [...this.document.store.get().undo, step], redo: [] });
  }

  private async sendMoves(batch: Batch): Promise<boolean> {
    const { flow } = this.document.store.get();
    try {
      this.document.take(await flows.change(this.document.id, [...batch], flow!.etag));
      return true;
    } catch (error) {
      tellError(error);
      return false;
    }
  }
}
