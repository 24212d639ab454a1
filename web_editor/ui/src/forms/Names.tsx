// What an expression, template or script gives for the last message that was tapped before its node, and the names it may use.
import { useContext, useEffect, useMemo, useState } from "react";
import { catalog } from "../api/calls";
import type { ExpressionChecked, Json, ScriptTried } from "../api/types";
import { useDocument } from "../edit/editor";
import { heard, hearOne, placeOf } from "../edit/heard";
import { FieldPlace } from "../edit/typing";
import { t } from "../i18n";
import { summary } from "../logic/payload";
import { inserted, namesIn, outcomeOf, type Sample, sampleFor, type Tried } from "../logic/sample";
import { taps } from "../panels/tapStore";
import { useStore } from "../state/store";
import type { Field } from "./fields";

const CHECK_AFTER_MS = 250;
const isTried = (as: string | undefined): as is Tried => as === "expression" || as === "template" || as === "script";

/** What a field, or each line of it, is written as; null for one that names nothing of a message. */
export function triedAs({ kind, items }: Field): Tried | null {
  const as = kind === "list" || kind === "map" ? items?.format : kind;
  return isTried(as) ? as : null;
}

/**
 * The message that a field's text is tried on, the last one tapped before its node; where nobody tapped, one that is heard
 * while the field is `written`. Null for a field that has no use for one.
 */
export function useSample(field: Field, written: boolean): Sample | null {
  const [flow = "", room, node = ""] = useContext(FieldPlace);
  const wanted = triedAs(field) !== null && room === "nodes";
  const rows = useStore(taps, (state) => (wanted ? state.tap.rows : null));
  const graph = useDocument((state) => (wanted ? state.graph : null));
  const tapped = useMemo(
    () => (rows && rows.length > 0 ? sampleFor(rows, flow, node, graph) : null),
    [rows, flow, node, graph],
  );
  const one = useStore(heard, (state) => (wanted ? state.samples[placeOf(flow, node)] : undefined)) ?? null;
  const missing = wanted && written && tapped === null && one === null;
  useEffect(() => (missing && graph ? hearOne(flow, node, graph) : undefined), [missing, flow, node, graph]);
  return tapped ?? one;
}

type Verdict = { fault: string | null; gives: Json | undefined; tried: ScriptTried | undefined };
const NONE: Verdict = { fault: null, gives: undefined, tried: undefined };

/** What is wrong, and where: of a script also the line. */
function faultOf({ message, line, column }: ExpressionChecked): string {
  const said = message ?? "";
  if (line === undefined) return column === null ? said : t("fault.at", { column, message: said });
  return column === null ? t("fault.line", { line, message: said }) : t("fault.place", { line, column, message: said });
}

/** What the engine says about an expression, template or script, a moment after the last key. */
export function useVerdict({ kind }: Field, text: string, sample: Sample | null): Verdict {
  const [verdict, setVerdict] = useState(NONE);
  const message = sample && JSON.stringify(sample);
  useEffect(() => {
    setVerdict(NONE);
    if (!isTried(kind) || !text.trim()) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      catalog.checkExpression(text, kind, message === null ? null : (JSON.parse(message) as Sample), stop.signal).then(
        (said) => setVerdict({ fault: said.ok ? null : faultOf(said), gives: said.value, tried: said.tried }),
        () => undefined, // no answer is no verdict: the checker sees the flow again when it is saved
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [kind, text, message]);
  return verdict;
}

/** What a script did with the message: why it rejects it, or what leaves by which port and stays. */
function ScriptOutcome({ tried }: { tried: ScriptTried }) {
  const lines = outcomeOf(tried);
  return (
    <div className="help" role="status">
      {t("sample.gives")} {tried.rejected !== null && <>{t("sample.rejected", { reason: tried.rejected })}</>}
      {tried.rejected === null && lines.length === 0 && t("sample.nothing")}
      {lines.map(({ what, shown }, i) => (
        <div key={i}>
          {what} <code>{summary(shown, 120)}</code>
        </div>
      ))}
    </div>
  );
}

type Props = { id: string; field: Field; sample: Sample; verdict: Verdict; onText: (text: string) => void };

export function Names({ id, field, sample, verdict: { gives, tried }, onText }: Props) {
  const names = useMemo(() => namesIn(sample, triedAs(field) ?? "expression"), [sample, field]);
  const insert = (name: string) => {
    const input = document.getElementById(id) as HTMLInputElement | HTMLTextAreaElement;
    onText(inserted(input.value, input.selectionStart ?? input.value.length, name));
    input.focus();
  };
  return (
    <div className="sample">
      {gives !== undefined && (
        <p className="help" role="status">
          {t("sample.gives")} <code>{summary(gives, 80)}</code>
        </p>
      )}
      {tried && <ScriptOutcome tried={tried} />}
      <details>
        <summary className="help">{t("sample.names", { n: names.length })}</summary>
        <div className="row wrap">
          {names.map(({ name, value }) => (
            <button
              key={name}
              type="button"
              className="button small mono"
              onPointerDown={(event) => event.preventDefault()} // the field keeps the focus, and its place
              onClick={() => insert(name)}
            >
              {name} <span className="muted">{summary(value, 24)}</span>
            </button>
          ))}
        </div>
      </details>
    </div>
  );
}
