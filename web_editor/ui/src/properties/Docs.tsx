// Help and a runnable example of the selected node's type.

import type { Json } from "../api/types";
import { pasteOperations } from "../edit/clipboard";
import { apply, current, mayEdit, nodeById, typeOf, useDocument, useEditor } from "../edit/editor";
import { addNode } from "../edit/gestures";
import { useTypes } from "../edit/nodeTypes";
import { t } from "../i18n";
import { inline, Markdown } from "../parts/Markdown";

export function Docs() {
  const graph = useDocument((state) => state.graph);
  const nodes = useEditor((state) => state.nodes);
  const docs = useEditor((state) => state.docs);
  const types = useTypes();
  const node = nodes.size === 1 ? nodeById(graph, [...nodes][0]) : null;
  const type = typeOf(types, node?.type ?? docs ?? undefined);
  return (
    <div className="pane-body stack" data-panel="docs" tabIndex={0} role="region" aria-label={t("docs")}>
      {!types ? (
        <p className="muted" role="status">
          {t("loading")}
        </p>
      ) : !type ? (
        <p className="muted">{t("docs.pick")}</p>
      ) : (
        <>
          <div>
            <h2>{type.title}</h2>
            <p className="muted">
              <code>{type.type}</code> · {t(`kind.${type.kind}`)}
            </p>
          </div>
          {!type.help.replace(/\s+/g, " ").startsWith(type.summary) && <p>{inline(type.summary)}</p>}
          <Markdown text={type.help} />
          <h3>{t("docs.example")}</h3>
          <pre className="card scroll" tabIndex={0}>
            <code>{type.example}</code>
          </pre>
          {mayEdit() && (
            <div className="row wrap">
              <button type="button" className="button" onClick={() => addNode(type.type, null)}>
                {t("palette.add")}
              </button>
              <button type="button" className="button" onClick={() => void addExample(type.example)}>
                {t("docs.addExample")}
              </button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

async function addExample(example: string): Promise<void> {
  const { parse } = await import("yaml");
  const taken = new Set(current().graph?.nodes.map(({ id }) => id));
  apply(pasteOperations(parse(example) as Json, taken));
}
