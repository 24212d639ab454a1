// Who is logged in, and what that role may do.
import * as api from "../api/calls";
import { whenLoggedOut } from "../api/http";
import { live } from "../api/live";
import type { Role, Session } from "../api/types";
import { isAway } from "./away";
import { preferences } from "./preferences";
import { createStore, useStore } from "./store";

type State = { session: Session | null; failed: boolean };
export const sessions = createStore<State>({ session: null, failed: false });

const RANK: Record<Role, number> = { viewer: 0, operator: 1, integrator: 2, admin: 3 };

export function atLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}

export async function readSession(): Promise<void> {
  try {
    take(await api.session.read());
  } catch {
    sessions.set({ failed: true });
  }
}

/** A socket that is refused tells no reason: the session may have ended while the engine was away, or with it. */
export function followSession(): void {
  let attempt = 0;
  live.state.watch(() => {
    const now = live.state.get();
    if (isAway(now) && now.attempt !== attempt) api.session.read().then(takeUser, () => undefined);
    attempt = now.attempt;
  });
}

function takeUser(session: Session): void {
  if (session.user?.name !== sessions.get().session?.user?.name) take(session);
}

export function take(session: Session): void {
  sessions.set({ session, failed: false });
  if (session.user) live.start();
  else live.stop();
}

export async function logOut(): Promise<void> {
  await api.session.logOut();
  loggedOut();
}

function loggedOut(): void {
  const { session } = sessions.get();
  if (session?.user) take({ ...session, user: null });
}
whenLoggedOut(loggedOut);

export const useSession = () => useStore(sessions, (state) => state.session);

/** The role that somebody acts in: in operator mode nothing is offered that an operator could not use. */
const acting = (mode = preferences.get().mode, user = sessions.get().session?.user): Role | undefined =>
  mode === "operator" && atLeast(user?.role, "operator") ? "operator" : user?.role;

export const may = (needed: Role) => atLeast(acting(), needed);
export function useMay(needed: Role): boolean {
  const mode = useStore(preferences, (state) => state.mode);
  return useStore(sessions, (state) => atLeast(acting(mode, state.session?.user), needed));
}
export function useActing(): Role | undefined {
  const mode = useStore(preferences, (state) => state.mode);
  return useStore(sessions, (state) => acting(mode, state.session?.user));
}
