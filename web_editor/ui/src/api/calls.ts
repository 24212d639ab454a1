// Every call of docs/api.md by a name. No state, no retries.
import { currentLanguage } from "../i18n";
import { request } from "./http";
import type {
  Alarm,
  AlarmEvent,
  AuditLine,
  Browsed,
  Checked,
  ConnectionReport,
  CurveMarks,
  DeadLetter,
  Deployed,
  Diff,
  DraftPage,
  Engine,
  ExpressionChecked,
  Flow,
  FlowSummary,
  FoundNode,
  Inject,
  Json,
  Letters,
  LogLine,
  Merged,
  MoveRow,
  NodeTypes,
  Operation,
  Page,
  Paged,
  PageSummary,
  Palette,
  PointsNow,
  Pressed,
  Recipe,
  Revision,
  Role,
  SecretRow,
  Session,
  TapMessage,
  Token,
  Trend,
  Tried,
  User,
  Value,
  WidgetType,
  WriteRow,
  YamlRead,
} from "./types";

const part = encodeURIComponent;
const ofConnection = (flow: string, connection: string) => `connections/${part(flow)}/${part(connection)}`;

function query(values: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return set.length ? `?${set.map(([key, value]) => `${key}=${part(String(value))}`).join("&")}` : "";
}

/** English is what the engine answers when nobody asks. */
const spoken = () => (currentLanguage() === "en" ? "" : query({ lang: currentLanguage() }));

export const session = {
  read: () => request<Session>("GET", "session"),
  logIn: (name: string, password: string) => request<Session>("POST", "session", { body: { name, password } }),
  logOut: () => request<void>("DELETE", "session"),
  setUp: (token: string, name: string, password: string) =>
    request<Session>("POST", "session/setup", { body: { token, name, password } }),
  changePassword: (old: string, next: string) => request<void>("PUT", "session/password", { body: { old, new: next } }),
};

export const connections = {
  read: (flow: string, connection: string) => request<ConnectionReport>("GET", ofConnection(flow, connection)),
  tryIt: (flow: string, connection: string) =>
    request<Tried>("POST", `flows/${part(flow)}/connections/${part(connection)}/try`, { body: {} }),
  browse: (flow: string, connection: string, place: string, start: number) =>
    request<Browsed>("POST", `flows/${part(flow)}/connections/${part(connection)}/browse`, { body: { place, start } }),
  readPoints: (flow: string, node: string) =>
    request<PointsNow>("POST", `flows/${part(flow)}/nodes/${part(node)}/read`, { body: {} }),
  readNow: (flow: string, connection: string, device: string) =>
    request<void>("POST", `${ofConnection(flow, connection)}/read`, { body: { device } }),
};

export const flows = {
  list: () => request<Paged<FlowSummary>>("GET", "flows?limit=1000"),
  nodes: (cursor?: string | null) => request<Paged<FoundNode>>("GET", `nodes${query({ limit: 1000, cursor })}`),
  read: (flow: string) => request<Flow>("GET", `flows/${part(flow)}`),
  write: (flow: string, text: string, ifMatch: string) =>
    request<Flow>("PUT", `flows/${part(flow)}`, { body: { text }, ifMatch }),
  create: (flow: string, text: string) => request<Flow>("PUT", `flows/${part(flow)}`, { body: { text }, create: true }),
  change: (flow: string, operations: Operation[], ifMatch: string) =>
    request<Flow>("PATCH", `flows/${part(flow)}`, { body: { operations }, ifMatch }),
  remove: (flow: string, ifMatch: string) => request<void>("DELETE", `flows/${part(flow)}`, { ifMatch }),
  check: (flow: string, text: string, signal?: AbortSignal) =>
    request<Checked>("POST", `flows/${part(flow)}/check`, { body: { text }, ...(signal ? { signal } : {}) }),
  merge: (flow: string, base: string, mine: string) =>
    request<Merged>("POST", `flows/${part(flow)}/merge`, { body: { base, mine } }),
  diff: (flow: string, against?: string, to?: string) =>
    request<Diff>("GET", `flows/${part(flow)}/diff${query({ against, to })}`),
  deploy: (flow: string, comment: string, overwrite_file: boolean, ifMatch: string) =>
    request<Deployed>("POST", `flows/${part(flow)}/deploy`, {
      body: { ...(comment ? { comment } : {}), ...(overwrite_file ? { overwrite_file } : {}) },
      ifMatch,
    }),
  discard: (flow: string, ifMatch: string) =>
    request<Flow>("POST", `flows/${part(flow)}/discard`, { body: {}, ifMatch }),
  extract: (flow: string, nodes: readonly string[], name: string, ifMatch: string) =>
    request<Flow>("POST", `flows/${part(flow)}/extract`, { body: { nodes, name }, ifMatch }),
  inline: (flow: string, node: string, ifMatch: string) =>
    request<Flow>("POST", `flows/${part(flow)}/inline`, { body: { node }, ifMatch }),
  revisions: (flow: string, cursor?: string | null) =>
    request<Paged<Revision>>("GET", `flows/${part(flow)}/revisions${query({ cursor })}`),
  rollback: (flow: string, revision: string, ifMatch: string, comment: string) =>
    request<Deployed>("POST", `flows/${part(flow)}/rollback`, { body: { revision, comment }, ifMatch }),
  inject: (flow: string, node: string, message: Inject) =>
    request<{ id: string }>("POST", `flows/${part(flow)}/nodes/${part(node)}/inject`, { body: message }),
};

