// All help of the selected node's type: what it does, its ports, its settings, and examples to insert.

import type { JsonSchema } from "../api/types";
import { paste } from "../edit/clipboard";
import { mayEdit, nodeById, typeOf, useDocument, useEditor } from "../edit/editor";
import { addNode } from "../edit/gestures";
import { useTypes } from "../edit/nodeTypes";
import { type Field, fieldsOf } from "../forms/fields";
import { showDefault } from "../forms/fieldValue";
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
          {type.ports.length > 0 && (
            <p className="muted">
              {t("docs.ports")}: <code>{[...type.ports, "error"].join(", ")}</code>
            </p>
          )}
          {mayEdit() && (
            <div>
              <button type="button" className="button" onClick={() => addNode(type.type, null)}>
                {t("palette.add")}
              </button>
            </div>
          )}
          <h3>{t("docs.examples")}</h3>
          {type.examples.map((example) => (
            <Example key={example} text={example} />
          ))}
          <Options schema={type.schema} />
        </>
      )}
    </div>
  );
}

function Example({ text }: { text: string }) {
  return (
    <div className="card stack">
      <pre className="scroll" tabIndex={0}>
        <code>{text}</code>
      </pre>
      {mayEdit() && (
        <div>
          <button type="button" className="button" onClick={() => void paste(text)}>
            {t("docs.addExample")}
          </button>
        </div>
      )}
    </div>
  );
}

/** Every setting with its name in the file, what it is and what it is without being written. */
function Options({ schema }: { schema: JsonSchema }) {
  const rows = fieldsOf(schema);
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t("docs.options")}</h3>
      <dl className="docs-options">
        {rows.map((field) => (
          <Option key={field.name} field={field} path={field.name} />
        ))}
      </dl>
    </>
  );
}

function Option({ field, path }: { field: Field; path: string }) {
  const fallback = field.schema.default;
  return (
    <>
      <dt>
        <strong>{field.label}</strong> <code>{path}</code>
        {field.required && <span className="muted"> · {t("docs.required")}</span>}
      </dt>
      <dd>
        {inline(field.help)}{" "}
        {fallback !== undefined && fallback !== null && fallback !== "" && (
          <span className="muted">
            {t("field.default", { value: showDefault(field) })}
            {field.unit && ` ${field.unit}`}
          </span>
        )}
      </dd>
      {field.fields.map((inner) => (
        <Option key={inner.name} field={inner} path={`${path}.${inner.name}`} />
      ))}
    </>
  );
}
