// Messages of a node, a wire or a flow as they passed, newest first; each opens to its payload.
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useRef, useState } from "react";
import { flows } from "../api/calls";
import { visit } from "../edit/visit";
import { bytes, clock, t } from "../i18n";
import { summary, visible } from "../logic/payload";
import type { TapRow } from "../logic/tap";
import { tell, tellError } from "../state/notices";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { Payload } from "./Payload";
import { taps, togglePin } from "./tapStore";

export default function MessageList({ rows }: { rows: readonly TapRow[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => 25,
    overscan: 8,
    getItemKey: (i) => rows[i]!.row,
  });
  const toggle = (row: number) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(row)) next.add(row);
      return next;
    });
  return (
    <div className="list" ref={list} tabIndex={0} role="region" aria-label={t("messages")}>
      <div className="virtual" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const message = rows[item.index]!;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              style={{ position: "absolute", insetInline: 0, transform: `translateY(${item.start}px)` }}
            >
              <Row message={message} open={open.has(message.row)} onToggle={toggle} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Messages that were pinned, above those that go on coming. */
export function Pins({ rows }: { rows: readonly TapRow[] }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <div className="pins" tabIndex={0} role="region" aria-label={t("tap.pins")}>
      <p className="label">{t("tap.pins")}</p>
      {rows.map((message) => (
        <Row
          key={message.row}
          message={message}
          open={open === message.row}
          onToggle={(row) => setOpen(open === row ? null : row)}
        />
      ))}
    </div>
  );
}

type RowProps = { message: TapRow; open: boolean; onToggle: (row: number) => void };

const Row = memo(function Row({ message, open, onToggle }: RowProps) {
  return (
    <>
      <button type="button" className="message" aria-expanded={open} onClick={() => onToggle(message.row)}>
        <span className="muted">{clock(message.at_ms)}</span>
        <span>
          {message.node}
          {message.port !== "out" && `:${message.port}`}{" "}
          {message.topic && <span className="muted">{visible(message.topic)}</span>}
        </span>
        <span className="payload">{summary(message.payload)}</span>
        <span className="muted phone-hide">{bytes(message.size_bytes)}</span>
      </button>
      {open && <Detail message={message} />}
    </>
  );
});

function Detail({ message }: { message: TapRow }) {
  const editable = useMay("integrator");
  const isPinned = useStore(taps, (state) => state.tap.pins.some((pin) => pin.row === message.row));
  const replay = async () => {
    try {
      const { encoding, payload, topic, meta, port } = message;
      await flows.inject(message.flow, message.node, {
        payload,
        encoding,
        meta,
        port,
        ...(topic === null ? {} : { topic }),
      });
      tell(t("inject.done", { node: message.node }));
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <div className="message-detail stack">
      <Payload message={message} />
      <div className="row wrap">
        <button type="button" className="button" aria-pressed={isPinned} onClick={() => togglePin(message)}>
          {t("tap.pin")}
        </button>
        <button type="button" className="button" onClick={() => visit(message.flow, message.node)}>
          {t("tap.node")}
        </button>
        {editable && !message.cut && (
          <button type="button" className="button" onClick={() => void replay()}>
            {t("tap.replay")}
          </button>
        )}
      </div>
    </div>
  );
}
