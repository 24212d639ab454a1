// Flows as lists show them: favourites first, then by folder. Pure.
import type { FlowSummary } from "../api/types";
import { best } from "./find";

export type Folder = { name: string; flows: readonly FlowSummary[] };

/** Folders in the order of their names; flows without one come last, under "". */
export function foldersOf(flows: readonly FlowSummary[]): Folder[] {
  const names = [...new Set(flows.map(({ folder }) => folder))];
  names.sort((a, b) => Number(a === "") - Number(b === "") || a.localeCompare(b));
  return names.map((name) => ({ name, flows: flows.filter(({ folder }) => folder === name) }));
}

/** The flows that are favourites, and the others; each in the given order. */
export function parted(flows: readonly FlowSummary[], favourites: readonly string[]): [FlowSummary[], FlowSummary[]] {
  const isOne = ({ id }: FlowSummary) => favourites.includes(id);
  return [flows.filter(isOne), flows.filter((flow) => !isOne(flow))];
}

/** Those whose name, title or folder fits what was typed, as they are given. */
export function fitting(flows: readonly FlowSummary[], typed: string): FlowSummary[] {
  const found = new Set(best(flows, typed, ({ id, title, folder }) => `${title} ${id} ${folder}`, flows.length));
  return flows.filter((flow) => found.has(flow));
}
