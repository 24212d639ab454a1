// What is typed into a field and not handed on yet, so that neither a reload nor somebody else's deletion loses it.
import { createContext } from "react";
import { createStore } from "../state/store";

/** Where a field stands: flow, room, node or connection, then its names. */
export type FieldPath = readonly string[];
export const FieldPlace = createContext<FieldPath>([]);

const KEY = "flowengine.typing";
type Typing = { texts: Readonly<Record<string, string>> };

export const typing = createStore<Typing>({ texts: read() });

const keyOf = (path: FieldPath) => JSON.stringify(path);

export const typedAt = (path: FieldPath): string | undefined => typing.get().texts[keyOf(path)];

export function keepTyping(path: FieldPath, text: string): void {
  if (path.length > 0) write({ ...typing.get().texts, [keyOf(path)]: text });
}

/** The field has its text, or a parent of it is settled. */
export function forgetTyping(path: FieldPath): void {
  const { texts } = typing.get();
  const left = Object.entries(texts).filter(([key]) => !startsWith(JSON.parse(key) as string[], path));
  if (path.length > 0 && left.length < Object.keys(texts).length) write(Object.fromEntries(left));
}

export type Lost = { path: FieldPath; node: string; field: string; text: string };

/** Texts that were typed into nodes which the flow no longer has. Pure. */
export function lostIn(texts: Readonly<Record<string, string>>, flow: string, nodes: ReadonlySet<string>): Lost[] {
  return Object.entries(texts).flatMap(([key, text]) => {
    const path = JSON.parse(key) as string[];
    const [of, room, node] = path;
    return of === flow && room === "nodes" && node !== undefined && !nodes.has(node)
      ? [{ path, node, field: path.slice(3).join(" › "), text }]
      : [];
  });
}

const startsWith = (whole: readonly string[], start: FieldPath) => start.every((part, i) => whole[i] === part);

function read(): Record<string, string> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

function write(texts: Record<string, string>): void {
  typing.set({ texts });
  try {
    sessionStorage.setItem(KEY, JSON.stringify(texts));
  } catch {
    // storage full or refused: what is typed still lives as long as the page
  }
}
