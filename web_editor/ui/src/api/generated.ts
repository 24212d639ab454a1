// Written by `./dev docs` from the OpenAPI document; do not edit. What that cannot say is in types.ts.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Who has seen it. */
export type Acknowledged = {
  by: string;
  at_ms: number;
  comment: string;
};

/** A new machine. */
export type AddToken = {
  name: string;
  role: "admin" | "integrator" | "operator" | "viewer";
  expires_ms?: number | null;
};

/** A new person. */
export type AddUser = {
  name: string;
  password: string;
  role: "admin" | "integrator" | "operator" | "viewer";
};

/** One alarm, now. */
export type Alarm = {
  id: string;
  flow: string;
  node: string;
  key: string;
  title: string;
  priority: "critical" | "high" | "low" | "medium";
  state: "active_acknowledged" | "active_unacknowledged" | "cleared_unacknowledged" | "normal";
  value: Json;
  unit: string | null;
  since_ms: number;
  count: number;
  acknowledged: Acknowledged | null;
  shelved: Shelved | null;
  out_of_service: OutOfService | null;
  stale: boolean;
  uncertain: boolean;
  comments: number;
  group: string | null;
  note: string;
  condition: string;
  point: string | null;
  limits: Limit[];
};

/** One thing that happened to an alarm. */
export type AlarmEvent = {
  id: string;
  alarm: string;
  title: string;
  at_ms: number;
  by: string | null;
  event:
    | "acknowledged"
    | "certain"
    | "cleared"
    | "comment"
    | "escalated"
    | "fresh"
    | "in_service"
    | "out_of_service"
    | "raised"
    | "shelved"
    | "stale"
    | "uncertain"
    | "unshelved";
  comment: string;
  value: Json;
};

/** A time in which an alarm was active; `to_ms` is null for one that was at the end of what is asked for. */
export type AlarmSpan = {
  alarm: string;
  flow: string;
  node: string;
  title: string;
  priority: "critical" | "high" | "low" | "medium";
  from_ms: number;
  to_ms: number | null;
};

/** One thing that was done. */
export type AuditLine = {
  at_ms: number;
  user: string;
  action: string;
  subject: string;
  detail: string;
};

/** Where: an address of the far side, "" for its root. */
export type Browse = {
  place?: string;
  start?: number;
};

/** What lies there, by name; `cut` where there is more than is told. */
export type Browsed = {
  found: FoundHere[];
  cut: boolean;
};

/** What a node's own code took in the last seconds; `each_us` is the mean of a message, null without one. */
export type BusyRow = {
  flow: string;
  node: string;
  busy_percent: number;
  each_us: number | null;
  rate: number;
};

/** What is to be different. */
export type ChangeUser = {
  password?: string;
  role?: "admin" | "integrator" | "operator" | "viewer";
  disabled?: boolean;
};

/** What a text would be. */
export type Checked = {
  diagnostics: Diagnostic[];
  graph: Graph | null;
};

/** Who runs what. */
export type ClusterNow = {
  workers: WorkerRow[];
  stages: StageRow[];
};

/** What there is to say. */
export type Comment = {
  comment?: string;
};

/** A part that both sides changed, as YAML; null where it is gone. `value` is what `mine` says. */
export type Conflict = {
  path: (string | number)[];
  base: string | null;
  mine: string | null;
  theirs: string | null;
  value: Json;
};

/** A kind of shared client. */
export type ConnectionKind = {
  type: string;
  title: string;
  summary: string;
};

/** One connection. */
export type ConnectionReport = {
  flow: string;
  connection: string;
  type: string;
  at_ms: number;
  up: boolean | null;
  detail: string;
  reconnects: number;
  told: boolean;
  can_read_now: boolean;
  figures: Record<string, number>;
  devices: DeviceRow[];
  users: UserRow[];
  frames: FrameRow[];
};

/** A shared client. */
export type ConnectionRow = {
  flow: string;
  connection: string;
  type: string;
  state: "error" | "off" | "ok" | "warn";
  detail: string;
  since_ms: number;
};

/** A kind of shared client with all that is known of it. */
export type ConnectionType = {
  type: string;
  title: string;
  summary: string;
  help: string;
  examples: string[];
  schema: Record<string, Json>;
  browses: boolean;
};

/** How many. */
export type Count = {
  count: number;
};

