// Two texts, line by line; what is equal is folded away.
import { useMemo } from "react";
import { t } from "../i18n";
import { diffLines, hunks } from "../logic/diff";

const SIGN = { same: " ", added: "+", removed: "−" } as const;

export function DiffView({ from, to }: { from: string; to: string }) {
  const parts = useMemo(() => hunks(diffLines(from, to)), [from, to]);
  return (
    <div className="diff" tabIndex={0} role="region" aria-label={t("diff.label")}>
      {parts.map((part, i) => [
        part.skipped > 0 && (
          <span key={`s${i}`} className="skip">
            {t("diff.same", { n: part.skipped })}
          </span>
        ),
        ...part.lines.map((line, j) => (
          <div key={`${i}.${j}`} className={line.kind}>
            <span className="gutter" aria-hidden="true">
              {line.old ?? ""}
            </span>
            <span className="gutter" aria-hidden="true">
              {line.new ?? ""}
            </span>
            <span>{SIGN[line.kind]}</span>
            <span>{line.text}</span>
          </div>
        )),
      ])}
    </div>
  );
}
