// Whether the engine is away: it was there, and the socket to it is lost. What was shown of it is then no longer true.
import { type LiveState, live } from "../api/live";
import { useStore } from "./store";

export const isAway = ({ connected, ever }: LiveState): boolean => !connected && ever;
export const useAway = () => useStore(live.state, isAway);