/** Limits as they are now, and alarms of a stretch of time, oldest first. */
export type CurveMarks = {
  key: string;
  limits: LimitLine[];
  alarms: AlarmSpan[];
};

/** One message that nothing accepted. */
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

/** Why, and whether a file that changed meanwhile is replaced. */
export type DeployBody = {
  comment?: string;
  overwrite_file?: boolean;
};

/** What a deploy did. */
export type Deployed = {
  revision: string;
  etag: string;
  plan: Plan;
  took_ms: number;
};

/** A device on the connection; `bad` has the reasons of addresses or points that bring nothing. */
export type DeviceRow = {
  name: string;
  reason: string;
  figures: Record<string, number>;
  bad: Record<string, string>;
};

/** What is wrong with a text, and where. */
export type Diagnostic = {
  severity: "error" | "info" | "warning";
  message: string;
  code:
    | "bad-name"
    | "bad-page"
    | "bad-test"
    | "cycle"
    | "missing-option"
    | "not-readable"
    | "undefined-variable"
    | "unknown-connection"
    | "unknown-node"
    | "unknown-node-type"
    | "unknown-option"
    | "unknown-port"
    | "unknown-section"
    | "unreached"
    | "wired-to-source"
    | "wrong-connection"
    | "wrong-value";
  node: string | null;
  path: (string | number)[];
  range: Range | null;
};

/** Two texts and what lies between them. */
export type Diff = {
  etag: string;
  from: string;
  to: string;
  plan: Plan;
  diagnostics: Diagnostic[];
};

/** A page of a flow's text, deployed or not. */
export type DraftPage = {
  flow: string;
  page: string;
  title: string;
  widgets: DraftWidget[];
};

/** A widget as the text has it; `shown` is null where something is wrong with it, which `fault` says. */
export type DraftWidget = {
  id: string;
  declared: Record<string, Json>;
  shown: ShownWidget | null;
  fault: string;
};

/** A request that carries nothing. */
export type Empty = Record<string, never>;

/** The whole process. */
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
  flows: FlowRow[];
  slowest: BusyRow[];
  queues: QueueRow[];
  spools: SpoolState[];
  connections: ConnectionRow[];
  cluster: ClusterNow | null;
};

/** What to check. */
export type Expression = {
  source: string;
  kind: "expression" | "script" | "template";
  message?: Given | null;
};

/** What came of it; `line` of a script, `value` (of a script `tried`) only where a message was given. */
export type ExpressionChecked = {
  ok: boolean;
  message: string | null;
  column: number | null;
  value?: Json;
  line?: number;
  tried?: ScriptTried;
};

/** Nodes, and what the subflow that they become is called. */
export type Extract = {
  nodes: string[];
  name: string;
};

/** A flow with its text. */
export type Flow = {
  id: string;
  title: string;
  etag: string;
  dirty: boolean;
  file_changed: boolean;
  running: boolean;
  revision: string | null;
  errors: number;
  warnings: number;
  nodes: number;
  author: string | null;
  changed_ms: number;
  folder: string;
  text: string;
  diagnostics: Diagnostic[];
  graph: Graph | null;
  file_text?: string;
  renamed?: Record<string, string>;
};

/** One flow. */
export type FlowRow = {
  flow: string;
  running: boolean;
  rate: number;
  errors: number;
  held: number;
};

/** A flow in a list. */
export type FlowSummary = {
  id: string;
  title: string;
  etag: string;
  dirty: boolean;
  file_changed: boolean;
  running: boolean;
  revision: string | null;
  errors: number;
  warnings: number;
  nodes: number;
  author: string | null;
  changed_ms: number;
  folder: string;
};

/** One thing there; `address` is what a point has, and where to look further. `value` is that of now, as JSON. */
export type FoundHere = {
  address: string;
  name: string;
  is_point: boolean;
  kind: string;
  value: Json;
  reason: string;
  is_writable: boolean;
};

/** A node among those of all flows; `text` has its settings, one a line, cut at 2,000 characters. */
export type FoundNode = {
  flow: string;
  id: string;
  type: string;
  category: "logic" | "output" | "source" | "store" | "tool" | "transform";
  title: string | null;
  connections: string[];
  disabled: boolean;
  fault: "error" | "warning" | null;
  text: string;
};

/** What went over the line at one time, in hex; cut when `length` is more. */
export type FrameRow = {
  at_ms: number;
  sent: boolean;
  hex: string;
  length: number;
  about: string;
};

