// In which order alarms are read, and what can be done with each. Pure.
import type { Alarm } from "../api/types";
import { score } from "./find";

const STATES: readonly Alarm["state"][] = [
  "active_unacknowledged",
  "cleared_unacknowledged",
  "active_acknowledged",
  "normal",
];
export const PRIORITIES: readonly Alarm["priority"][] = ["critical", "high", "medium", "low"];

/** Unacknowledged first, then by priority, then newest first; shelved and out of service last. */
export function inOrder(alarms: readonly Alarm[]): Alarm[] {
  const rank = (alarm: Alarm) =>
    (isQuiet(alarm) ? 100 : 0) + STATES.indexOf(alarm.state) * 10 + PRIORITIES.indexOf(alarm.priority);
  return [...alarms].sort((a, b) => rank(a) - rank(b) || b.since_ms - a.since_ms);
}

export const isQuiet = (alarm: Alarm) => alarm.shelved !== null || alarm.out_of_service !== null;
/** Whether there is nothing to see. */
export const isAtRest = (alarm: Alarm) =>
  alarm.state === "normal" && !isQuiet(alarm) && !alarm.stale && !alarm.uncertain;
export const needsAcknowledging = (alarm: Alarm) => !isQuiet(alarm) && alarm.state.endsWith("_unacknowledged");

/** Alarms that are told together with this one and wait for an acknowledgement as it does. */
export const companions = (alarm: Alarm, alarms: readonly Alarm[]) =>
  alarm.group === null
    ? []
    : alarms.filter(
        (other) =>
          other.id !== alarm.id &&
          other.flow === alarm.flow &&
          other.node === alarm.node &&
          other.group === alarm.group &&
          other.state.endsWith("_unacknowledged"),
      );

/** 0 off, 1 ok, 2 warn, 3 error: how the alarm is marked. */
export function alarmState(alarm: Alarm): 0 | 1 | 2 | 3 {
  if (isQuiet(alarm)) return 0;
  if (alarm.state === "normal") return isAtRest(alarm) ? 1 : 2;
  return alarm.state.startsWith("active") && PRIORITIES.indexOf(alarm.priority) < 2 ? 3 : 2;
}

/** What filters the list; all but `flow` is kept in the address, and under a name where somebody saved it. */
export type AlarmFilter = { search: string; all: boolean; least: Alarm["priority"] | "" };

export const passes = (alarm: Alarm, { search, all, least }: AlarmFilter) =>
  (all || !isAtRest(alarm)) &&
  (least === "" || PRIORITIES.indexOf(alarm.priority) <= PRIORITIES.indexOf(least)) &&
  score(`${alarm.title} ${alarm.key} ${alarm.node} ${alarm.group ?? ""}`, search) > 0;

/** As text, empty for a filter that lets all through that is told anyway; and back, whatever the text. */
export function filterText({ search, all, least }: AlarmFilter): string {
  const parameters = new URLSearchParams();
  if (search) parameters.set("search", search);
  if (all) parameters.set("all", "1");
  if (least) parameters.set("least", least);
  return parameters.toString();
}

export function filterOf(text: string): AlarmFilter {
  const parameters = new URLSearchParams(text);
  const least = PRIORITIES.find((each) => each === parameters.get("least")) ?? "";
  return { search: parameters.get("search") ?? "", all: parameters.has("all"), least };
}
