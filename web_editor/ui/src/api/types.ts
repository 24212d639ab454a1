// What the API speaks: generated.ts from its OpenAPI document, and here what that cannot say. docs/api.md explains.
import type * as api from "./generated";
import type { Alarm, Diagnostic, Engine, FlowSummary, Json, TapMessage, Value } from "./generated";

export type * from "./generated";

export type JsonSchema = {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: Json[];
  const?: Json;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  patternProperties?: Record<string, JsonSchema>;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  default?: Json;
  title?: string;
  description?: string;
  examples?: Json[];
  format?: string;
  writeOnly?: boolean;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  "x-connection"?: string[];
  "x-unit"?: string;
  "x-advanced"?: boolean;
  "x-unique"?: boolean; // each row of a list has its own
  "x-words"?: Record<string, string>; // what people read instead of the choices
  "x-key"?: string; // of a page's form: the point whose present value the field begins with
};

/** RFC 9457; `type` is "urn:flowengine:" and a name, `title` one English sentence, fixed for it. */
export type Problem = Omit<api.Problem, "diagnostics"> & { diagnostics?: Diagnostic[] };

export type Role = api.SessionUser["role"];
export type Category = api.NodeKind["category"];
export type Quality = api.Value["quality"];
export type State = api.ConnectionRow["state"];
export type Path = (string | number)[];
export type Operation =
  | { op: "set"; path: Path; value: Json } // replace, or add the last key
  | { op: "add"; path: Path; value: Json; free?: boolean; position?: { x: number; y: number } }
  // must not exist; free: take the next free id (`name_2`), told in `renamed`
  | { op: "delete"; path: Path } // of a node: with every wire to it; of a connection: refused while used
  | { op: "rename"; path: Path; to: string } // of a node, connection or var: every reference follows
  | { op: "wire"; from: string; port: string; to: string } // port "error" writes on_error
  | { op: "unwire"; from: string; port: string; to: string }
  | { op: "move"; node: string; position: { x: number; y: number } | null } // into NAME.layout.yaml; null: automatic again
  | { op: "paste"; text: string }; // every node of the text under a free name, and connections that are missing

export type NodeType = Omit<api.NodeType, "schema"> & { schema: JsonSchema };
export type ConnectionType = Omit<api.ConnectionType, "schema"> & { schema: JsonSchema };
export type Described = Pick<NodeType, "help" | "examples" | "schema">;
export type NodeTypes = {
  nodes: NodeType[];
  connections: ConnectionType[];
  every: JsonSchema; // what each node may have beside its own options
  flow_schema: JsonSchema; // of the whole file
};
export type LogLine = Omit<api.LogLine, "level"> & { level: "debug" | "info" | "warning" | "error" };
export type Letters = { ids: string[] } | { all: true; flow?: string; node?: string }; // ids at most 1,000

export type Page = Omit<api.Page, "widgets"> & { widgets: Widget[] };
export type DraftPage = Omit<api.DraftPage, "widgets"> & {
  widgets: { id: string; declared: Record<string, Json>; shown: Widget | null; fault: string }[];
};
export type WidgetType = Omit<api.WidgetType, "schema"> & { schema: JsonSchema };
export type Grid = [column: number, row: number, width: number, height: number];
export type Widget = { id: string; title: string; may: boolean; grid?: Grid | null } & ( // may: the caller's role may press it
  | { type: "value"; key: string; unit: string | null; digits: number | null; words?: Record<string, string> }
  | {
      type: "gauge";
      key: string;
      unit: string | null;
      digits: number | null;
      min: number;
      max: number;
      warn: number | null;
      error: number | null;
      look: "bar" | "arc";
    }
  | { type: "trend"; keys: string[]; span_s: number; words?: Record<string, string> }
  | { type: "button"; label: string; confirm: string | null }
  | { type: "switch"; key: string; on: Json; off: Json; confirm: string | null }
  | {
      type: "setpoint";
      key: string;
      min: number;
      max: number;
      step: number | null;
      unit: string | null;
      digits: number | null;
      label: string;
      confirm: string | null;
    }
  | { type: "form"; schema: JsonSchema; confirm: string | null; label: string }
  | {
      type: "table";
      keys: string;
      columns: ("key" | "value" | "unit" | "quality" | "age" | "time" | string)[];
      headings: string[]; // beside the columns; "" for the usual one
      newest?: boolean;
      empty?: string;
      words?: Record<string, string>;
    }
  | { type: "image"; source: string; alt: string; values: Record<string, [left: number, top: number]> }
  | { type: "link"; to: string; label: string }
  | { type: "state"; key: string; states: Record<string, { text: string; level?: "off" | "ok" | "warn" | "error" }> }
  | { type: "alarms"; flows: "own" | "all" }
  | { type: "text"; text: string }
); // Markdown: bold, code, lists, links to the same host

