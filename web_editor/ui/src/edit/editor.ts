// What is open, selected and shown in the editor: the store and how to look into it. Gestures and dialogs are beside it.
import type { ComponentType } from "react";
import type { Graph, GraphNode, Json, JsonSchema, NodeTypes, Operation, Palette } from "../api/types";
import type { Place } from "../logic/layout";
import { may } from "../state/session";
import { createStore, useStore } from "../state/store";
import { type DocumentState, FlowDocument } from "./document";

/** Where a new node is wired: from the port of a node, or into a wire. */
export type Attach = { from: string; port: string } | { into: string } | null;

export type RightTab = "properties" | "yaml" | "docs" | "page";

export type Overlay =
  | "commands"
  | "search"
  | "deploy"
  | "revisions"
  | "help"
  | "add"
  | "wire"
  | "rename"
  | "subflow"
  | "newFlow"
  | "import"
  | "inject"
  | null;

/** What the form of a node or connection is given. */
export type FormProps = {
  schema: JsonSchema;
  config: Record<string, Json>;
  graph: Graph;
  disabled: boolean;
  onChange: (name: string, value: Json | undefined) => void;
};

type State = {
  document: FlowDocument | null;
  nodes: ReadonlySet<string>; // selected
  wire: string | null; // selected
  right: RightTab | null; // null: the flow's page while nothing is selected, else the properties
  overlay: Overlay;
  dropped: { name: string; text: string } | null; // a file that the import dialog begins with
  addAt: Place | null; // where quick-add puts the node
  addFrom: Attach; // and what it is wired from or into, instead of the selected node
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

/** A link may ask for the page of a flow beside it, as that of the demo does. */
const startsBesidePage = () =>
  typeof location !== "undefined" && new URLSearchParams(location.search).get("beside") === "page";

export const editor = createStore<State>({
  document: null,
  nodes: new Set(),
  wire: null,
  right: startsBesidePage() ? null : "properties",
  overlay: null,
  dropped: null,
  addAt: null,
  addFrom: null,
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

const EMPTY_STATE: DocumentState = new FlowDocument("-").store.get();

export const current = (): DocumentState => editor.get().document?.store.get() ?? EMPTY_STATE;

export const useEditor = <S>(pick: (state: State) => S) => useStore(editor, pick);

const nowhere = new FlowDocument("-").store;

export function useDocument<S>(pick: (state: DocumentState) => S): S {
  const document = useStore(editor, (state) => state.document);
  return useStore(document?.store ?? nowhere, pick);
}

/** Whether all that was changed here has reached the engine. */
export function nothingUnsent(): boolean {
  const state = editor.get().document?.store.get();
  return !state || (state.pending.length === 0 && state.typed === null);
}

export const mayEdit = () => may("integrator");

export const apply = (operations: Operation[]) => {
  if (mayEdit()) editor.get().document?.apply(operations);
};

export const nodeById = (graph: Graph | null, id: string | null | undefined): GraphNode | null =>
  graph?.nodes.find((node) => node.id === id) ?? null;

export const typeOf = <Kind extends { type: string }>(
  types: { nodes: readonly Kind[] } | null,
  name: string | undefined,
): Kind | null => types?.nodes.find((type) => type.type === name) ?? null;
