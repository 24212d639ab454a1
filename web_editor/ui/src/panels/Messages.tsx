// The tap: messages of a node, a wire or a flow as they pass.
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useRef, useState } from "react";
import { flows } from "../api/calls";
import type { TapMessage } from "../api/types";
import { bytes, clock, number, t } from "../i18n";
import { summary, visible } from "../logic/payload";
import { Icon } from "../parts/Icon";
import { flowList } from "../state/feeds";
import { tell, tellError } from "../state/notices";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { Payload } from "./Payload";
import { clearTap, endTap, setPaused, startTap, taps } from "./tapStore";

export default function Messages({ flow }: { flow?: string }) {
  const mayTap = useMay("operator");
  const { tap, running, filter, ended } = useStore(taps, (state) => state);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: tap.rows.length, getScrollElement: () => list.current, estimateSize: () => 25, overscan: 8, getItemKey: (i) => tap.rows[i]!.id,
  });
  if (!mayTap) return <p className="empty">{t("tap.notAllowed")}</p>;
  const toggle = (id: string) => setOpen((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  return (
    <div className="pane" data-panel="messages">
      <TapBar flow={flow} />
      {running && <p className="sr" role="status">{t("tap.of", { what: filter.wire ?? filter.node ?? filter.flow ?? "" })}</p>}
      {tap.left_out > 0 && <p className="toolbar small muted">{t("tap.leftOut", { n: tap.left_out })}</p>}
      {ended && <p className="toolbar small">{t("tap.ended")} <button type="button" className="button" onClick={() => startTap(filter)}>{t("tap.again")}</button></p>}
      {tap.rows.length === 0 ? <p className="empty">{t(running ? "tap.waiting" : "tap.none")}</p> : (
        <div className="list" ref={list} tabIndex={0} role="region" aria-label={t("messages")}>
          <div className="virtual" style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((item) => {
              const message = tap.rows[item.index]!;
              return (
                <div key={item.key} ref={rows.measureElement} data-index={item.index} style={{ position: "absolute", insetInline: 0, transform: `translateY(${item.start}px)` }}>
                  <Row message={message} open={open.has(message.id)} onToggle={toggle} />
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

function TapBar({ flow }: { flow: string | undefined }) {
  const { tap, running, filter, max_rate } = useStore(taps, (state) => state);
  const all = useStore(flowList, (state) => state.flows);
  const [search, setSearch] = useState(filter.search ?? "");
  const [where, setWhere] = useState(filter.where ?? "");
  const [chosen, setChosen] = useState("");
  const flowId = flow ?? (chosen || all.find((item) => item.running)?.id);
  const wanted = () => ({
    ...(filter.flow === flowId && filter.node ? { node: filter.node } : {}), ...(filter.flow === flowId && filter.wire ? { wire: filter.wire } : {}),
    flow: flowId ?? "", ...(search ? { search } : {}), ...(where ? { where } : {}),
  });
  return (
    <form className="toolbar" onSubmit={(event) => { event.preventDefault(); startTap(wanted()); }}>
      {!flow && (
        <select className="input" aria-label={t("flow")} value={flowId ?? ""} onChange={(event) => setChosen(event.target.value)}>
          {all.map((item) => <option key={item.id} value={item.id}>{item.title || item.id}</option>)}
        </select>
      )}
      {running ? <button type="button" className="button" onClick={() => endTap()}>{t("tap.stop")}</button> : <button type="submit" className="button" disabled={!flowId}>{t("tap.startFlow")}</button>}
      <button type="button" className="button icon" aria-label={t(tap.paused ? "tap.resume" : "tap.pause")} aria-pressed={tap.paused} onClick={() => setPaused(!tap.paused)}><Icon name={tap.paused ? "play" : "pause"} /></button>
      {tap.paused && tap.waiting.length > 0 && <span className="muted small">{t("tap.held", { n: tap.waiting.length })}</span>}
      <input className="input" type="search" placeholder={t("tap.search")} aria-label={t("tap.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
      <input className="input mono wide-only" placeholder="payload.value > 8" aria-label={t("tap.where")} value={where} onChange={(event) => setWhere(event.target.value)} />
      <label className="row small wide-only">{t("tap.rate")}
        <select className="input" value={max_rate} onChange={(event) => taps.set({ max_rate: Number(event.target.value) })}>
          {[10, 50, 200, 500].map((value) => <option key={value} value={value}>{number(value)}/s</option>)}
        </select>
      </label>
      <span className="grow ellipsis muted small">{running && (filter.wire ?? filter.node)}</span>
      <button type="button" className="button plain" onClick={clearTap}>{t("clear")}</button>
    </form>
  );
}

type RowProps = { message: TapMessage; open: boolean; onToggle: (id: string) => void };

const Row = memo(function Row({ message, open, onToggle }: RowProps) {
  return (
    <>
      <button type="button" className="message" aria-expanded={open} onClick={() => onToggle(message.id)}>
        <span className="muted">{clock(message.at_ms)}</span>
        <span>{message.node}{message.port !== "out" && `:${message.port}`} {message.topic && <span className="muted">{visible(message.topic)}</span>}</span>
        <span className="payload">{summary(message.payload)}</span>
        <span className="muted phone-hide">{bytes(message.size_bytes)}</span>
      </button>
      {open && <Detail message={message} />}
    </>
  );
});

function Detail({ message }: { message: TapMessage }) {
  const editable = useMay("integrator");
  const replay = async () => {
    try {
      const { encoding, payload, topic, meta, port } = message;
      await flows.inject(message.flow, message.node, { payload, encoding, meta, port, ...(topic === null ? {} : { topic }) });
      tell(t("inject.done", { node: message.node }));
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <div className="message-detail stack">
      <Payload message={message} />
      {editable && !message.cut && <div><button type="button" className="button" onClick={() => void replay()}>{t("tap.replay")}</button></div>}
    </div>
  );
}
