// What may be typed at a place of a flow file, from the node types' schemas and the flow's own names. Pure.
import type { Graph, Json, JsonSchema, NodeTypes } from "../api/types";
import { resolve } from "../logic/schema";
import type { YamlContext } from "../logic/yamlContext";

export type Offer = { label: string; detail: string; info: string; insert: string };
const WIRING: Record<string, string> = { to: "", on_error: "", type: "", title: "" };

export function offers(context: YamlContext, text: string, types: NodeTypes, graph: Graph | null): Offer[] {
  const [room, id, ...rest] = context.path;
  const owner = ownerSchema(room, id, text, types, graph);
  if (context.key === null) return keyOffers(room, id, rest, owner, types);
  return valueOffers(context.key, room, id, rest, owner, types, graph);
}

function ownerSchema(
  room: string | undefined,
  id: string | undefined,
  text: string,
  types: NodeTypes,
  graph: Graph | null,
): JsonSchema | null {
  if (!id) return null;
  if (room === "nodes")
    return (
      types.nodes.find(
        ({ type }) => type === (writtenType(text, id) ?? graph?.nodes.find((node) => node.id === id)?.type),
      )?.schema ?? null
    );
  if (room === "connections")
    return (
      types.connections.find(
        ({ type }) => type === (writtenType(text, id) ?? graph?.connections.find((item) => item.id === id)?.type),
      )?.schema ?? null
    );
  return null;
}

/** The type as it stands in the text: the graph may be older than what is typed. */
function writtenType(text: string, id: string): string | null {
  const start = new RegExp(`^( +)${id.replace(/[^\w-]/g, ".")}:(.*)$`, "m").exec(text);
  if (!start) return null;
  const inline = /type:\s*([\w-]+)/.exec(start[2]!);
  if (inline) return inline[1]!;
  for (const line of text.slice(start.index + start[0].length + 1).split("\n")) {
    if (line.trim() && line.search(/\S/) <= start[1]!.length) break;
    const type = /^\s+type:\s*([\w-]+)/.exec(line);
    if (type) return type[1]!;
  }
  return null;
}

function keyOffers(
  room: string | undefined,
  id: string | undefined,
  rest: string[],
  owner: JsonSchema | null,
  types: NodeTypes,
): Offer[] {
  if (room === undefined) return propertyOffers(resolve(types.flow_schema, types.flow_schema), types.flow_schema);
  if (!id) return [];
  const inner = owner && within(owner, rest);
  const own = inner ? propertyOffers(inner, owner) : [];
  if (rest.length) return own;
  const fixed = room === "nodes" ? Object.keys(WIRING) : room === "connections" ? ["type"] : [];
  return [...fixed.map((key) => ({ label: key, detail: "", info: "", insert: `${key}: ` })), ...own];
}

function within(schema: JsonSchema, path: string[]): JsonSchema | null {
  let current = resolve(schema, schema);
  for (const key of path) {
    const next =
      current.properties?.[key] ??
      (typeof current.additionalProperties === "object" ? current.additionalProperties : undefined);
    if (!next) return null;
    current = resolve(next, schema);
  }
  return current;
}

function propertyOffers(schema: JsonSchema, root: JsonSchema): Offer[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([key, outer]) => {
    const inner = resolve(outer, root);
    const nested = inner.type === "object";
    return {
      label: key,
      detail: required.has(key) ? "*" : (inner.format ?? String(inner.type ?? "")),
      info: inner.description ?? "",
      insert: nested ? `${key}:` : `${key}: `,
    };
  });
}

function valueOffers(
  key: string,
  room: string | undefined,
  id: string | undefined,
  rest: string[],
  owner: JsonSchema | null,
  types: NodeTypes,
  graph: Graph | null,
): Offer[] {
  if (id && rest.length === 0 && key === "type")
    return (room === "connections" ? types.connections : types.nodes).map((item) =>
      offer(item.type, item.title, item.summary),
    );
  if (room === "nodes" && (key === "to" || key === "on_error" || rest[0] === "to"))
    return (graph?.nodes ?? []).filter((node) => node.input && node.id !== id).map((node) => offer(node.id, node.type));
  const parent = owner && within(owner, rest);
  const outer = parent?.properties?.[key];
  return outer && owner ? schemaOffers(resolve(outer, owner), owner, graph) : [];
}

function schemaOffers(schema: JsonSchema, root: JsonSchema, graph: Graph | null): Offer[] {
  if (schema.format === "connection") {
    const fitting = schema["x-connection"];
    return (graph?.connections ?? [])
      .filter(({ type }) => !fitting?.length || fitting.includes(type))
      .map((item) => offer(item.id, item.type));
  }
  if (schema.format === "node") return (graph?.nodes ?? []).map((node) => offer(node.id, node.type));
  if (schema.enum) return schema.enum.map((value) => offer(plain(value)));
  if (schema.type === "boolean") return [offer("true"), offer("false")];
  if (schema.items) return schemaOffers(resolve(schema.items, root), root, graph);
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap((branch) => schemaOffers(resolve(branch, root), root, graph));
}

const offer = (label: string, detail = "", info = ""): Offer => ({ label, detail, info, insert: label });
const plain = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));
