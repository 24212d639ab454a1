// The last message that was tapped before a node, as what its expressions and templates are tried on. Pure.
import type { Graph, Json, ScriptTried, TapMessage } from "../api/types";
import { isMap } from "./operations";

export type Sample = { payload: Json; topic: string; meta: Record<string, Json> };
export type Name = { name: string; value: Json };

const MOST_NAMES = 24;
const PLAIN = /^[A-Za-z_]\w*$/;

/** What last came to the node, of the rows of the tap (newest first); null where nobody tapped anything that does. */
export function sampleFor(
  rows: readonly TapMessage[],
  flow: string,
  node: string,
  graph: Pick<Graph, "wires" | "nodes"> | null,
): Sample | null {
  const before = new Set(graph?.wires.filter(({ to }) => to === node).map(({ from, port }) => `${from}:${port}`));
  const ends = graph?.nodes.find(({ id }) => id === node)?.ports.length === 0; // a tap of it tells what enters
  const found = rows.find(
    (row) =>
      row.flow === flow &&
      row.encoding !== "base64" &&
      !row.cut &&
      (before.has(`${row.node}:${row.port}`) || (ends && row.node === node)),
  );
  return found ? { payload: found.payload, topic: found.topic ?? "", meta: found.meta } : null;
}

/** What names something of a message. */
export type Tried = "expression" | "template" | "script";

/** Names that an expression or script (`payload.value`) or a template (`{value}`) may use, with what they stand for there. */
export function namesIn({ payload, topic, meta }: Sample, kind: Tried): Name[] {
  const flat = [
    ...paths(payload, "payload"),
    ...(topic ? [{ name: "topic", value: topic }] : []),
    ...paths(meta, "meta"),
  ].slice(0, MOST_NAMES);
  return kind !== "template" ? flat : flat.map(({ name, value }) => ({ name: `{${name}}`, value }));
}

function paths(value: Json, name: string, depth = 0): Name[] {
  if (!isMap(value)) return name === "meta" ? [] : [{ name, value }];
  if (depth > 3) return [];
  return Object.entries(value)
    .filter(([key]) => PLAIN.test(key))
    .flatMap(([key, inner]) => paths(inner, `${name}.${key}`, depth + 1));
}

/** What a script makes of the message, a line for each thing: its ports, state and notes. */
export function outcomeOf({ sent, more, state, notes }: ScriptTried): { what: string; shown: Json }[] {
  const seen = sent.map(({ port, payload, topic, meta }) => ({
    what: port,
    shown:
      topic === undefined && meta === undefined
        ? payload
        : { payload, ...(topic !== undefined && { topic }), ...(meta && { meta }) },
  }));
  return [
    ...seen,
    ...(more > 0 ? [{ what: "…", shown: more }] : []),
    ...(Object.keys(state).length > 0 ? [{ what: "state", shown: state }] : []),
    ...notes.map((line) => ({ what: "note", shown: line })),
  ];
}

const MOST_OFFERED = 8;

/** What is being written at a place of a text: the part of a name that ends there. */
export const begunAt = (text: string, at: number): string => /\{?[\w.]*$/.exec(text.slice(0, at))![0];

/** Names that may be meant by what is being written; all of them where nothing is and `all` asks so. */
export function completions(text: string, at: number, names: readonly Name[], all = false): Name[] {
  const begun = begunAt(text, at).toLowerCase();
  const bare = begun.replace("{", "");
  if (!begun) return all ? names.slice(0, MOST_OFFERED) : [];
  const fits = names.filter(({ name }) => name.toLowerCase() !== begun && name.toLowerCase().includes(bare));
  const begins = ({ name }: Name) => name.toLowerCase().startsWith(begun);
  const offered = begun.startsWith("{") || !names[0]?.name.startsWith("{") ? fits : [];
  return [...offered.filter(begins), ...offered.filter((name) => !begins(name))].slice(0, MOST_OFFERED);
}

/** The text with a name in place of the part of one that is being written, and where the writing goes on. */
export function completed(text: string, at: number, name: string): { text: string; at: number } {
  const start = at - begunAt(text, at).length;
  const after = name.endsWith("}") && text[at] === "}" ? at + 1 : at;
  return { text: text.slice(0, start) + name + text.slice(after), at: start + name.length };
}

/** The text with a name put at a place of it, in place of the part of a name that stands before it. */
export function inserted(text: string, at: number, name: string): string {
  const begun = /[{]?[\w.]*$/.exec(text.slice(0, at))![0];
  const start = name.startsWith(begun) ? at - begun.length : at;
  return text.slice(0, start) + name + text.slice(at);
}