/** The message to try it on. */
export type Given = {
  payload?: Json;
  topic?: string;
  meta?: Record<string, Json>;
};

/** A flow as a drawing. */
export type Graph = {
  nodes: GraphNode[];
  wires: Wire[];
  connections: GraphConnection[];
  inputs: string[];
  outputs: string[];
  pages: string[];
};

/** A shared client. */
export type GraphConnection = {
  id: string;
  type: string;
  config: Record<string, Json>;
  range: Range;
  yaml: string;
  used_by: string[];
};

/** A node on the canvas. */
export type GraphNode = {
  id: string;
  type: string;
  category: "logic" | "output" | "source" | "store" | "tool" | "transform";
  title: string | null;
  known: boolean;
  config: Record<string, Json>;
  ports: string[];
  input: boolean;
  error_port: boolean;
  subflow: string | null;
  queue: boolean;
  range: Range;
  yaml: string;
  position: Position | null;
  count: number | null;
};

/** The message. */
export type Inject = {
  payload: Json;
  encoding?: "base64" | "json" | "text";
  topic?: string;
  meta?: Record<string, Json>;
  port?: string;
};

/** The id that the message got. */
export type Injected = {
  id: string;
};

/** An instance of a subflow. */
export type Inline = {
  node: string;
};

/** A page of letters, and how many there are in all. */
export type LetterList = {
  items: DeadLetter[];
  next: string | null;
  total: number;
};

/** Which letters: by their ids, or all of a flow or node. */
export type Letters = {
  ids?: string[] | null;
  all?: boolean;
  flow?: string;
  node?: string;
};

/** A number with which the value of an alarm is compared; `name` as the flow calls it, empty for a bare number. */
export type Limit = {
  name: string;
  value: number;
  above: boolean;
};

/** A limit of a point, and the node whose alarm it raises. */
export type LimitLine = {
  flow: string;
  node: string;
  title: string;
  priority: "critical" | "high" | "low" | "medium";
  unit: string | null;
  name: string;
  value: number;
  above: boolean;
};

/** Name and password. */
export type LogIn = {
  name: string;
  password: string;
};

/** One line; `count` is how often it came in a row. `serial` grows with each change of any line. */
export type LogLine = {
  at_ms: number;
  level: string;
  flow: string | null;
  node: string | null;
  message: string;
  count: number;
  serial: number;
};

/** What was read, and what was made of it. */
export type MergeBody = {
  base: string;
  mine: string;
};

/** Three texts made one. */
export type Merged = {
  text: string;
  clean: boolean;
  conflicts: Conflict[];
};

/** Where a partition of a stage would go; to nobody, where no other worker may run it. */
export type MoveRow = {
  flow: string;
  stage: string;
  partition: number;
  to: string;
};

/** The old one and the new one. */
export type NewPassword = {
  old: string;
  new: string;
};

/** With its secret, this once. */
export type NewToken = {
  id: string;
  name: string;
  role: "admin" | "integrator" | "operator" | "viewer";
  created_ms: number;
  expires_ms: number | null;
  last_used_ms: number | null;
  token: string;
};

/** One entry of the palette. */
export type NodeKind = {
  type: string;
  title: string;
  summary: string;
  kind: "router" | "sink" | "source" | "stateful" | "transform";
  category: "logic" | "output" | "source" | "store" | "tool" | "transform";
  ports: string[];
  input: boolean;
  error_port: boolean;
  subflow: boolean;
  connections: Record<string, string[]>;
};

/** An entry of the palette with all that is known of it. */
export type NodeType = {
  type: string;
  title: string;
  summary: string;
  kind: "router" | "sink" | "source" | "stateful" | "transform";
  category: "logic" | "output" | "source" | "store" | "tool" | "transform";
  ports: string[];
  input: boolean;
  error_port: boolean;
  subflow: boolean;
  connections: Record<string, string[]>;
  help: string;
  examples: string[];
  schema: Record<string, Json>;
  looks: boolean;
};

/** Every type with help, examples and schema. */
export type NodeTypes = {
  nodes: NodeType[];
  connections: ConnectionType[];
  every: Record<string, Json>;
  flow_schema: Record<string, Json>;
};

/** Which group of which node, and what there is to say. */
export type OfGroup = {
  flow: string;
  node: string;
  group: string;
  comment?: string;
};

