// Which panel is open below the canvas.
import { createStore } from "./store";

export type PanelName = "messages" | "alarms" | "values" | "trends" | "problems" | "log";

export const bottom = createStore<{ tab: PanelName }>({ tab: "messages" });
