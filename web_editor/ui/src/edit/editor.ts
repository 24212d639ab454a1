// What is open and selected in the editor, and the gestures on it. The one place that turns gestures into operations.
import { type ComponentType, useEffect } from "react";
import { onceBack } from "../api/back";
import { catalog, flows } from "../api/calls";
import type { Graph, GraphNode, Json, NodeTypes, Operation, Palette, Path } from "../api/types";
import type { FormProps } from "../forms/Form";
import { freeName } from "../logic/find";
import { freeSpot, type Place } from "../logic/layout";
import { reach } from "../logic/operations";
import { tellError } from "../state/notices";
import { may } from "../state/session";
import { createStore, useStore } from "../state/store";
import { type DocumentState, FlowDocument } from "./document";

export type RightTab = "properties" | "yaml" | "docs";
export type Overlay =
  | "commands"
  | "search"
  | "deploy"
  | "revisions"
  | "help"
  | "add"
  | "wire"
  | "rename"
  | "newFlow"
  | "import"
  | "inject"
  | null;
type State = {
  document: FlowDocument | null;
  nodes: ReadonlySet<string>; // selected
  wire: string | null; // selected
  right: RightTab;
  overlay: Overlay;
  addAt: Place | null; // where quick-add puts the node
  docs: string | null; // type shown in the docs when no node is selected
  connection: string | null; // shown in the properties instead of a node
  palette: Palette | null;
  types: NodeTypes | null; // with schemas: read when a form, the docs or the text need them
  form: ComponentType<FormProps> | null; // what draws them: comes with the types
  line: { number: number } | null; // the YAML pane scrolls here when this changes
  opened: ReadonlySet<string>; // subflow nodes shown with what is inside
  inner: ReadonlyMap<string, Graph>; // the flows they stand for
  reveal: { node: string; focus: boolean } | null; // the canvas brings it into view when this changes
};

export const editor = createStore<State>({
  document: null,
  nodes: new Set(),
  wire: null,
  right: "properties",
  overlay: null,
  addAt: null,
  docs: null,
  connection: null,
  palette: null,
  types: null,
  form: null,
  line: null,
  opened: new Set(),
  inner: new Map(),
  reveal: null,
});
const documents = new Map<string, FlowDocument>();

