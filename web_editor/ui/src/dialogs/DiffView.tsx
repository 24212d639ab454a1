// Two texts, line by line and word by word; what is equal is folded away.
import { useMemo } from "react";
import { t } from "../i18n";
import { counterparts, type DiffLine, diffLines, diffWords, type Hunk, hunks, type Piece } from "../logic/diff";

const SIGN = { same: " ", added: "+", removed: "−" } as const;

export function DiffView({ from, to }: { from: string; to: string }) {
  const parts = useMemo(() => hunks(diffLines(from, to)), [from, to]);
  return (
    <div className="diff" tabIndex={0} role="region" aria-label={t("diff.label")}>
      {parts.map((part, i) => (
        <Part key={i} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { part: Hunk }) {
  const against = useMemo(() => counterparts(part.lines), [part]);
  return (
    <>
      {part.skipped > 0 && <span className="skip">{t("diff.same", { n: part.skipped })}</span>}
      {part.lines.map((line, i) => (
        <div key={i} className={line.kind}>
          <span className="gutter" aria-hidden="true">
            {line.old ?? ""}
          </span>
          <span className="gutter" aria-hidden="true">
            {line.new ?? ""}
          </span>
          <span>{SIGN[line.kind]}</span>
          <span>
            <Words line={line} other={against.get(line)} />
          </span>
        </div>
      ))}
    </>
  );
}

function Words({ line, other }: { line: DiffLine; other: DiffLine | undefined }) {
  if (!other) return line.text;
  const pieces: Piece[] =
    line.kind === "removed" ? diffWords(line.text, other.text)[0] : diffWords(other.text, line.text)[1];
  return pieces.map(({ text, changed }, i) => (changed ? <mark key={i}>{text}</mark> : <span key={i}>{text}</span>));
}
