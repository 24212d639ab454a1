// The start: language, theme, session, and then the first rendering.
import "./theme/tokens.css";
import "./theme/controls.css";
import "./theme/shell.css";
import "./theme/panels.css";
import "./theme/canvas.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chooseLanguage, loadLanguage } from "./i18n";
import { App } from "./shell/App";
import { applyTheme, preferences } from "./state/preferences";
import { followAddressBar, route } from "./state/route";
import { followSession, readSession } from "./state/session";

applyTheme();
followSession();
followAddressBar();
// The largest part of the first screen comes while the session is asked for.
if (route().screen === "flow") void import("./canvas/Canvas");
await Promise.all([loadLanguage(chooseLanguage(preferences.get().language, navigator.languages)), readSession()]);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