export type ClientMessage =
  | { op: "subscribe"; id: number; topic: Topic; filter?: Filter; max_rate?: number } // the same id again replaces it
  | { op: "unsubscribe"; id: number }
  | { op: "pong"; at_ms: number }
  | { op: "here"; flow: string; node: string };
export type Topic = "status" | "messages" | "values" | "alarms" | "log" | "engine" | "problems" | "flows" | "people";

export type ServerMessage =
  | { op: "hello"; version: string; tick_ms: number; at_ms: number; role: Role }
  | { op: "snapshot"; id: number; data: Snapshot } // first, and again whenever what was known no longer holds
  | { op: "delta"; id: number; data: Delta }
  | { op: "dropped"; id: number; count: number } // since the last one: rows left out by max_rate or coalesced for a slow client
  | { op: "ended"; id: number; reason: "expired" | "gone" | "forbidden" | "replaced" }
  | { op: "error"; id: number | null; problem: Problem }
  | { op: "ping"; at_ms: number } // every 15 s; no pong for 45 s: closed
  | { op: "bye"; reason: "shutdown" | "logged-out" | "slow" };

export type StatusSnapshot = { nodes: string[]; wires: string[]; n: NodeRow[]; w: WireRow[] }; // rows name nodes and wires by their index here
export type NodeRow = [index: number, state: 0 | 1 | 2 | 3, rate: number, errors: number, text?: string];
// rate: messages/s in (out for a source); errors: since the deploy; text: short, only when it changed ("" clears)
export type WireRow = [
  index: number,
  rate: number,
  depth?: number,
  limit?: number,
  full_in_s?: number | null,
  unit?: "KiB",
];
// depth, limit: only before a queue, in messages or, of a spool, in KiB
export type RuntimeProblem = {
  flow: string;
  node: string | null;
  severity: "error" | "warning";
  message: string;
  since_ms: number;
  count: number;
};

/** Somebody with a browser open, and what is looked at there; empty where it is no flow, no node. */
export type Person = { name: string; flow: string; node: string };

export type Filter = {
  flow?: string;
  node?: string;
  wire?: string;
  topic?: string;
  where?: string;
  search?: string;
  level?: string;
  keys?: string[];
};

export type Paged<T> = { items: T[]; next: string | null; total?: number };
export type StatusDelta = { n?: NodeRow[]; w?: WireRow[] };
/** What each topic sends: the union of its snapshot and its delta, every key optional. */
export type TopicData = {
  status: Partial<StatusSnapshot>;
  messages: { expires_ms?: number; messages?: TapMessage[] };
  values: { values?: Value[]; removed?: string[]; total?: number };
  alarms: { alarms?: Alarm[]; removed?: string[] };
  log: { lines?: LogLine[] };
  engine: Engine;
  problems: { problems: RuntimeProblem[] };
  flows: { flows?: FlowSummary[]; removed?: string[] };
  people: { people: Person[] };
};
type Snapshot = TopicData[Topic];
type Delta = TopicData[Topic];