/** Edits, as docs/api.md lists them. */
export type Operations = {
  operations: Record<string, Json>[];
};

/** Who took it out of service. */
export type OutOfService = {
  by: string;
  at_ms: number;
  reason: string;
};

/** A page to draw. */
export type Page = {
  flow: string;
  page: string;
  title: string;
  widgets: ShownWidget[];
};

/** A page in a list. */
export type PageSummary = {
  flow: string;
  page: string;
  title: string;
};

/** Everything that can be added to a flow. */
export type Palette = {
  nodes: NodeKind[];
  connections: ConnectionKind[];
};

/** The oldest messages. */
export type Peeked = {
  items: TapMessage[];
};

/** Line and column, from 1. */
export type Place = {
  line: number;
  column: number;
};

/** What a deploy does. */
export type Plan = {
  add: string[];
  remove: string[];
  restart: Restart[];
  keep: number;
  connections: string[];
};

/** A point at this moment: its value, as JSON, or why it has none. `name` is empty where the answer is no map. */
export type PointNow = {
  name: string;
  value: Json;
  reason: string;
  unit: string;
};

/** What the device answered. */
export type PointsNow = {
  points: PointNow[];
};

/** Where a person put a node. */
export type Position = {
  x: number;
  y: number;
};

/** What was chosen: null for a button, a side of a switch, a number for a set-point, the object of a form. */
export type Press = {
  value: Json;
};

/** What became of it: taken by all it went to, or waiting for what `reason` names if that is known. */
export type Pressed = {
  id: string;
  state: "sent" | "waiting";
  reason: string;
};

/** The document. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  etag?: string;
  author?: string;
  diagnostics?: Json[];
  field?: string;
  retry_after_s?: number;
};

/** The value, this once. */
export type PutSecret = {
  value: string;
};

/** A queue in RAM. */
export type QueueRow = {
  flow: string;
  node: string;
  policy: string;
  depth: number;
  limit: number;
  dropped: number;
  full_in_s: number | null;
};

/** `end` is exclusive. */
export type Range = {
  start: Place;
  end: Place;
};

/** Which device. */
export type ReadNow = {
  device: string;
};

/** Nothing: the points are those of the text. */
export type ReadPoints = Record<string, never>;

/** A flow of the cookbook to start from; `summary` is one sentence. */
export type Recipe = {
  name: string;
  title: string;
  summary: string;
  graph: Graph | null;
};

/** A node that a deploy restarts. */
export type Restart = {
  node: string;
  why: string;
  gives_up: string | null;
};

/** A deployed text. */
export type Revision = {
  revision: string;
  etag: string;
  author: string;
  at_ms: number;
  comment: string;
  running: boolean;
};

/** A deployed text, with the text. */
export type RevisionText = {
  revision: string;
  etag: string;
  author: string;
  at_ms: number;
  comment: string;
  running: boolean;
  text: string;
};

/** To what, and why. */
export type RollbackBody = {
  revision: string;
  comment?: string;
};

/** What has to be said. */
export type Said = {
  comment: string;
};

/** A message that leaves; topic and meta only where the script changed them. */
export type ScriptMade = {
  port: string;
  payload: Json;
  topic?: string;
  meta?: Record<string, Json>;
};

/** What came of it: messages in their order, the state after it, notes; or why it was rejected. */
export type ScriptTried = {
  rejected: string | null;
  sent: ScriptMade[];
  more: number;
  state: Record<string, Json>;
  notes: string[];
};

/** A secret without its value. */
export type SecretRow = {
  name: string;
  source: "given" | "kept" | "missing" | "unreadable";
  sealed: boolean;
  by: string | null;
  written_ms: number | null;
  used_by: string[];
};

/** What the editor asks first. */
export type Session = {
  user: SessionUser | null;
  setup_required: boolean;
  version: string;
  stale_ui: boolean;
};

/** Who is logged in. */
export type SessionUser = {
  name: string;
  role: "admin" | "integrator" | "operator" | "viewer";
};

/** The one-time token and the first admin. */
export type SetUp = {
  token: string;
  name: string;
  password: string;
};

/** Why, and for how long or once. */
export type Shelve = {
  reason: string;
  for_s?: number | null;
  once?: boolean;
};

/** Who silenced it; until it clears when `until_ms` is null. */
export type Shelved = {
  by: string;
  at_ms: number;
  until_ms: number | null;
  reason: string;
};

