// The file of a subflow that was made of nodes, while undo and redo walk over the step that made it. Draws nothing.
import { flows } from "../api/calls";
import { isKind } from "../api/http";
import type { Flow } from "../api/types";

/** A subflow, the nodes that it was made of and the text that it began with. */
export type Made = { name: string; nodes: readonly string[]; text: string };

/** Removes the file, unless somebody has changed it since or a flow uses it: the engine knows those. */
export async function takeBack({ name, text }: Made): Promise<void> {
  const file = await present(name);
  if (file?.text !== text) return;
  try {
    await flows.remove(name, file.etag);
  } catch (error) {
    if (!isKind(error, "refused") && !isKind(error, "changed")) throw error;
  }
}

/** The flow with the subflow made once more; null where its file has stayed, so that the text alone will do. */
export async function makeAgain({ name, nodes }: Made, flow: string, etag: string): Promise<Flow | null> {
  try {
    return await flows.extract(flow, nodes, name, etag);
  } catch (error) {
    if (isKind(error, "exists")) return null;
    throw error;
  }
}

async function present(name: string): Promise<Flow | null> {
  try {
    return await flows.read(name);
  } catch (error) {
    if (isKind(error, "not-found")) return null;
    throw error;
  }
}