export function documentOf(id: string): FlowDocument {
  let document = documents.get(id);
  if (!document) {
    document = new FlowDocument(id);
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

async function loadPalette(): Promise<void> {
  if (editor.get().palette) return;
  try {
    editor.set({ palette: await onceBack(catalog.palette) });
    setTimeout(() => void askForTypes(), TYPES_AFTER_MS);
  } catch (error) {
    tellError(error);
  }
}

/** Forms must work when the engine has gone away meanwhile; nothing on the first screen needs them. */
const TYPES_AFTER_MS = 2000;
let asking = false;

async function askForTypes(): Promise<void> {
  if (asking || editor.get().types) return;
  asking = true;
  try {
    const types = await onceBack(catalog.nodeTypes);
    const { Form } = await import("../forms/Form");
    editor.set({ types, form: Form });
  } catch (error) {
    tellError(error);
  } finally {
    asking = false;
  }
}

/** All that is known of the types; null until it has been read, which asking for it begins. */
export function useTypes(): NodeTypes | null {
  useEffect(() => void askForTypes(), []);
  return useEditor((state) => state.types);
}

/** The node types once they are there: who is quicker than the engine's answer waits for it instead of getting nothing. */
export function typesKnown(): Promise<NodeTypes> {
  void askForTypes();
  return new Promise((resolve) => {
    const look = () => {
      const { types } = editor.get();
      if (!types) return;
      stop();
      resolve(types);
    };
    const stop = editor.watch(look);
    look();
  });
}

/** Reads again every open flow that has changed elsewhere. */
export function flowChanged(id: string, etag: string, revision: string | null, file_changed: boolean): void {
  const document = documents.get(id);
  const state = document?.store.get();
  if (!document || !state?.flow || state.sending || state.pending.length) return;
  const { flow } = state;
  if (flow.etag !== etag || flow.revision !== revision || flow.file_changed !== file_changed) void document.load();
}

const EMPTY_STATE: DocumentState = new FlowDocument("-").store.get();
export const current = (): DocumentState => editor.get().document?.store.get() ?? EMPTY_STATE;
export const useEditor = <S>(pick: (state: State) => S) => useStore(editor, pick);
const nowhere = new FlowDocument("-").store;

export function useDocument<S>(pick: (state: DocumentState) => S): S {
  const document = useStore(editor, (state) => state.document);
  return useStore(document?.store ?? nowhere, pick);
}

export const mayEdit = () => may("integrator");
export const show = (overlay: Overlay) => editor.set({ overlay });
export const apply = (operations: Operation[]) => {
  if (mayEdit()) editor.get().document?.apply(operations);
};

export const nodeById = (graph: Graph | null, id: string | null | undefined): GraphNode | null =>
  graph?.nodes.find((node) => node.id === id) ?? null;
export const typeOf = <Kind extends { type: string }>(
  types: { nodes: readonly Kind[] } | null,
  name: string | undefined,
): Kind | null => types?.nodes.find((type) => type.type === name) ?? null;

export function selectNodes(ids: Iterable<string>): void {
  const next = new Set(ids);
  const { nodes } = editor.get();
  if (next.size === nodes.size && [...next].every((id) => nodes.has(id))) {
    editor.set({ wire: null, connection: null });
    return;
  }
  editor.set({ nodes: next, wire: null, connection: null });
}

export const selectWire = (wire: string | null) => editor.set({ wire, nodes: new Set(), connection: null });
export const selectedNode = (): string | null => {
  const { nodes } = editor.get();
  return nodes.size === 1 ? [...nodes][0]! : null;
};

export const reveal = (node: string, focus = false) => editor.set({ reveal: { node, focus } });
export function showNode(node: string): void {
  selectNodes([node]);
  reveal(node, true);
}
export const showLine = (number: number) => editor.set({ right: "yaml", line: { number } });

/** Opens a subflow node in place, or closes it again. */
export async function toggleInside({ id, subflow }: GraphNode): Promise<void> {
  const opened = new Set(editor.get().opened);
  if (opened.delete(id) || subflow === null) return editor.set({ opened });
  try {
    const { graph } = await flows.read(subflow);
    if (graph)
      editor.set({
        inner: new Map(editor.get().inner).set(subflow, graph),
        opened: new Set(editor.get().opened).add(id),
      });
  } catch (error) {
    tellError(error);
  }
}

export function selectAll(): void {
  selectNodes(current().graph?.nodes.map((node) => node.id) ?? []);
}

export function selectReach(direction: "up" | "down"): void {
  const { graph } = current();
  const start = [...editor.get().nodes];
  if (graph) selectNodes([...start, ...start.flatMap((id) => [...reach(graph, id, direction)])]);
}

export function setValue(path: Path, value: Json | undefined): void {
  apply([value === undefined ? { op: "delete", path } : { op: "set", path, value }]);
}

/** Adds a node of a type, wired from the selected node when both fit; the new node is selected. */
export function addNode(type: string, at: Place | null, wireFromSelection = true): void {
  const { graph, places } = current();
  const found = typeOf(editor.get().palette, type);
  if (!graph || !mayEdit()) return;
  const id = freeName(type, new Set(graph.nodes.map((node) => node.id)));
  const source = wireFromSelection ? nodeById(graph, selectedNode()) : null;
  const port = source?.ports[0];
  const wire: Operation[] = source && port && found?.input ? [{ op: "wire", from: source.id, port, to: id }] : [];
  const operations: Operation[] = [
    { op: "add", path: ["nodes", id], value: { type }, ...(at ? { position: at } : {}) },
    ...wire,
  ];
  if (!at && wire.length === 0) Object.assign(operations[0]!, { position: freeSpot(places, null) });
  apply(operations);
  selectNodes([id]);
  editor.set({ right: "properties" });
}

export function deleteSelected(): void {
  const { nodes, wire } = editor.get();
  const found = current().graph?.wires.find(({ id }) => id === wire);
  if (found) apply([{ op: "unwire", from: found.from, port: found.port, to: found.to }]);
  else apply([...nodes].map((id) => ({ op: "delete", path: ["nodes", id] })));
  editor.set({ nodes: new Set(), wire: null });
}

export function moveNodes(places: ReadonlyMap<string, Place>): void {
  apply(
    [...places].map(([node, { x, y }]) => ({ op: "move", node, position: { x: Math.round(x), y: Math.round(y) } })),
  );
}

export function nudgeSelected(dx: number, dy: number): void {
  const { places } = current();
  moveNodes(
    new Map(
      [...editor.get().nodes].flatMap((id) => {
        const place = places.get(id);
        return place ? [[id, { x: place.x + dx, y: place.y + dy }] as const] : [];
      }),
    ),
  );
}

export function layOutAgain(): void {
  const moved = current().graph?.nodes.filter((node) => node.position !== null) ?? [];
  apply(moved.map((node) => ({ op: "move", node: node.id, position: null })));
}

export function connect(from: string, port: string, to: string): void {
  const target = nodeById(current().graph, to);
  if (target?.input && from !== to) apply([{ op: "wire", from, port, to }]);
}

export function rename(path: Path, to: string): void {
  apply([{ op: "rename", path, to }]);
  if (path[0] === "nodes") selectNodes([to]);
}