/** A widget to draw; which keys it has depends on its type. */
export type ShownWidget = {
  id: string;
  title: string;
  may?: boolean;
  type?: string;
  key?: string;
  keys?: string | string[];
  unit?: string | null;
  digits?: number | null;
  min?: number;
  max?: number;
  step?: number | null;
  warn?: number | null;
  error?: number | null;
  look?: string;
  span_s?: number;
  label?: string;
  confirm?: string | null;
  on?: Json;
  off?: Json;
  schema?: Record<string, Json>;
  columns?: string[];
  headings?: string[];
  words?: Record<string, string>;
  newest?: boolean;
  empty?: string;
  text?: string;
  grid?: number[] | null;
  source?: string;
  alt?: string;
  values?: Record<string, number[]>;
  to?: string;
  states?: Record<string, Json>;
  flows?: string;
};

/** All of them. */
export type SpoolList = {
  items: SpoolState[];
};

/** One spool; `orphan`: no running node has it. `fault` when it cannot be read. `size_bytes` waits in it, `disk_bytes` is what that takes; `limit_bytes` bounds the latter and is null for an orphan. `full_in_s` is null where nothing fills it. */
export type SpoolState = {
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
};

/** One partition of a stage, and who has it; nobody when `owner` is empty. */
export type StageRow = {
  flow: string;
  stage: string;
  partition: number;
  owner: string;
  epoch: number;
  position: number;
  lag: number;
};

/** What the new flow is called, and whether what it reads and writes is simulated. */
export type StartBody = {
  flow: string;
  simulated?: boolean;
};

/** One message that passed. */
export type TapMessage = {
  id: string;
  at_ms: number;
  flow: string;
  node: string;
  port: string;
  topic: string | null;
  meta: Record<string, Json>;
  encoding: "base64" | "json" | "text";
  payload: Json;
  size_bytes: number;
  cut: boolean;
};

/** A whole text. */
export type TextBody = {
  text: string;
};

/** A machine's access. */
export type Token = {
  id: string;
  name: string;
  role: "admin" | "integrator" | "operator" | "viewer";
  created_ms: number;
  expires_ms: number | null;
  last_used_ms: number | null;
};

/** Mean, least and greatest of each bucket; null where there was nothing. */
export type Trend = {
  key: string;
  unit: string | null;
  from: "history" | "ram";
  at_ms: number[];
  value: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
};

/** What answered: `facts` by name (`server`, `tls`, `rights`), or the reason why nothing did. */
export type Tried = {
  answered: boolean;
  reason: string;
  latency_ms: number | null;
  facts: Record<string, string>;
  running: boolean;
};

/** Nothing: the settings are those of the text. */
export type TryConnection = Record<string, never>;

/** A person. */
export type User = {
  name: string;
  role: "admin" | "integrator" | "operator" | "viewer";
  disabled: boolean;
  created_ms: number;
  last_login_ms: number | null;
};

/** A node that uses the connection, or cuts what such a one brings into messages. */
export type UserRow = {
  node: string;
  type: string;
  received: number;
  sent: number;
  refused: Record<string, number>;
  counted: Record<string, number>;
};

/** The latest value of one point; `stale_after_s` is the age at which it is stale, null for one that never ages. */
export type Value = {
  key: string;
  value: Json;
  unit: string | null;
  quality: "bad" | "good" | "uncertain";
  at_ms: number;
  stale: boolean;
  stale_after_s: number | null;
  flow: string;
  node: string;
};

/** A page of values, and how many there are in all. */
export type ValueList = {
  items: Value[];
  next: string | null;
  total: number;
};

/** With the message. */
export type WholeLetter = {
  id: string;
  at_ms: number;
  flow: string;
  node: string;
  from: string;
  reason: string;
  attempts: number;
  topic: string | null;
  size_bytes: number;
  message: TapMessage;
};

/** Why. */
export type Why = {
  reason: string;
};

/** A kind of widget, and the JSON Schema of its settings. */
export type WidgetType = {
  type: string;
  summary: string;
  schema: Record<string, Json>;
};

/** A wire on the canvas; `inherited`: by the flow's own `on_error`, since the node names none. */
export type Wire = {
  id: string;
  from: string;
  port: string;
  to: string;
  inherited: boolean;
};

/** One worker that lives. */
export type WorkerRow = {
  name: string;
  host: string;
  pid: number;
  url: string;
  version: string;
  places: string[];
  leaving: boolean;
  here: boolean;
  stages: number;
  faults: string[];
};

