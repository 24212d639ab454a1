// Which screen is shown to whom.
import { type ComponentType, Suspense, useEffect, useState } from "react";
import { nothingUnsent } from "../edit/editor";
import { t } from "../i18n";
import { lazily } from "../parts/lazily";
import { Entry, NoAnswer } from "../screens/Entry";
import { useAway } from "../state/away";
import { flowList, startFeeds } from "../state/feeds";
import { followWorkers } from "../state/follow";
import { preferences } from "../state/preferences";
import { go, pathOf, type Route, useRoute } from "../state/route";
import { atLeast, may, sessions, useSession } from "../state/session";
import { followAlarmSound } from "../state/sound";
import { useStore } from "../state/store";
import { useWide } from "../state/wide";
import { AlarmBar } from "./AlarmBar";
import { takeDroppedFiles } from "./droppedFiles";
import { Editor } from "./Editor";
import { Banner, BottomNav, Nav, Notices, StatusBar } from "./Frame";
import { useGlobalKeys } from "./keys";
import { Overlays } from "./Overlays";
import { TopBar } from "./TopBar";
import { touring } from "./tourStore";

const ListFlow = lazily(() => import("./ListFlow"));
const Tour = lazily(() => import("./Tour"));
const PageScreen = lazily(() => import("../screens/PageScreen"));
const PageBuilder = lazily(() => import("../screens/PageBuilder"));
const ConnectionScreen = lazily(() => import("../screens/ConnectionScreen"));
const PLAIN: Record<string, ComponentType<{ flow?: string }>> = {
  pages: lazily(() => import("../screens/PagesScreen")),
  flows: lazily(() => import("../screens/FlowsScreen")),
  start: lazily(() => import("../screens/StartScreen")),
  engine: lazily(() => import("../screens/EngineScreen")),
  "dead-letters": lazily(() => import("../screens/DeadLettersScreen")),
  secrets: lazily(() => import("../screens/SecretsScreen")),
  access: lazily(() => import("../screens/AccessScreen")),
  audit: lazily(() => import("../screens/AuditScreen")),
};
const PANELS: Record<string, ComponentType<{ flow?: string }>> = {
  alarms: lazily(() => import("../panels/Alarms")),
  values: lazily(() => import("../panels/Values")),
  trends: lazily(() => import("../panels/Trends")),
  messages: lazily(() => import("../panels/Messages")),
  problems: lazily(() => import("../panels/Problems")),
  log: lazily(() => import("../panels/Log")),
};

export function App() {
  const session = useSession();
  const failed = useStore(sessions, (state) => state.failed);
  if (failed && !session) return <NoAnswer />;
  if (!session) return null;
  if (!session.user)
    return (
      <>
        <Entry setup={session.setup_required} />
        <Notices />
      </>
    );
  return <Inside />;
}

function useOperatorMode(wide: boolean): boolean {
  const role = useSession()?.user?.role;
  const mode = useStore(preferences, (state) => state.mode);
  return !wide || !atLeast(role, "integrator") || mode === "operator";
}

function Inside() {
  const away = useAway();
  const wide = useWide();
  const operator = useOperatorMode(wide);
  const route = useRoute();
  const bare = route.screen === "flow" && !operator;
  const [menu, setMenu] = useState(false);
  useEffect(() => setMenu(false), [route]);
  const tour = useStore(touring, (state) => state.step !== null);
  useEffect(startFeeds, []);
  useEffect(followAlarmSound, []);
  useEffect(() => followWorkers(nothingUnsent), []);
  useEffect(takeDroppedFiles, []);
  useGlobalKeys();
  useHome(operator);
  return (
    <div className="app" data-away={away || undefined}>
      <TopBar operator={operator} wide={wide} menu={menu} onMenu={bare ? () => setMenu(!menu) : null} />
      <Banner />
      <AlarmBar />
      <div className="frame">
        {(!bare || menu) && wide && <Nav />}
        <Suspense fallback={<p className="empty grow">{t("loading")}</p>}>
          {bare ? (
            <Editor flow={(route as { flow: string }).flow} />
          ) : (
            <main className="screen">
              <Screen route={route} wide={wide} />
            </main>
          )}
        </Suspense>
      </div>
      <StatusBar />
      <BottomNav />
      <Overlays />
      {tour && bare && (
        <Suspense fallback={null}>
          <Tour />
        </Suspense>
      )}
      <Notices />
    </div>
  );
}

function Screen({ route, wide }: { route: Route; wide: boolean }) {
  if (route.screen === "flow") return <ListFlow flow={route.flow} wide={wide} />;
  if (route.screen === "page")
    return <PageScreen key={`${route.flow}/${route.page}`} flow={route.flow} page={route.page} />;
  if (route.screen === "build") return <PageBuilder key={pathOf(route)} flow={route.flow} page={route.page} />;
  if (route.screen === "connection")
    return <ConnectionScreen key={pathOf(route)} flow={route.flow} connection={route.connection} />;
  const Plain = PLAIN[route.screen];
  if (Plain) return <Plain />;
  const Panel = PANELS[route.screen];
  if (!Panel) return null;
  return (
    <>
      <div className="screen-head">
        <h1>{t(route.screen as "alarms" | "values" | "trends" | "messages" | "problems" | "log")}</h1>
      </div>
      <div className="pane sheet">
        <Panel />
      </div>
    </>
  );
}

/** The start page: the first flow for those who build, the pages for those who operate. */
function useHome(operator: boolean): void {
  const route = useRoute();
  const flows = useStore(flowList, (state) => state);
  useEffect(() => {
    if (route.screen !== "home" && route.screen !== "setup") return;
    if (operator) return go({ screen: "pages" }, true);
    if (!flows.ready) return;
    const first = flows.flows[0];
    go(first ? { screen: "flow", flow: first.id } : { screen: may("integrator") ? "start" : "flows" }, true);
  }, [route.screen, operator, flows]);
}
