// The integrator's view of one flow: palette, canvas, properties, and the panels below.
import { lazy, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Outline } from "../canvas/Outline";
import { Palette } from "../canvas/Palette";
import { openFlow } from "../edit/documents";
import { useDocument } from "../edit/editor";
import { t } from "../i18n";
import { parted } from "../logic/folders";
import { mostOf, PANES, type Pane } from "../logic/panes";
import { Icon } from "../parts/Icon";
import { Splitter } from "../parts/Splitter";
import { Tabs } from "../parts/Tabs";
import { LostTyping } from "../properties/LostTyping";
import { flowList } from "../state/feeds";
import { prefer, preferences } from "../state/preferences";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { BottomPanel } from "./BottomPanel";
import { Link } from "./Link";
import { Others } from "./Others";
import { Right } from "./Right";

const Canvas = lazy(() => import("../canvas/Canvas"));

export function Editor({ flow }: { flow: string }) {
  useEffect(() => openFlow(flow), [flow]);
  const editable = useMay("integrator");
  const title = useDocument((state) => state.flow?.title);
  const missing = useDocument((state) => state.missing);
  const left = usePane("left_px", useInner("innerWidth"));
  const right = usePane("right_px", useInner("innerWidth"));
  const bottom = usePane("bottom_px", useInner("innerHeight"));
  if (missing) return <p className="empty">{t("flow.missing", { id: flow })}</p>;
  return (
    <main className="editor">
      <h1 className="sr">{title || flow}</h1>
      <aside className="left" aria-label={t("left")}>
        <div className="pane" style={{ width: left.size }}>
          <Left editable={editable} />
        </div>
        <Splitter label={t("left.size")} orientation="vertical" grows={1} {...left} />
      </aside>
      <section className="center" aria-label={t("canvas")}>
        <FlowTabs flow={flow} />
        <LostTyping />
        <Suspense fallback={<div className="canvas" />}>
          <Canvas flow={flow} editable={editable} />
        </Suspense>
      </section>
      <section className="bottom" aria-label={t("panels")}>
        <Splitter label={t("panels.size")} orientation="horizontal" grows={-1} {...bottom} />
        <div style={{ height: bottom.size, display: "flex" }}>
          <BottomPanel flow={flow} />
        </div>
      </section>
      <aside className="right" aria-label={t("right")}>
        <Splitter label={t("right.size")} orientation="vertical" grows={-1} {...right} />
        <div className="pane" style={{ width: right.size }}>
          <Right />
        </div>
      </aside>
    </main>
  );
}

function useInner(side: "innerWidth" | "innerHeight"): number {
  return useSyncExternalStore(onResize, () => window[side]);
}

function onResize(changed: () => void): () => void {
  addEventListener("resize", changed);
  return () => removeEventListener("resize", changed);
}

/** A pane as large as its reader made it, as far as the window has room for it. */
function usePane(pane: Pane, window_px: number) {
  const wanted = useStore(preferences, (state) => state[pane]);
  const max = mostOf(pane, window_px);
  return { size: Math.min(wanted, max), min: PANES[pane].min, max, onSize: (size: number) => prefer({ [pane]: size }) };
}

function Left({ editable }: { editable: boolean }) {
  const [tab, setTab] = useState<"palette" | "outline">(editable ? "palette" : "outline");
  const tabs = editable
    ? [
        { key: "palette" as const, label: t("palette") },
        { key: "outline" as const, label: t("outline") },
      ]
    : [{ key: "outline" as const, label: t("outline") }];
  return (
    <Tabs tabs={tabs} chosen={tab} onChoose={setTab} label={t("left")}>
      {tab === "palette" ? <Palette /> : <Outline />}
    </Tabs>
  );
}

function FlowTabs({ flow }: { flow: string }) {
  const all = useStore(flowList, (state) => state.flows);
  const favourites = useStore(preferences, (state) => state.favourites);
  const flows = useMemo(() => parted(all, favourites).flat(), [all, favourites]);
  const editable = useMay("integrator");
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const sight = () =>
      row.current
        ?.querySelector(`[aria-current][href$="/${flow}"]`)
        ?.scrollIntoView({ inline: "center", block: "nearest" });
    sight();
    const size = new ResizeObserver(sight);
    size.observe(row.current!);
    return () => size.disconnect();
  }, [flow, flows]);
  return (
    <nav className="tabs flowtabs" aria-label={t("flows")} ref={row}>
      {flows.map((item) => (
        <Link key={item.id} to={{ screen: "flow", flow: item.id }} className="tab" current={item.id === flow}>
          {item.title || item.id}
          {item.dirty && (
            <span title={t("flow.dirty")} aria-hidden="true">
              ●
            </span>
          )}
          {item.errors > 0 && (
            <span className="state" data-state="3" title={t("problems.count", { n: item.errors })}>
              ◆
            </span>
          )}
        </Link>
      ))}
      <Others flow={flow} />
      {editable && (
        <button type="button" className="tab" aria-label={t("flow.new")} onClick={() => go({ screen: "start" })}>
          <Icon name="plus" size={14} />
        </button>
      )}
    </nav>
  );
}
