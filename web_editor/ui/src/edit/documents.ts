// The open flows, and which of them is edited. Reads them; never draws.
import { tellError } from "../state/notices";
import { FlowDocument } from "./document";
import { editor } from "./editor";
import { loadPalette, refreshTypes } from "./nodeTypes";

const documents = new Map<string, FlowDocument>();

export function documentOf(id: string): FlowDocument {
  let document = documents.get(id);
  if (!document) {
    document = new FlowDocument(id, () => void refreshTypes().catch(tellError));
    documents.set(id, document);
  }
  return document;
}

export function openFlow(id: string): void {
  const document = documentOf(id);
  if (editor.get().document !== document)
    editor.set({ document, nodes: new Set(), wire: null, connection: null, opened: new Set(), reveal: null });
  // One after the other: the flow is what the reader waits for.
  void document.load().then(loadPalette);
}

/** Reads again every open flow that has changed elsewhere. */
export function flowChanged(id: string, etag: string, revision: string | null, file_changed: boolean): void {
  const document = documents.get(id);
  const state = document?.store.get();
  if (!document || !state?.flow || state.sending || state.pending.length) return;
  const { flow } = state;
  if (flow.etag !== etag || flow.revision !== revision || flow.file_changed !== file_changed) void document.load();
}
