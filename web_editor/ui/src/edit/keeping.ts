// Unsent edits and unsaved text in the browser's storage, so that a reload or a lost engine loses nothing typed.
import type { Batch } from "../logic/pending";
import type { Made } from "./made";

/** Text of the YAML pane that is not saved, and the text it was typed from. */
export type Typed = { text: string; base: string };
/** `etag` is that of the text which the pending edits were made on. */
type Kept = { pending: readonly Batch[]; typed: Typed | null; etag: string | null };
const NOTHING: Kept = { pending: [], typed: null, etag: null };
const key = (flow: string) => `flowengine.unsent.${flow}`;

export function kept(flow: string): Kept {
  try {
    return { ...NOTHING, ...(JSON.parse(localStorage.getItem(key(flow)) ?? "{}") as Partial<Kept>) };
  } catch {
    return NOTHING;
  }
}

export function keep(flow: string, state: Kept): void {
  try {
    if (state.pending.length || state.typed !== null) localStorage.setItem(key(flow), JSON.stringify(state));
    else localStorage.removeItem(key(flow));
  } catch {
    // storage full or refused: the edits still live as long as the page
  }
}

/** One thing that undo takes back. */
export type Step =
  | { kind: "text"; before: string; after: string; made?: Made }
  | { kind: "moves"; back: Batch; forth: Batch };
type Steps = { undo: readonly Step[]; redo: readonly Step[] };
const stepsKey = (flow: string) => `flowengine.steps.${flow}`;
/** Characters; a browser gives a page some five million. */
const MOST_KEPT = 1_000_000;
const saved = new Map<string, Steps>();

/** What could be undone before this tab was loaded again. */
export function keptSteps(flow: string): Steps {
  try {
    const { undo, redo } = JSON.parse(sessionStorage.getItem(stepsKey(flow)) ?? "{}") as Partial<Steps>;
    return { undo: Array.isArray(undo) ? undo : [], redo: Array.isArray(redo) ? redo : [] };
  } catch {
    return { undo: [], redo: [] };
  }
}

/** Keeps the newest steps that fit, over a reload of this tab. */
export function keepSteps(flow: string, { undo, redo }: Steps): void {
  const known = saved.get(flow);
  if (known?.undo === undo && known.redo === redo) return;
  saved.set(flow, { undo, redo });
  try {
    sessionStorage.setItem(stepsKey(flow), JSON.stringify({ undo: newest(undo), redo: newest(redo) }));
  } catch {
    // storage full or refused: undo still lives as long as the page
  }
}

/** The last steps, together no longer than `most` characters. */
export function newest(steps: readonly Step[], most = MOST_KEPT): readonly Step[] {
  let [left, first] = [most, steps.length];
  while (first > 0) {
    const step = steps[first - 1]!;
    left -=
      step.kind === "text"
        ? step.before.length + step.after.length + (step.made?.text.length ?? 0)
        : 200 * (step.back.length + 1);
    if (left < 0) break;
    first--;
  }
  return steps.slice(first);
}
