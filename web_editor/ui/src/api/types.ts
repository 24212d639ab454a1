// The shapes of docs/api.md, and nothing else. Change that page first.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

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
};

export type Problem = {
  type: string; // "urn:flowengine:" + one of the names below
  title: string; // one English sentence, fixed for the type
  status: number;
  detail?: string; // what is wrong here and what would be right
  etag?: string;
  author?: string; // changed
  diagnostics?: Diagnostic[]; // invalid-flow, refused
  field?: string; // bad-request: the path inside the body, "name" or "send.payload"
  retry_after_s?: number; // throttled; also as the Retry-After header
};

export type Role = "viewer" | "operator" | "integrator" | "admin";
export type Session = {
  user: { name: string; role: Role } | null; // null: not logged in
  setup_required: boolean; // no user exists yet: show the first-start page
  version: string; // of flowengine
  stale_ui: boolean; // the built editor is older than its sources
};

export type FlowSummary = {
  id: string;
  title: string;
  etag: string;
  dirty: boolean; // the text differs from what runs
  file_changed: boolean;
  running: boolean;
  revision: string | null; // what runs
  errors: number;
  warnings: number; // diagnostics of the text
  nodes: number;
  author: string | null;
  changed_ms: number; // of the text; author null: changed on disk
};
export type Flow = FlowSummary & {
  text: string; // exactly, CRLF kept
  file_text?: string; // only where file_changed
  diagnostics: Diagnostic[];
  graph: Graph | null; // null: the text is not YAML or has no nodes map
  renamed?: Record<string, string>; // PATCH: ids that `add` with `free: true` had to change
};
export type Diagnostic = {
  severity: "error" | "warning" | "info";
  message: string; // what is wrong and the nearest right word
  code: string; // "unknown-node-type", "wrong-value", …
  node: string | null;
  path: Path; // ["nodes", "clean", "count"]; [] when not known
  range: Range | null;
};
export type Range = { start: Place; end: Place };
export type Place = { line: number; column: number }; // from 1; columns count Unicode code points; end is exclusive
export type Path = (string | number)[];
export type Checked = { diagnostics: Diagnostic[]; graph: Graph | null };

export type Graph = {
  nodes: GraphNode[];
  wires: Wire[];
  connections: GraphConnection[];
  inputs: string[];
  outputs: string[]; // not empty: this flow is a subflow
  pages: string[]; // ids
};
export type Category = "source" | "transform" | "logic" | "store" | "output" | "tool";
export type GraphNode = {
  id: string;
  type: string;
  title: string | null;
  category: Category; // palette group and colour
  known: boolean; // the type exists
  config: Record<string, Json>; // as written, before ${…}; without type, title, to and on_error
  ports: string[]; // outputs in order, "out" for the only one; [] for a sink
  input: boolean; // can be wired to
  error_port: boolean; // an on_error wire may leave it: port "error"
  subflow: string | null; // the flow it stands for: open in place with GET flows/{id}
  queue: boolean; // has an inbox or spool: its wires show a fill
  range: Range; // key and value, whole lines
  position: { x: number; y: number } | null; // null: laid out automatically
};
export type Wire = { id: string; from: string; port: string; to: string }; // id = `${from}:${port}>${to}`
export type GraphConnection = {
  id: string;
  type: string;
  config: Record<string, Json>;
  range: Range;
  used_by: string[];
};

export type Merged = { text: string; clean: boolean; conflicts: Conflict[] };
export type Conflict = { path: Path; base: string | null; mine: string | null; theirs: string | null }; // YAML of that part

