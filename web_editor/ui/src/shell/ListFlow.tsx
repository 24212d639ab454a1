// A flow for those who only watch: on a wide screen the canvas, on a phone a list of its nodes.

import { lazy, Suspense, useEffect, useState } from "react";
import { Outline } from "../canvas/Outline";
import { openFlow } from "../edit/documents";
import { nodeById, useDocument } from "../edit/editor";
import { number, rate, t } from "../i18n";
import { startTap } from "../panels/tapStore";
import { Dialog } from "../parts/Dialog";
import { LiveMark } from "../parts/LiveMark";
import { status, watchStatus } from "../state/feeds";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { BottomPanel } from "./BottomPanel";

const Canvas = lazy(() => import("../canvas/Canvas"));

export default function ListFlow({ flow, wide }: { flow: string; wide: boolean }) {
  useEffect(() => openFlow(flow), [flow]);
  const title = useDocument((state) => state.flow?.title);
  const missing = useDocument((state) => state.missing);
  if (missing) return <p className="empty">{t("flow.missing", { id: flow })}</p>;
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>{title || flow}</h1>
      </div>
      {wide ? (
        <>
          <Suspense fallback={<div className="canvas" />}>
            <Canvas flow={flow} editable={false} />
          </Suspense>
          <div
            style={{ height: 220, display: "flex", background: "var(--surface)", borderTop: "1px solid var(--line)" }}
          >
            <BottomPanel flow={flow} />
          </div>
        </>
      ) : (
        <NodeList flow={flow} />
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

function NodeSheet({ flow, id, onClose }: { flow: string; id: string; onClose: () => void }) {
  const node = nodeById(
    useDocument((state) => state.graph),
    id,
  );
  const mayTap = useMay("operator");
  const [, tick] = useState(0);
  useEffect(() => status.watchNode(id, () => tick((old) => old + 1)), [id]);
  const now = status.nodes.get(id);
  return (
    <Dialog
      title={node?.title ?? id}
      onClose={onClose}
      {...(mayTap
        ? {
            foot: (
              <button
                type="button"
                className="button"
                onClick={() => {
                  startTap({ flow, node: id });
                  go({ screen: "messages" });
                }}
              >
                {t("tap.start")}
              </button>
            ),
          }
        : {})}
    >
      <p className="muted">
        <code>{id}</code> · {node?.type}
      </p>
      <LiveMark state={now?.state ?? 0} />
      {now && (
        <p>
          {t("perSecond", { rate: rate(now.rate) })} · {t("engine.errored")}: {number(now.errors)}
        </p>
      )}
      {now?.text && <p>{now.text}</p>}
    </Dialog>
  );
}
