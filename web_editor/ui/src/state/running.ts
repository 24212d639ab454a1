// Which nodes and wires of the open flow the engine runs: only of those there is something to hear.
import { useSyncExternalStore } from "react";
import { status } from "./feeds";

const watch = (listener: () => void) => status.watchStates(listener);

export const useRuns = (node: string): boolean => useSyncExternalStore(watch, () => status.runs(node));
export const useCarries = (wire: string): boolean => useSyncExternalStore(watch, () => status.carries(wire));
