// A flow for those who only watch: on a wide screen its drawing, on a phone a list of its nodes or the drawing.

import { lazy, Suspense, useEffect, useState } from "react";
import { Outline } from "../canvas/Outline";
import { openFlow } from "../edit/documents";
import { nodeById, useDocument, useEditor } from "../edit/editor";
import { number, rate, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { showTap } from "../panels/showTap";
import { Dialog } from "../parts/Dialog";
import { LiveMark } from "../parts/LiveMark";
import { Letters } from "../properties/Letters";
import { LostTyping } from "../properties/LostTyping";
import { useAddress } from "../state/address";
import { status, useRuns, watchStatus } from "../state/feeds";
import { useMay } from "../state/session";
import { BottomPanel } from "./BottomPanel";
import { EditedList, FlowTools } from "./PhoneEditing";

const Canvas = lazy(() => import("../canvas/Canvas"));

export default function ListFlow({ flow, wide }: { flow: string; wide: boolean }) {
  useEffect(() => openFlow(flow), [flow]);
  const title = useDocument((state) => state.flow?.title);
  const missing = useDocument((state) => state.missing);
  const [drawn, setDrawn] = useAddress("drawn");
  const edits = useMay("integrator") && !wide;
  if (missing) return <p className="empty">{t("flow.missing", { id: flow })}</p>;
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>{title || flow}</h1>
        {!wide && (
          <button
            type="button"
            className="button"
            aria-pressed={drawn !== ""}
            onClick={() => setDrawn(drawn ? "" : "1")}
          >
            {t("canvas.label")}
          </button>
        )}
        {edits && <FlowTools flow={flow} drawn={drawn !== ""} />}
      </div>
      {edits && <LostTyping />}
      {wide || drawn ? (
        <div className="watched">
          <Suspense fallback={<div className="canvas" />}>
            <Canvas flow={flow} editable={false} />
          </Suspense>
          <Chosen flow={flow} />
          {edits && <p className="muted small hint">{t("phone.drawing")}</p>}
        </div>
      ) : edits ? (
        <EditedList flow={flow} />
      ) : (
        <NodeList flow={flow} />
      )}
      {wide && (
        <div style={{ height: 220, display: "flex", background: "var(--surface)", borderTop: "1px solid var(--line)" }}>
          <BottomPanel flow={flow} />
        </div>
      )}
    </div>
  );
}

function NodeList({ flow }: { flow: string }) {
  useEffect(() => watchStatus(flow), [flow]);
  const [open, setOpen] = useState<string | null>(null);
  return (
    <>
      <Outline onOpen={setOpen} />
      {open && <NodeSheet flow={flow} id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

/** On a phone a node is a sheet over the list. */
function NodeSheet({ flow, id, onClose }: { flow: string; id: string; onClose: () => void }) {
  const node = useNode(id);
  return (
    <Dialog title={node?.title ?? id} onClose={onClose} foot={<TapButton flow={flow} id={id} />}>
      <NodeFacts flow={flow} id={id} />
    </Dialog>
  );
}

/** With room for the drawing a node is told of beside it. */
function Chosen({ flow }: { flow: string }) {
  const chosen = useEditor((state) => state.nodes);
  const id = chosen.size === 1 ? [...chosen][0]! : "";
  const node = useNode(id);
  if (!node) return null;
  return (
    <aside className="chosen stack" aria-label={t("node")}>
      <h2 className="ellipsis">{node.title ?? id}</h2>
      <NodeFacts key={id} flow={flow} id={id} />
      <div className="row">
        <TapButton flow={flow} id={id} />
      </div>
    </aside>
  );
}

const useNode = (id: string) =>
  nodeById(
    useDocument((state) => state.graph),
    id,
  );

function TapButton({ flow, id }: { flow: string; id: string }) {
  const mayTap = useMay("operator");
  const runs = useRuns(id);
  if (!mayTap || !runs) return null;
  return (
    <button type="button" className="button" onClick={() => showTap({ flow, node: id })}>
      {t("tap.start")}
    </button>
  );
}

function NodeFacts({ flow, id }: { flow: string; id: string }) {
  const node = useNode(id);
  const [, tick] = useState(0);
  useEffect(() => status.watchNode(id, () => tick((old) => old + 1)), [id]);
  const now = status.nodes.get(id);
  return (
    <>
      <p className="muted">
        <code>{id}</code> · {node?.type}
      </p>
      <LiveMark state={now?.state ?? 0} />
      {now && (
        <p>
          {t("perSecond", { rate: rate(now.rate) })} · {t("engine.errored")}: {number(now.errors)}
        </p>
      )}
      {now?.text && <p>{reasonText(now.text)}</p>}
      <Letters flow={flow} node={id} />
    </>
  );
}
