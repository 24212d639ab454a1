// The line drawing of each node type; types that do one kind of work share one. Pure: a path in a box of 24 by 24.
import type { Category } from "../api/types";

const DRAWN = {
  waves: "M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8",
  globe: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  socket: "M4 8h16v8H4zM8 12h.01M12 12h.01M16 12h.01",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 17h6",
  plc: "M4 5h16v14H4zM4 10h16M8 5v5M12 5v5M16 5v5M8 14.5h2M14 14.5h2",
  gauge: "M4 16a8 8 0 1 1 16 0M12 16l4-6M4 20h16",
  wave: "M3 12c3-9 6-9 9 0s6 9 9 0",
  hand: "M5 12h10M11 7l5 5-5 5M20 5v14",
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 3",
  funnel: "M4 5h16l-6 8v6l-4-2v-4z",
  fork: "M4 12h6M10 12c4 0 4-6 8-6h2M10 12c4 0 4 6 8 6h2",
  merge: "M4 6h2c4 0 4 6 8 6h6M4 18h2c4 0 4-6 8-6",
  braces: "M9 4c-3 0-3 2-3 4s0 4-3 4c3 0 3 2 3 4s0 4 3 4M15 4c3 0 3 2 3 4s0 4 3 4c-3 0-3 2-3 4s0 4-3 4",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 4l-3 16",
  bits: "M5 5h5v5H5zM17 5v5M7 14v5M14 14h5v5h-5z",
  frame: "M4 8V5h4M20 8V5h-4M4 16v3h4M20 16v3h-4M8 12h8",
  equals: "M5 9h14M5 15h14",
  pen: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  table: "M4 5h16v14H4zM4 10h16M10 5v14",
  sigma: "M18 5H6l6 7-6 7h12",
  bell: "M18 16v-5a6 6 0 0 0-12 0v5l-2 2h16zM10 21h4",
  spike: "M3 15h5l2-9 4 14 2-5h5",
  stack: "M12 3l9 5-9 5-9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
  cell: "M5 6c0-4 14-4 14 0v12c0 4-14 4-14 0zM5 6c0 4 14 4 14 0M5 12c0 4 14 4 14 0",
  memory: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  switchOver: "M8 7h8a5 5 0 0 1 0 10H8A5 5 0 0 1 8 7M8 12h.01",
  same: "M4 9h11a5 5 0 0 1 0 10h-3M8 5L4 9l4 4",
  letter: "M4 6h16v12H4zM4 7l8 6 8-6",
  skull: "M4 7h16v12H4zM9 11l6 5M15 11l-6 5",
  lines: "M5 5h14M5 10h14M5 15h9M5 20h11",
  run: "M4 5h16v14H4zM7 9l3 3-3 3M12 15h5",
  tick: "M4 12l5 5L20 6",
  box: "M4 8h16v12H4zM3 4h18v4H3zM10 12h4",
  broom: "M14 4l-4 9M6 13h9l2 8H4z",
} as const;

// biome-ignore format: a table reads best in rows
const BY_TYPE: Record<string, keyof typeof DRAWN> = {
  mqtt_in: "waves", mqtt_out: "waves", nats_in: "waves", nats_out: "waves", amqp_in: "waves", kafka_in: "waves", kafka_out: "waves", amqp_out: "waves", http_in: "globe", http_request: "globe", http_response: "globe",
  webhook: "globe", request: "globe", websocket_in: "socket", websocket_out: "socket", tcp_in: "socket",
  tcp_out: "socket", tcp_request: "socket", udp_in: "socket", udp_out: "socket", serial_in: "plug", serial_out: "plug",
  modbus_in: "plc", modbus_out: "plc", opcua_in: "plc", opcua_out: "plc", s7_in: "plc", s7_out: "plc", snmp_in: "plc", snmp_trap_in: "plc", sparkplug_in: "plc", sparkplug_out: "plc",
  file_in: "file", file_out: "file", s3_out: "box",
  system_metrics: "gauge", simulate: "wave", inject: "hand", schedule: "clock", delay: "clock", throttle: "clock",
  filter: "funnel", switch: "fork", split: "fork", join: "merge", script: "code", python: "code", lorawan_decode: "waves",
  lorawan_encode: "waves",
  expression: "equals", template: "braces", json: "braces", msgpack: "bits", cbor: "bits", bytes: "bits", csv: "table",
  lookup: "table", frame_decode: "frame", frame_encode: "frame", set: "pen", map: "pen", normalise: "tick",
  validate: "tick", aggregate: "sigma", alert: "bell", alarms: "bell", anomaly: "spike", buffer: "stack", queue: "stack",
  backlog: "stack", sql_out: "cell", sql_query: "cell", influxdb_out: "cell", influx_query: "cell", redis_in: "cell",
  redis_out: "cell", redis_get: "cell", rtdb_write: "memory", rtdb_read: "memory", rtdb_watch: "memory",
  hysteresis: "switchOver", on_change: "same", email: "letter", dead_letter: "skull", log: "lines", exec: "run",
  archive: "box", prune: "broom",
};

const BY_CATEGORY: Record<Category, keyof typeof DRAWN> = {
  source: "hand",
  transform: "pen",
  logic: "fork",
  store: "stack",
  output: "letter",
  tool: "run",
};

/** The drawing of a type, known or not. */
export const drawingOf = (type: string, category: Category): string => DRAWN[BY_TYPE[type] ?? BY_CATEGORY[category]];
