// One message in full: JSON as a tree, text, or bytes as hex. Everything from outside is shown as text.
import { type ReactNode, useState } from "react";
import type { Json, TapMessage } from "../api/types";
import { bytes, t } from "../i18n";
import { digitsOf } from "../logic/digits";
import { bytesOf, children, hexRows, isLeaf, summary, visible } from "../logic/payload";
import { copy } from "../parts/copy";

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
      {view === "tree" && <Tree value={message.payload} path="payload" />}
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
          <Tree value={message.meta} path="meta" />
        </details>
      )}
    </div>
  );
}

/** What a message holds; `path` is how an expression comes to it, which a click on a name copies. */
export function Tree({ value, path, depth = 0 }: { value: Json; path: string; depth?: number }) {
  if (isLeaf(value))
    return (
      <div className="json">
        <Leaf value={value} />
      </div>
    );
  return (
    <div className="json">
      {depth > 0 && (
        <div className="row small">
          <Copying text={path} label={t("copy.path", { path })}>
            {t("copy.pathShort")}
          </Copying>
          <Copying text={JSON.stringify(value)} label={t("copy.value", { path })}>
            {t("copy.valueShort")}
          </Copying>
        </div>
      )}
      {children(value, path).map((branch) =>
        branch.leaf ? (
          <div key={branch.path}>
            <Copying text={branch.path} label={t("copy.path", { path: branch.path })}>
              <span className="key">{visible(branch.key)}</span>
            </Copying>
            :{" "}
            <Copying text={written(branch.value)} label={t("copy.value", { path: branch.path })}>
              <Leaf value={branch.value} />
            </Copying>
          </div>
        ) : (
          <details key={branch.path} open={depth === 0 && branch.size <= 12}>
            <summary>
              <span className="key">{visible(branch.key)}</span>{" "}
              <span className="muted">{summary(branch.value, 60)}</span>
            </summary>
            <div className="inner">
              <Tree value={branch.value} path={branch.path} depth={depth + 1} />
            </div>
          </details>
        ),
      )}
    </div>
  );
}

const written = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));

/** Something that a click copies. */
function Copying({ text, label, children }: { text: string; label: string; children: ReactNode }) {
  return (
    <button type="button" className="copying" title={label} onClick={() => void copy(text)}>
      {children}
      <span className="sr"> {label}</span>
    </button>
  );
}

function Leaf({ value }: { value: Json }) {
  if (typeof value === "string") return <span className="string">"{visible(value.slice(0, 4000))}"</span>;
  const digits = digitsOf(value);
  return (
    <span className={digits !== null || typeof value === "number" ? "number" : "literal"}>
      {digits ?? String(value)}
    </span>
  );
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
