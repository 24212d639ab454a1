// The place in the address bar. Nothing but paths.
import { createStore, useStore } from "./store";

export type Route =
  | {
      screen:
        | "home"
        | "setup"
        | "pages"
        | "alarms"
        | "values"
        | "messages"
        | "problems"
        | "log"
        | "engine"
        | "dead-letters"
        | "flows"
        | "start"
        | "trends"
        | "access"
        | "secrets"
        | "audit";
    }
  | { screen: "flow"; flow: string }
  | { screen: "connection"; flow: string; connection: string }
  | { screen: "page" | "build"; flow: string; page: string };
export type PlainScreen = Exclude<Route["screen"], "flow" | "page" | "build" | "connection">;

const PLAIN: readonly string[] = [
  "setup",
  "pages",
  "alarms",
  "values",
  "messages",
  "problems",
  "log",
  "engine",
  "dead-letters",
  "flows",
  "start",
  "trends",
  "access",
  "secrets",
  "audit",
];

export function parsePath(path: string): Route {
  const [first = "", second, third] = path.split("/").filter(Boolean).map(decode);
  if (first === "flow" && second) return { screen: "flow", flow: second };
  if (first === "connection" && second && third) return { screen: "connection", flow: second, connection: third };
  if ((first === "page" || first === "build") && second && third) return { screen: first, flow: second, page: third };
  return { screen: PLAIN.includes(first) ? (first as PlainScreen) : "home" };
}

export function pathOf(route: Route): string {
  if (route.screen === "flow") return `/flow/${encodeURIComponent(route.flow)}`;
  if (route.screen === "page" || route.screen === "build")
    return `/${route.screen}/${encodeURIComponent(route.flow)}/${encodeURIComponent(route.page)}`;
  if (route.screen === "connection")
    return `/connection/${encodeURIComponent(route.flow)}/${encodeURIComponent(route.connection)}`;
  return route.screen === "home" ? "/" : `/${route.screen}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a hostile address is just a name that no flow has
  }
}

const place = createStore({ route: parsePath(typeof location === "undefined" ? "/" : location.pathname) });

/** `query`, such as `?flow=hall`, is what `useAddress` of the screen begins with. */
export function go(route: Route, replace = false, query = ""): void {
  history[replace ? "replaceState" : "pushState"](null, "", pathOf(route) + query);
  place.set({ route });
}

export function followAddressBar(): void {
  addEventListener("popstate", () => place.set({ route: parsePath(location.pathname) }));
}

export const useRoute = () => useStore(place, (value) => value.route);
export const route = () => place.get().route;
