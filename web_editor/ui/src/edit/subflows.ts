// The selected nodes as a subflow, and an instance of a subflow as its nodes. The engine makes the text; draws nothing.
import { flows } from "../api/calls";
import { ApiError } from "../api/http";
import type { Flow } from "../api/types";
import { reasonText } from "../i18n/reasons";
import { tell, tellError } from "../state/notices";
import { current, editor, mayEdit, nodeById } from "./editor";
import type { Made } from "./made";
import { refreshTypes } from "./nodeTypes";
import { reveal, selectedNode, selectNodes } from "./selection";

/** Puts the selected nodes into a subflow of this name; its instance is then selected. True when that was done. */
export async function makeSubflow(name: string): Promise<boolean> {
  const nodes = [...editor.get().nodes];
  const done = await remade((flow, etag) => flows.extract(flow, nodes, name, etag), { name, nodes });
  if (done) void refreshTypes().catch(tellError);
  return done;
}

/** The selected instance of a subflow, where one is. */
export function selectedInstance(): string | null {
  const node = nodeById(current().graph, selectedNode());
  return node?.subflow ? node.id : null;
}

/** Writes the selected instance out; its nodes are then selected. */
export async function writeOut(): Promise<void> {
  const node = selectedInstance();
  if (node) await remade((flow, etag) => flows.inline(flow, node, etag));
}

/** What has come is selected, and in view. */
async function remade(
  make: (flow: string, etag: string) => Promise<Flow>,
  subflow?: Omit<Made, "text">,
): Promise<boolean> {
  const { document } = editor.get();
  if (!document || !mayEdit()) return false;
  const before = new Set(current().graph?.nodes.map(({ id }) => id));
  try {
    if (!(await document.remake((etag) => make(document.id, etag), subflow))) return false;
  } catch (error) {
    if (error instanceof ApiError && !error.isAway)
      tell(reasonText(error.problem.detail ?? error.problem.title), "error");
    else tellError(error);
    return false;
  }
  const come = (current().graph?.nodes ?? []).filter(({ id }) => !before.has(id)).map(({ id }) => id);
  selectNodes(come);
  if (come[0] !== undefined) reveal(come[0], true);
  return true;
}
