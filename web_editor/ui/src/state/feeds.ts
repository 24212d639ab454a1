// What the live socket keeps up to date for every screen: flows, alarms, problems, and the status of the open flow.
import { useSyncExternalStore } from "react";
import { live } from "../api/live";
import type { Alarm, Engine, FlowSummary, RuntimeProblem } from "../api/types";
import { flowChanged } from "../edit/documents";
import { isAway } from "./away";
import { remember } from "./follow";
import { followPeople } from "./people";
import { NUMBERS_EVERY_MS, StatusStore } from "./status";
import { createStore } from "./store";

export const flowList = createStore<{ flows: readonly FlowSummary[]; ready: boolean }>({ flows: [], ready: false });
export const alarmList = createStore<{ alarms: readonly Alarm[]; ready: boolean }>({ alarms: [], ready: false });
export const problemList = createStore<{ problems: readonly RuntimeProblem[] }>({ problems: [] });
export const engineState = createStore<{ engine: Engine | null }>({ engine: null });
export const status = new StatusStore();

/** The list with changed rows put in their place, new ones added and removed ones gone. */
export function merged<T>(
  old: readonly T[],
  changed: readonly T[] = [],
  removed: readonly string[] = [],
  idOf: (item: T) => string,
): T[] {
  const rows = new Map(old.map((item) => [idOf(item), item]));
  for (const item of changed) rows.set(idOf(item), item);
  for (const id of removed) rows.delete(id);
  return [...rows.values()];
}

let started = false;

export function startFeeds(): void {
  if (started) return;
  started = true;
  setInterval(() => status.flushNumbers(), NUMBERS_EVERY_MS);
  const takeFlows = (flows: readonly FlowSummary[]) => {
    flowList.set({ flows: [...flows].sort((a, b) => a.id.localeCompare(b.id)), ready: true });
    for (const flow of flows) flowChanged(flow.id, flow.etag, flow.revision, flow.file_changed);
  };
  live.subscribe(
    "flows",
    {},
    {
      snapshot: (data) => takeFlows(data.flows ?? []),
      delta: (data) => takeFlows(merged(flowList.get().flows, data.flows, data.removed, (flow) => flow.id)),
    },
  );
  live.subscribe(
    "alarms",
    {},
    {
      snapshot: (data) => alarmList.set({ alarms: data.alarms ?? [], ready: true }),
      delta: (data) =>
        alarmList.set({ alarms: merged(alarmList.get().alarms, data.alarms, data.removed, (alarm) => alarm.id) }),
    },
  );
  live.subscribe(
    "problems",
    {},
    {
      snapshot: ({ problems }) => problemList.set({ problems }),
      delta: ({ problems }) => problemList.set({ problems }),
    },
  );
  followPeople();
  live.subscribe(
    "engine",
    {},
    {
      snapshot: tellEngine,
      delta: tellEngine,
    },
  );
}

function tellEngine(engine: Engine): void {
  engineState.set({ engine });
  if (engine.cluster) remember(engine.cluster.workers);
}

/** Follows the status of one flow until the returned function is called. */
export function watchStatus(flow: string): () => void {
  status.clear();
  const unwatch = live.state.watch(() => isAway(live.state.get()) && status.lost());
  const stop = live.subscribe(
    "status",
    { flow },
    {
      snapshot: (data) => status.snapshot(data),
      delta: (data) => status.delta(data),
      dropped: (count) => (status.dropped += count),
      ended: () => status.clear(),
    },
  );
  return () => {
    unwatch();
    stop();
  };
}

const watchRuns = (listener: () => void) => status.watchStates(listener);

/** Whether the engine runs a node or a wire of the open flow: only of those there is something to hear. */
export const useRuns = (node: string): boolean => useSyncExternalStore(watchRuns, () => status.runs(node));
export const useCarries = (wire: string): boolean => useSyncExternalStore(watchRuns, () => status.carries(wire));