export type Diff = {
  etag: string;
  from: string;
  to: string; // the two texts
  plan: Plan;
  diagnostics: Diagnostic[];
};
export type Plan = {
  add: string[];
  remove: string[];
  restart: { node: string; why: string; gives_up: string | null }[]; // gives_up: state that does not survive
  keep: number; // nodes that go on untouched
  connections: string[]; // connections opened anew
};
export type Deployed = { revision: string; etag: string; plan: Plan; took_ms: number };
export type Revision = {
  revision: string;
  etag: string;
  author: string;
  at_ms: number;
  comment: string;
  running: boolean;
};
export type Inject = {
  payload: Json;
  encoding?: "json" | "text" | "base64";
  topic?: string;
  meta?: Record<string, Json>;
  port?: string;
};

export type Operation =
  | { op: "set"; path: Path; value: Json } // replace, or add the last key
  | { op: "add"; path: Path; value: Json; free?: boolean; position?: { x: number; y: number } }
  // must not exist; free: take the next free id (`name_2`), told in `renamed`
  | { op: "delete"; path: Path } // of a node: with every wire to it; of a connection: refused while used
  | { op: "rename"; path: Path; to: string } // of a node, connection or var: every reference follows
  | { op: "wire"; from: string; port: string; to: string } // port "error" writes on_error
  | { op: "unwire"; from: string; port: string; to: string }
  | { op: "move"; node: string; position: { x: number; y: number } | null }; // into NAME.layout.yaml; null: automatic again

export type Palette = { nodes: NodeKind[]; connections: ConnectionKind[] };
export type NodeKind = {
  type: string;
  title: string;
  summary: string;
  kind: "source" | "transform" | "router" | "stateful" | "sink";
  category: Category; // palette group and colour
  ports: string[]; // outputs when nothing is configured; [] for a sink
  input: boolean;
  error_port: boolean;
  subflow: boolean; // stands for a flow file
};
export type ConnectionKind = { type: string; title: string; summary: string };
export type NodeTypes = {
  nodes: NodeType[];
  connections: ConnectionType[];
  every: JsonSchema;
  flow_schema: JsonSchema;
}; // every: what each node may have beside its own options; flow_schema: of the whole file
export type NodeType = NodeKind & Described;
export type ConnectionType = ConnectionKind & Described;
export type Described = {
  help: string; // Markdown
  example: string; // YAML of one node, `id: {type: …}`
  schema: JsonSchema; // of the config, without type, title, to, on_error
};

export type ExpressionChecked = { ok: boolean; message: string | null; column: number | null; value?: Json }; // value: with `message` given and no `${…}` in the source

export type Quality = "good" | "uncertain" | "bad";
export type Value = {
  key: string;
  value: Json;
  unit: string | null;
  quality: Quality;
  at_ms: number;
  stale: boolean;
  flow: string;
  node: string;
};
export type Trend = {
  key: string;
  unit: string | null;
  from: "ram" | "history";
  at_ms: number[];
  value: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
};
export type TapMessage = {
  id: string;
  at_ms: number;
  flow: string;
  node: string;
  port: string;
  topic: string | null;
  meta: Record<string, Json>;
  encoding: "json" | "text" | "base64";
  payload: Json; // text and base64: a string
  size_bytes: number;
  cut: boolean; // cut: only the first 64 KiB are here; JSON is then sent as text
};
export type Engine = {
  at_ms: number;
  up_s: number;
  version: string;
  rate: number;
  in_total: number;
  out_total: number;
  dropped: Record<string, number>;
  errored: number;
  held: number;
  loop_lag_ms: number;
  cpu_percent: number;
  memory_bytes: number;
  memory_limit_bytes: number | null;
  disk_free_bytes: number;
  clients: number;
  dead_letters: number;
  flows: { flow: string; running: boolean; rate: number; errors: number; held: number }[];
  queues: {
    flow: string;
    node: string;
    policy: string;
    depth: number;
    limit: number;
    dropped: number;
    full_in_s: number | null;
  }[];
  spools: {
    flow: string;
    node: string;
    orphan: boolean;
    messages: number;
    size_bytes: number;
    disk_bytes: number;
    oldest_ms: number | null;
    healthy: boolean;
    fault: string;
    limit_bytes: number | null;
    full_in_s: number | null;
  }[];
  connections: { flow: string; connection: string; type: string; state: State; detail: string; since_ms: number }[];
};
export type State = "off" | "ok" | "warn" | "error";
export type LogLine = {
  at_ms: number;
  level: "debug" | "info" | "warning" | "error";
  flow: string | null;
  node: string | null;
  message: string;
  count: number;
};
export type AuditLine = { at_ms: number; user: string; action: string; subject: string; detail: string };

