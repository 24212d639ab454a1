// Banner, status bar, notices and the lists of screens around the one that is shown.
import { useEffect, useState } from "react";
import { live } from "../api/live";
import { SCREENS, screenName } from "../dialogs/commands";
import { useDocument } from "../edit/editor";
import { bytes, number, rate, t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { Icon, type IconName } from "../parts/Icon";
import { StateMark } from "../parts/StateMark";
import { engineState } from "../state/feeds";
import { close, notices } from "../state/notices";
import { type PlainScreen, useRoute } from "../state/route";
import { atLeast, useActing, useSession } from "../state/session";
import { useStore } from "../state/store";
import { Link } from "./Link";

export function Banner() {
  const { connected, ever } = useStore(live.state, (state) => state);
  const waiting = useDocument((state) => state.pending.length + (state.typed ? 1 : 0));
  const changed = useDocument((state) => state.flow?.file_changed ?? false);
  const stale = useSession()?.stale_ui;
  if (!connected && ever) {
    return (
      <div className="banner" role="alert">
        <StateMark state={3} text={t("gone.title")} />
        <span className="grow">{waiting ? t("gone.kept", { n: waiting }) : t("gone.retrying")}</span>
        <button type="button" className="button" onClick={() => live.reconnectNow()}>
          {t("retry")}
        </button>
      </div>
    );
  }
  if (changed)
    return (
      <div className="banner info" role="status">
        {t("flow.fileChanged")}
      </div>
    );
  return stale ? (
    <div className="banner info" role="status">
      {t("staleUi")}
    </div>
  ) : null;
}

export function StatusBar() {
  const engine = useStore(engineState, (state) => state.engine);
  const connected = useStore(live.state, (state) => state.connected);
  const flow = useDocument((state) => state.flow);
  const unsent = useDocument((state) => state.pending.length);
  return (
    <footer className="statusbar">
      {flow?.revision && (
        <span>
          {t("revision")} {flow.revision}
        </span>
      )}
      {flow && <span className="mono">{flow.etag.replaceAll('"', "").slice(0, 8)}</span>}
      {engine && connected && <span>{t("perSecond", { rate: rate(engine.rate) })}</span>}
      {engine && connected && (
        <span>
          {t("engine.lag")} {number(engine.loop_lag_ms, 1)} ms
        </span>
      )}
      {engine && connected && <span>{bytes(engine.memory_bytes)}</span>}
      <span className="grow" />
      {unsent > 0 && <span data-unsent>{t("edit.unsent", { n: unsent })}</span>}
      <StateMark state={connected ? 1 : 3} text={t(connected ? "connected" : "notConnected")} />
    </footer>
  );
}

export function Notices() {
  const items = useStore(notices, (state) => state.items);
  return (
    <div className="notices" role="region" aria-label={t("notices")} aria-live="polite">
      {items.map((item) => (
        <div key={item.id} className={item.kind === "error" ? "notice error" : "notice"}>
          <StateMark state={item.kind === "error" ? 3 : 1} text="" />
          <p>{item.text}</p>
          <button type="button" className="button plain icon" aria-label={t("close")} onClick={() => close(item.id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}

const ICONS: Partial<Record<PlainScreen, IconName>> = {
  pages: "page",
  alarms: "bell",
  values: "values",
  trends: "trend",
  flows: "flow",
  messages: "message",
  problems: "problem",
  engine: "engine",
  "dead-letters": "dead",
  log: "log",
  secrets: "key",
  access: "user",
  audit: "audit",
};

function ScreenLink({
  screen,
  size = 16,
  name = screenName(screen),
}: {
  screen: PlainScreen;
  size?: number;
  name?: string;
}) {
  const now = useRoute().screen;
  const current =
    now === screen ||
    (screen === "flows" && (now === "flow" || now === "start")) ||
    (screen === "pages" && (now === "page" || now === "build"));
  return (
    <Link to={{ screen } as { screen: PlainScreen }} current={current}>
      <Icon name={ICONS[screen]!} size={size} />
      {name}
    </Link>
  );
}

export function Nav() {
  const role = useActing();
  return (
    <nav className="nav" aria-label={t("screens")} data-panel="nav">
      {SCREENS.filter(([, least]) => atLeast(role, least)).map(([screen]) => (
        <ScreenLink key={screen} screen={screen} />
      ))}
    </nav>
  );
}

const THUMB: readonly PlainScreen[] = ["pages", "alarms", "values", "flows"];

/** What a thumb reaches; the rest is one tap further. */
export function BottomNav() {
  const role = useActing();
  const route = useRoute();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [route]);
  const others = SCREENS.filter(([screen, least]) => !THUMB.includes(screen) && atLeast(role, least)).map(
    ([screen]) => screen,
  );
  return (
    <>
      <nav className="bottomnav" aria-label={t("screens")}>
        {THUMB.map((screen) => (
          <ScreenLink
            key={screen}
            screen={screen}
            size={20}
            name={screen === "values" ? t("values.short") : screenName(screen)}
          />
        ))}
        <button
          type="button"
          aria-haspopup="dialog"
          {...(others.includes(route.screen as PlainScreen) ? { "aria-current": "page" as const } : {})}
          onClick={() => setOpen(true)}
        >
          <Icon name="more" size={20} />
          {t("otherScreens")}
        </button>
      </nav>
      {open && (
        <Dialog title={t("screens")} onClose={() => setOpen(false)}>
          <nav className="screens" aria-label={t("otherScreens")}>
            {others.map((screen) => (
              <ScreenLink key={screen} screen={screen} />
            ))}
          </nav>
        </Dialog>
      )}
    </>
  );
}
