// Edits that the engine has not taken yet, in order. Pure.
import type { Operation } from "../api/types";

/** What one gesture of a person does: sent, undone and refused as a whole. */
export type Batch = readonly Operation[];

/** The queue with one more batch; an unsent batch that the new one makes pointless (same key, same node) is replaced. */
export function queued(batches: readonly Batch[], next: Batch, sending: boolean): Batch[] {
  const last = batches.at(-1);
  const unsent = last !== undefined && !(sending && batches.length === 1);
  if (unsent && sameTarget(last) !== null && sameTarget(last) === sameTarget(next))
    return [...batches.slice(0, -1), next];
  return [...batches, next];
}

function sameTarget(batch: Batch): string | null {
  const targets = batch.map((operation) => {
    if (operation.op === "set") return `set ${operation.path.join("/")}`;
    return operation.op === "move" ? `move ${operation.node}` : null;
  });
  return targets.includes(null) ? null : targets.join(" ");
}

export const onlyMoves = (batch: Batch) => batch.every((operation) => operation.op === "move");
