// Everything that is wrong: in the text of the flow, and in what runs.

import { useDocument } from "../edit/editor";
import { showLine, showNode } from "../edit/selection";
import { visit } from "../edit/visit";
import { t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { StateMark } from "../parts/StateMark";
import { problemList } from "../state/feeds";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";

export default function Problems({ flow }: { flow?: string }) {
  const diagnostics = useDocument((state) => (flow ? (state.flow?.diagnostics ?? null) : null)) ?? [];
  const editable = useMay("integrator");
  const running = useStore(problemList, (state) => state.problems).filter(
    (problem) => !flow || !problem.flow || problem.flow === flow,
  );
  if (diagnostics.length + running.length === 0) return <p className="empty">{t("problems.none")}</p>;
  const open = (problem: { flow: string; node: string | null }) => {
    if (!problem.flow) go({ screen: "engine" });
    else if (problem.node) visit(problem.flow, problem.node);
    else go({ screen: "flow", flow: problem.flow });
  };
  return (
    <div className="scroll grow" data-panel="problems" tabIndex={0} role="region" aria-label={t("problems")}>
      <table className="table cards">
        <thead>
          <tr>
            <th>{t("severity")}</th>
            <th>{t("where")}</th>
            <th>{t("problem")}</th>
            <th>{t("age")}</th>
          </tr>
        </thead>
        <tbody>
          {diagnostics.map((item, i) => (
            <tr key={i}>
              <td>
                <StateMark
                  state={item.severity === "error" ? 3 : item.severity === "warning" ? 2 : 0}
                  text={t(`problem.${item.severity}`)}
                />
              </td>
              <td>
                {item.node && (
                  <button type="button" className="button plain link" onClick={() => showNode(item.node!)}>
                    {item.node}
                  </button>
                )}
                {item.range && editable && (
                  <button type="button" className="button plain link" onClick={() => showLine(item.range!.start.line)}>
                    {t("problem.line", { line: String(item.range.start.line) })}
                  </button>
                )}
              </td>
              <td className="any">{item.message}</td>
              <td />
            </tr>
          ))}
          {running.map((problem, i) => (
            <tr key={`r${i}`}>
              <td className="fixed">
                <LiveMark state={problem.severity === "error" ? 3 : 2} text={t(`problem.${problem.severity}`)} />
              </td>
              <td>
                <button type="button" className="button plain link" onClick={() => open(problem)}>
                  {!problem.flow && t("engine")}
                  {flow ? (problem.node ?? problem.flow) : [problem.flow, problem.node].filter(Boolean).join("/")}
                </button>
              </td>
              <td className="any">
                {reasonText(problem.message)}
                {problem.count > 1 && <span className="muted"> ×{problem.count}</span>}
              </td>
              <td className="muted fixed">
                <Age at_ms={problem.since_ms} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