/** The last ones, newest first. */
export type WriteList = {
  items: WriteRow[];
};

/** One write; `result` is null while it is under way. */
export type WriteRow = {
  at_ms: number;
  node: string;
  by: string;
  point: string;
  value: Json;
  old: Json;
  read_back: Json;
  result: "differs" | "no answer" | "refused" | "written" | null;
  reason: string;
};

/** What it means. */
export type YamlRead = {
  value: Json;
};

/** What is typed. */
export type YamlText = {
  text: string;
};

/** Groups of the palette, from top to bottom. */
export const CATEGORIES = ["source", "transform", "logic", "store", "output", "tool"] as const;

/** What texts in a flow file are, as the engine reads them. */
export const UNITS_S: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};
export const UNITS_BYTES: Record<string, number> = {
  B: 1,
  kB: 1000,
  MB: 1000000,
  GB: 1000000000,
  KiB: 1024,
  MiB: 1048576,
  GiB: 1073741824,
  TiB: 1099511627776,
};
export const DURATION = /^(\d+(\.\d+)?(ns|us|ms|s|m|h|d|w))+$/;
export const SIZE = /^\d+(\.\d+)? ?(B|kB|MB|GB|KiB|MiB|GiB|TiB)$/;
export const NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
export const FLOW_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const NODE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Every route, for the test of what the editor asks. */
export const ROUTES = [
  "DELETE /flows/{flow}",
  "DELETE /secrets/{name}",
  "DELETE /session",
  "DELETE /tokens/{token}",
  "DELETE /users/{name}",
  "GET /alarms",
  "GET /alarms/history",
  "GET /audit",
  "GET /cluster",
  "GET /cluster/workers/{worker}/drain",
  "GET /connections/{flow}/{connection}",
  "GET /cookbook",
  "GET /dead-letters",
  "GET /dead-letters/{letter}",
  "GET /engine",
  "GET /flows",
  "GET /flows/{flow}",
  "GET /flows/{flow}/diff",
  "GET /flows/{flow}/drafts/{page}",
  "GET /flows/{flow}/pages/{page}",
  "GET /flows/{flow}/pages/{page}/widgets/{widget}/writes",
  "GET /flows/{flow}/revisions",
  "GET /flows/{flow}/revisions/{revision}",
  "GET /live",
  "GET /log",
  "GET /node-types",
  "GET /nodes",
  "GET /openapi.json",
  "GET /pages",
  "GET /palette",
  "GET /secrets",
  "GET /session",
  "GET /spools",
  "GET /spools/{flow}/{node}",
  "GET /tokens",
  "GET /trends",
  "GET /trends/marks",
  "GET /users",
  "GET /values",
  "GET /widget-types",
  "PATCH /flows/{flow}",
  "PATCH /users/{name}",
  "POST /alarms/acknowledge",
  "POST /alarms/{alarm}/acknowledge",
  "POST /alarms/{alarm}/comment",
  "POST /alarms/{alarm}/in-service",
  "POST /alarms/{alarm}/out-of-service",
  "POST /alarms/{alarm}/shelve",
  "POST /alarms/{alarm}/unshelve",
  "POST /cluster/workers/{worker}/drain",
  "POST /connections/{flow}/{connection}/read",
  "POST /cookbook/{recipe}",
  "POST /dead-letters/purge",
  "POST /dead-letters/redrive",
  "POST /expressions/check",
  "POST /flows/{flow}/check",
  "POST /flows/{flow}/connections/{connection}/browse",
  "POST /flows/{flow}/connections/{connection}/try",
  "POST /flows/{flow}/deploy",
  "POST /flows/{flow}/discard",
  "POST /flows/{flow}/extract",
  "POST /flows/{flow}/inline",
  "POST /flows/{flow}/merge",
  "POST /flows/{flow}/nodes/{node}/inject",
  "POST /flows/{flow}/nodes/{node}/read",
  "POST /flows/{flow}/pages/{page}/widgets/{widget}",
  "POST /flows/{flow}/rollback",
  "POST /session",
  "POST /session/setup",
  "POST /spools/{flow}/{node}/purge",
  "POST /tokens",
  "POST /users",
  "POST /yaml/read",
  "PUT /flows/{flow}",
  "PUT /secrets/{name}",
  "PUT /session/password",
] as const;
