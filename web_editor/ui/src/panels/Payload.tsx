// One message in full: JSON as a tree, text, or bytes as hex. Everything from outside is shown as text.
import { useState } from "react";
import type { Json, TapMessage } from "../api/types";
import { bytes, t } from "../i18n";
import { bytesOf, children, hexRows, summary, visible } from "../logic/payload";

type View = "tree" | "text" | "hex";

export function Payload({ message }: { message: TapMessage }) {
  const views: View[] =
    message.encoding === "json" ? ["tree", "text", "hex"] : message.encoding === "text" ? ["text", "hex"] : ["hex"];
  const [view, setView] = useState<View>(views[0]!);
  return (
    <div className="stack">
      <div className="row wrap">
        {views.map((item) => (
          <button
            key={item}
            type="button"
            className="button"
            aria-pressed={item === view}
            onClick={() => setView(item)}
          >
            {t(`payload.${item}`)}
          </button>
        ))}
        <span className="muted small">
          {bytes(message.size_bytes)}
          {message.cut && ` · ${t("payload.cut")}`}
        </span>
      </div>
      {view === "tree" && <Tree value={message.payload} />}
      {view === "text" && (
        <pre className="json" style={{ whiteSpace: "pre-wrap" }}>
          {typeof message.payload === "string"
            ? message.payload.slice(0, 65_536)
            : JSON.stringify(message.payload, null, 2)}
        </pre>
      )}
      {view === "hex" && <Hex message={message} />}
      {Object.keys(message.meta).length > 0 && (
        <details>
          <summary className="label">meta</summary>
          <Tree value={message.meta} />
        </details>
      )}
    </div>
  );
}

export function Tree({ value, path = "" }: { value: Json; path?: string }) {
  if (typeof value !== "object" || value === null)
    return (
      <div className="json">
        <Leaf value={value} />
      </div>
    );
  return (
    <div className="json">
      {children(value, path).map((branch) =>
        branch.leaf ? (
          <div key={branch.path}>
            <span className="key">{visible(branch.key)}</span>: <Leaf value={branch.value} />
          </div>
        ) : (
          <details key={branch.path} open={path === "" && branch.size <= 12}>
            <summary>
              <span className="key">{visible(branch.key)}</span>{" "}
              <span className="muted">{summary(branch.value, 60)}</span>
            </summary>
            <div className="inner">
              <Tree value={branch.value} path={branch.path} />
            </div>
          </details>
        ),
      )}
    </div>
  );
}

function Leaf({ value }: { value: Json }) {
  if (typeof value === "string") return <span className="string">"{visible(value.slice(0, 4000))}"</span>;
  return <span className={typeof value === "number" ? "number" : "literal"}>{String(value)}</span>;
}

function Hex({ message }: { message: TapMessage }) {
  const rows = hexRows(bytesOf(message));
  return (
    <div className="hex" tabIndex={0} role="region" aria-label={t("payload.hex")}>
      {rows.map((row) => (
        <div key={row.offset}>
          <span className="muted">{row.offset}</span> {row.hex.padEnd(48)} {row.text}
        </div>
      ))}
    </div>
  );
}
