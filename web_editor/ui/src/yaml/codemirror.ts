// The text editor's parts put together: keys, colours, completion. No flow is known here.
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, type Diagnostic as Mark } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Diagnostic, Place } from "../api/types";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--transform)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--logic)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: "var(--output)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--text)", fontSize: "12px", height: "100%" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selected)",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--selected)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--muted)" },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--surface)",
    backgroundImage: "none",
    color: "var(--text)",
    border: "1px solid var(--border)",
  },
});

type Setup = {
  readOnly: boolean;
  label: string;
  complete: (context: CompletionContext) => Promise<CompletionResult | null>;
  onText: () => void;
  onSave: () => boolean;
};

/** Everything but the text; `separator` is the file's own line end, so that CRLF stays CRLF. */
export function extensions({ readOnly, label, complete, onText, onSave }: Setup, separator: string): Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(colours),
    look,
    lintGutter(),
    indentUnit.of("  "),
    EditorState.lineSeparator.of(separator),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ "aria-label": label }),
    autocompletion({ override: [complete], icons: false }),
    keymap.of([
      { key: "Mod-s", run: onSave, preventDefault: true },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      { ...indentWithTab, key: "Ctrl-]" },
    ]),
    EditorView.updateListener.of((update) => update.docChanged && onText()),
  ];
}

/** The marks for what the checker said, cut to the text as it is now. */
export function marks(text: Text, diagnostics: readonly Diagnostic[]): Mark[] {
  return diagnostics.flatMap(({ range, severity, message }) => {
    if (!range) return [];
    const from = offset(text, range.start);
    return [{ from, to: Math.max(from, offset(text, range.end)), severity, message }];
  });
}

/** Lines and columns count from 1, columns in code points; the editor counts UTF-16 units. */
export function offset(text: Text, { line, column }: Place): number {
  if (line > text.lines) return text.length;
  const found = text.line(Math.max(1, line));
  const units = [...found.text].slice(0, Math.max(0, column - 1)).join("").length;
  return Math.min(found.to, found.from + units);
}