export type Alarm = {
  id: string;
  flow: string;
  node: string;
  key: string;
  title: string;
  priority: "low" | "medium" | "high" | "critical";
  state: "normal" | "active_unacknowledged" | "active_acknowledged" | "cleared_unacknowledged";
  value: Json;
  unit: string | null;
  since_ms: number;
  count: number;
  acknowledged: { by: string; at_ms: number; comment: string } | null;
  shelved: { by: string; at_ms: number; until_ms: number | null; reason: string } | null; // until_ms null: once
  out_of_service: { by: string; at_ms: number; reason: string } | null;
  stale: boolean; // its input is too old to judge
  comments: number;
  group: string | null; // alarms of a node with the same one are told together; null: alone
};
export type AlarmEvent = {
  id: string;
  alarm: string;
  title: string;
  at_ms: number;
  by: string | null; // null: the engine
  event:
    | "raised"
    | "cleared"
    | "acknowledged"
    | "shelved"
    | "unshelved"
    | "out_of_service"
    | "in_service"
    | "comment"
    | "stale"
    | "fresh"
    | "escalated";
  comment: string;
  value: Json;
};

export type DeadLetter = {
  id: string;
  at_ms: number;
  flow: string;
  node: string;
  from: string;
  reason: string;
  attempts: number;
  topic: string | null;
  size_bytes: number;
};
export type Letters = { ids: string[] } | { all: true; flow?: string; node?: string }; // ids at most 1,000

export type PageSummary = { flow: string; page: string; title: string };
export type Page = PageSummary & { widgets: Widget[] };
export type Widget = { id: string; title: string; may: boolean } & ( // may: the caller's role may press it
  | { type: "value"; key: string; unit: string | null; digits: number | null }
  | {
      type: "gauge";
      key: string;
      unit: string | null;
      digits: number | null;
      min: number;
      max: number;
      warn: number | null;
      error: number | null;
    }
  | { type: "trend"; keys: string[]; span_s: number }
  | { type: "button"; label: string; confirm: string | null }
  | { type: "switch"; key: string; on: Json; off: Json; confirm: string | null }
  | { type: "form"; schema: JsonSchema; confirm: string | null; label: string }
  | { type: "table"; keys: string; columns: ("key" | "value" | "unit" | "quality" | "age" | "time" | string)[] }
  | { type: "text"; text: string }
); // Markdown: bold, code, lists, links to the same host

export type User = { name: string; role: Role; disabled: boolean; created_ms: number; last_login_ms: number | null };
export type Token = {
  id: string;
  name: string;
  role: Role;
  created_ms: number;
  expires_ms: number | null;
  last_used_ms: number | null;
};

export type ClientMessage =
  | { op: "subscribe"; id: number; topic: Topic; filter?: Filter; max_rate?: number } // the same id again replaces it
  | { op: "unsubscribe"; id: number }
  | { op: "pong"; at_ms: number };
export type Topic = "status" | "messages" | "values" | "alarms" | "log" | "engine" | "problems" | "flows";

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
export type WireRow = [index: number, rate: number, depth?: number, limit?: number, full_in_s?: number]; // depth, limit: only before a queue
export type RuntimeProblem = {
  flow: string;
  node: string | null;
  severity: "error" | "warning";
  message: string;
  since_ms: number;
  count: number;
};

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
};
type Snapshot = TopicData[Topic];
type Delta = TopicData[Topic];
