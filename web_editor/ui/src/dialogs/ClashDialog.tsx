// Two people changed the same thing: both versions, and a choice. Nothing is written until it is made.
import { useState } from "react";
import { flows } from "../api/calls";
import type { Conflict, Operation, Path } from "../api/types";
import type { Clash, FlowDocument } from "../edit/document";
import { useDocument, useEditor } from "../edit/editor";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { tellError } from "../state/notices";
import { DiffView } from "./DiffView";

export function ClashDialog() {
  const document = useEditor((state) => state.document);
  const clash = useDocument((state) => state.clash);
  if (!document || !clash) return null;
  return clash.kind === "operations" ? (
    <Operations document={document} clash={clash} />
  ) : (
    <Texts document={document} clash={clash} />
  );
}

function Operations({ document, clash }: { document: FlowDocument; clash: Extract<Clash, { kind: "operations" }> }) {
  const who = clash.theirs.author ?? t("clash.disk");
  return (
    <Dialog
      title={t("clash.title")}
      onClose={() => document.settleOperations(false)}
      className="wide"
      foot={
        <>
          <button type="button" className="button" onClick={() => document.settleOperations(false)}>
            {t("clash.theirs")}
          </button>
          <button type="button" className="button primary" onClick={() => document.settleOperations(true)}>
            {t("clash.mine")}
          </button>
        </>
      }
    >
      <p>{t("clash.nodes", { who, nodes: clash.nodes.join(", ") })}</p>
      {clash.before !== null && <h3>{t("clash.theirChange")}</h3>}
      {clash.before !== null && <DiffView from={clash.before} to={clash.theirs.text} />}
      <h3>{t("clash.myChange")}</h3>
      <pre className="card scroll" tabIndex={0}>
        {clash.batch.map(inWords).join("\n")}
      </pre>
    </Dialog>
  );
}

/** An edit as a person would note it down: `too_hot.priority: low`. */
function inWords(operation: Operation): string {
  const place = (path: Path) => (path.length > 1 ? path.slice(1) : path).join(".");
  switch (operation.op) {
    case "set":
    case "add":
      return `${place(operation.path)}: ${typeof operation.value === "string" ? operation.value : JSON.stringify(operation.value)}`;
    case "delete":
      return `${t("delete")}: ${place(operation.path)}`;
    case "rename":
      return `${place(operation.path)} → ${operation.to}`;
    case "wire":
      return `${operation.from}:${operation.port} → ${operation.to}`;
    case "unwire":
      return `${t("delete")}: ${operation.from}:${operation.port} → ${operation.to}`;
    default:
      return JSON.stringify(operation);
  }
}

function Texts({ document, clash }: { document: FlowDocument; clash: Extract<Clash, { kind: "text" }> }) {
  const { conflicts } = clash.merged;
  const [mine, setMine] = useState<ReadonlySet<number>>(new Set());
  const finish = async () => {
    try {
      const written = await flows.write(document.id, clash.merged.text, clash.theirs.etag);
      const operations = chosen(conflicts.filter((_item, i) => mine.has(i)));
      document.take(operations.length ? await flows.change(document.id, operations, written.etag) : written);
      document.keepTyped(null);
      document.store.set({ clash: null });
    } catch (error) {
      tellError(error);
    }
  };
  const choose = (i: number, own: boolean) => {
    const next = new Set(mine);
    next[own ? "add" : "delete"](i);
    setMine(next);
  };
  return (
    <Dialog
      title={t("clash.title")}
      onClose={() => document.store.set({ clash: null })}
      className="wide"
      foot={
        <>
          <button type="button" className="button" onClick={() => document.store.set({ clash: null })}>
            {t("clash.later")}
          </button>
          <button type="button" className="button primary" onClick={() => void finish()}>
            {t("clash.finish")}
          </button>
        </>
      }
    >
      <p>{t("clash.both", { who: clash.theirs.author ?? t("clash.disk"), n: conflicts.length })}</p>
      {conflicts.map((conflict, i) => (
        <fieldset key={i}>
          <legend>{conflict.path.join(" / ")}</legend>
          <Side
            name={`clash-${i}`}
            label={t("clash.theirs")}
            text={conflict.theirs}
            checked={!mine.has(i)}
            onChoose={() => choose(i, false)}
          />
          <Side
            name={`clash-${i}`}
            label={t("clash.mine")}
            text={conflict.mine}
            checked={mine.has(i)}
            onChoose={() => choose(i, true)}
          />
        </fieldset>
      ))}
    </Dialog>
  );
}

function Side({
  name,
  label,
  text,
  checked,
  onChoose,
}: {
  name: string;
  label: string;
  text: string | null;
  checked: boolean;
  onChoose: () => void;
}) {
  return (
    <div>
      <label className="row">
        <input type="radio" name={name} checked={checked} onChange={onChoose} />
        {label}
      </label>
      <pre className="scroll" style={{ margin: "0 0 8px 28px" }} tabIndex={0}>
        {text ?? t("clash.deleted")}
      </pre>
    </div>
  );
}

const chosen = (conflicts: readonly Conflict[]): Operation[] =>
  conflicts.map(({ path, mine, value }) => (mine === null ? { op: "delete", path } : { op: "set", path, value }));
