// The flow's text beside the canvas. What is typed is checked at once, saved when it is YAML, and kept in any case.

import type { CompletionContext } from "@codemirror/autocomplete";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { flows } from "../api/calls";
import type { Diagnostic, Flow } from "../api/types";
import type { FlowDocument } from "../edit/document";
import { editor, useDocument, useEditor } from "../edit/editor";
import { typesKnown } from "../edit/nodeTypes";
import { t } from "../i18n";
import { replacedStretch } from "../logic/diff";
import { contextAt } from "../logic/yamlContext";
import { useMay } from "../state/session";
import { extensions, marks, offset } from "./codemirror";
import { offers } from "./completion";

type Saving = "saved" | "typing" | "saving" | "broken" | "away";
const CHECK_AFTER_MS = 400;

export default function YamlPane() {
  const document = useEditor((state) => state.document);
  const ready = useDocument((state) => state.flow !== null);
  const editable = useMay("integrator");
  if (!document || !ready) return <p className="empty">{t("loading")}</p>;
  return <Pane key={`${document.id}/${editable}`} document={document} editable={editable} />;
}

function Pane({ document, editable }: { document: FlowDocument; editable: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const [saving, setSaving] = useState<Saving>("saved");
  const [faults, setFaults] = useState(0);
  useEffect(() => {
    const typing = new Typing(host.current!, document, editable, setSaving, setFaults);
    return () => typing.end();
  }, [document, editable]);
  return (
    <div className="yaml-pane" data-panel="yaml">
      <div className="host" ref={host} />
      <div className="toolbar small" role="status">
        <span className={saving === "broken" ? "fault grow" : "muted grow"}>{t(`yaml.${saving}`)}</span>
        {faults > 0 && <span className="fault">{t("problems.count", { n: faults })}</span>}
      </div>
    </div>
  );
}

/** One stay of the cursor in one flow's text. */
class Typing {
  private readonly view: EditorView;
  private base: string; // what the text on screen was typed from
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private fromOutside = false;
  private check: AbortController | null = null;
  private readonly unwatch: (() => void)[];

  constructor(
    host: HTMLElement,
    private readonly document: FlowDocument,
    editable: boolean,
    private readonly say: (saving: Saving) => void,
    private readonly count: (faults: number) => void,
  ) {
    const { flow, typed } = document.store.get();
    this.base = typed?.base ?? flow!.text;
    const text = typed?.text ?? flow!.text;
    const setup = {
      readOnly: !editable,
      label: t("yaml.label"),
      complete: (context: CompletionContext) => this.complete(context),
      onText: () => this.typed(),
      onSave: () => {
        void this.save();
        return true;
      },
    };
    const separator = text.includes("\r\n") ? "\r\n" : "\n";
    this.view = new EditorView({
      parent: host,
      state: EditorState.create({ doc: text, extensions: extensions(setup, separator) }),
    });
    this.view.scrollDOM.tabIndex = 0; // so that the text can be scrolled by keyboard where it cannot be edited
    this.unwatch = [document.store.watch(() => this.flowMoved()), editor.watch(() => this.lineAsked())];
    this.mark(flow!.diagnostics);
    if (typed) this.typed();
    this.lineAsked();
  }

  end(): void {
    clearTimeout(this.timer);
    this.check?.abort();
    for (const stop of this.unwatch) stop();
    if (this.text() !== this.base) void this.save();
    this.view.destroy();
  }

  private text(): string {
    return this.view.state.sliceDoc();
  }

  private typed(): void {
    if (this.fromOutside) return;
    const text = this.text();
    this.document.keepTyped(text === this.base ? null : { text, base: this.base });
    this.say("typing");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), CHECK_AFTER_MS);
  }

  /** Only a text that is YAML replaces the engine's; anything else stays here, kept, with the reason shown. */
  private async save(): Promise<void> {
    const text = this.text();
    if (this.busy || text === this.base) return this.say("saved");
    this.busy = true;
    this.say("saving");
    try {
      this.check = new AbortController();
      const checked = await flows.check(this.document.id, text, this.check.signal);
      if (this.text() === text) this.mark(checked.diagnostics);
      if (!checked.graph) return this.say("broken");
      if (await this.document.writeText(text, this.base)) this.saved(text);
      else this.say("away");
    } catch {
      this.say("away");
    } finally {
      this.busy = false;
      if (this.text() !== text) this.typed();
    }
  }

  private saved(text: string): void {
    const still = this.text() === text;
    this.base = still ? this.document.store.get().flow!.text : text;
    if (still) this.replace(this.base);
    this.document.keepTyped(still ? null : { text: this.text(), base: this.base });
    this.say(still ? "saved" : "typing");
  }

  private flowMoved(): void {
    const { flow } = this.document.store.get();
    if (!flow || this.busy || flow.text === this.base || this.text() !== this.base) return;
    this.base = flow.text;
    this.replace(flow.text);
    this.markFlow(flow);
  }

  private markFlow(flow: Flow): void {
    this.mark(flow.diagnostics);
  }

  private replace(text: string): void {
    const unified = text.split(this.view.state.lineBreak).join("\n");
    const change = replacedStretch(this.view.state.doc.toString(), unified);
    if (!change) return;
    this.fromOutside = true;
    this.view.dispatch({
      changes: { ...change, insert: this.view.state.toText(change.insert.split("\n").join(this.view.state.lineBreak)) },
    });
    this.fromOutside = false;
  }

  private mark(diagnostics: readonly Diagnostic[]): void {
    this.count(diagnostics.filter(({ severity }) => severity === "error").length);
    this.view.dispatch(setDiagnostics(this.view.state, marks(this.view.state.doc, diagnostics)));
  }

  private shown: unknown = null;
  private lineAsked(): void {
    const { line } = editor.get();
    if (!line || line === this.shown) return;
    this.shown = line;
    const at = offset(this.view.state.doc, { line: line.number, column: 1 });
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    this.view.focus();
  }

  private async complete(context: CompletionContext) {
    const types = await typesKnown();
    const text = context.state.doc.toString();
    const place = contextAt(text, context.pos);
    if (!context.explicit && place.typed === "" && place.key === null) return null;
    const options = offers(place, text, types, this.document.store.get().graph);
    return options.length === 0
      ? null
      : {
          from: place.from,
          validFor: /^[\w.-]*$/,
          options: options.map(({ label, detail, info, insert }) => ({
            label,
            detail,
            apply: insert,
            ...(info ? { info } : {}),
          })),
        };
  }
}