export const catalog = {
  palette: () => request<Palette>("GET", `palette${spoken()}`),
  nodeTypes: () => request<NodeTypes>("GET", `node-types${spoken()}`),
  /** What a text means that is a value in a flow file. */
  readYaml: (text: string) => request<YamlRead>("POST", "yaml/read", { body: { text } }),
  checkExpression: (
    source: string,
    kind: "expression" | "template" | "script",
    message: { payload: Json; topic: string; meta: Record<string, Json> } | null,
    signal: AbortSignal,
  ) => request<ExpressionChecked>("POST", "expressions/check", { body: { source, kind, message }, signal }),
};

export const watch = {
  values: (search: string) => request<Paged<Value>>("GET", `values${query({ search, limit: 1000 })}`),
  trend: (key: string, from_ms: number, to_ms: number, points: number) =>
    request<Trend>("GET", `trends${query({ key, from_ms: Math.round(from_ms), to_ms: Math.round(to_ms), points })}`),
  marks: (key: string, from_ms: number, to_ms: number) =>
    request<CurveMarks>("GET", `trends/marks${query({ key, from_ms: Math.round(from_ms), to_ms: Math.round(to_ms) })}`),
  engine: () => request<Engine>("GET", "engine"),
  log: (cursor?: string | null) => request<Paged<LogLine>>("GET", `log${query({ cursor })}`),
};

export type AlarmAction = "acknowledge" | "shelve" | "unshelve" | "out-of-service" | "in-service" | "comment";
export const alarms = {
  act: (alarm: string, action: AlarmAction, body: Record<string, Json>) =>
    request<Alarm>("POST", `alarms/${part(alarm)}/${action}`, { body }),
  acknowledgeGroup: (alarm: Alarm, comment: string) =>
    request<Alarm[]>("POST", "alarms/acknowledge", {
      body: { flow: alarm.flow, node: alarm.node, group: alarm.group, comment },
    }),
  history: (alarm?: string, cursor?: string | null) =>
    request<Paged<AlarmEvent>>("GET", `alarms/history${query({ alarm, cursor })}`),
};

export const cluster = {
  planDrain: (worker: string) => request<MoveRow[]>("GET", `cluster/workers/${part(worker)}/drain`),
  drain: (worker: string) => request<void>("POST", `cluster/workers/${part(worker)}/drain`),
};

export const deadLetters = {
  list: (of: { flow?: string; origin?: string; search?: string; limit?: number }, cursor?: string | null) =>
    request<Paged<DeadLetter>>("GET", `dead-letters${query({ ...of, cursor })}`),
  read: (letter: string) => request<DeadLetter & { message: TapMessage }>("GET", `dead-letters/${part(letter)}`),
  redrive: (letters: Letters) => request<{ count: number }>("POST", "dead-letters/redrive", { body: letters }),
  purge: (letters: Letters) => request<{ count: number }>("POST", "dead-letters/purge", { body: letters }),
};

export const cookbook = {
  list: () => request<Paged<Recipe>>("GET", "cookbook?limit=1000"),
  start: (recipe: string, flow: string, simulated: boolean) =>
    request<Flow>("POST", `cookbook/${part(recipe)}`, { body: { flow, simulated } }),
};

export const pages = {
  list: () => request<Paged<PageSummary>>("GET", "pages?limit=1000"),
  read: (flow: string, page: string) => request<Page>("GET", `flows/${part(flow)}/pages/${part(page)}`),
  draft: (flow: string, page: string) => request<DraftPage>("GET", `flows/${part(flow)}/drafts/${part(page)}`),
  types: () => request<Paged<WidgetType>>("GET", "widget-types?limit=1000"),
  writes: (flow: string, page: string, widget: string) =>
    request<{ items: WriteRow[] }>("GET", `flows/${part(flow)}/pages/${part(page)}/widgets/${part(widget)}/writes`),
  press: (flow: string, page: string, widget: string, value: Json) =>
    request<Pressed>("POST", `flows/${part(flow)}/pages/${part(page)}/widgets/${part(widget)}`, {
      body: { value },
    }),
};

export const secrets = {
  list: () => request<Paged<SecretRow>>("GET", "secrets?limit=1000"),
  put: (name: string, value: string) => request<SecretRow>("PUT", `secrets/${part(name)}`, { body: { value } }),
  remove: (name: string) => request<void>("DELETE", `secrets/${part(name)}`),
};

export const access = {
  users: () => request<Paged<User>>("GET", "users?limit=1000"),
  addUser: (name: string, password: string, role: Role) =>
    request<User>("POST", "users", { body: { name, password, role } }),
  changeUser: (name: string, change: { password?: string; role?: Role; disabled?: boolean }) =>
    request<User>("PATCH", `users/${part(name)}`, { body: change }),
  removeUser: (name: string) => request<void>("DELETE", `users/${part(name)}`),
  tokens: () => request<Paged<Token>>("GET", "tokens?limit=1000"),
  addToken: (name: string, role: Role, expires_ms: number | null) =>
    request<Token & { token: string }>("POST", "tokens", { body: { name, role, expires_ms } }),
  removeToken: (token: string) => request<void>("DELETE", `tokens/${part(token)}`),
  audit: (user: string, cursor?: string | null) => request<Paged<AuditLine>>("GET", `audit${query({ user, cursor })}`),
};
