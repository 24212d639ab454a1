// Unsent edits and unsaved text in the browser's storage, so that a reload or a lost engine loses nothing typed.
import type { Batch } from "../logic/pending";

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
