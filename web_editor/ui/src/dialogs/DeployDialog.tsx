// What a deploy would change: the text line by line, and which nodes start again. Then the deploy itself.
import { type ReactNode, useEffect, useState } from "react";
import { flows } from "../api/calls";
import { ApiError } from "../api/http";
import type { Diff, Plan } from "../api/types";
import { editor, useDocument } from "../edit/editor";
import { show } from "../edit/overlays";
import { duration, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { Dialog } from "../parts/Dialog";
import { StateMark } from "../parts/StateMark";
import { tell, tellError } from "../state/notices";
import { DiffView } from "./DiffView";

export function DeployDialog() {
  const document = editor.get().document!;
  const [diff, setDiff] = useState<Diff | null>(null);
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const [away, setAway] = useState(false);
  useEffect(() => {
    let wanted = true;
    document
      .settled()
      .then(async (taken) => {
        if (!taken && wanted) setAway(true);
        const found = await flows.diff(document.id);
        if (wanted) setDiff(found);
      })
      .catch(tellError);
    return () => {
      wanted = false;
    };
  }, [document, round]);
  const fileText = useDocument((state) => (state.flow?.file_changed ? (state.flow.file_text ?? null) : null));
  const author = useDocument((state) => state.flow?.author);
  const errors = diff?.diagnostics.filter(({ severity }) => severity === "error") ?? [];
  const deploy = async () => {
    setBusy(true);
    try {
      const done = await flows.deploy(document.id, comment.trim(), fileText !== null, diff!.etag);
      show(null); // before the word: who reads it may press a key that a dialog would swallow
      tell(
        t("deploy.done", {
          revision: done.revision,
          n: done.plan.restart.length + done.plan.add.length,
          time: duration(done.took_ms / 1000),
        }),
      );
      await document.load();
    } catch (error) {
      tellError(error);
      if (error instanceof ApiError && error.kind === "changed") {
        await document.load();
        setRound((old) => old + 1);
      }
    } finally {
      setBusy(false);
    }
  };
  const mergeFile = async () => {
    if (await document.mergeIn(fileText!, diff!.from)) setRound((old) => old + 1);
    else show(null); // the conflict has a dialog of its own
  };
  const same = diff !== null && diff.from === diff.to;
  return (
    <Dialog
      title={t("deploy.title", { flow: document.id })}
      onClose={() => show(null)}
      className="wide"
      foot={
        <>
          <button type="button" className="button" onClick={() => show("revisions")}>
            {t("revisions")}
          </button>
          {!same && document.store.get().flow?.revision && <Discard onDone={() => show(null)} />}
          <span className="grow" />
          <button type="button" className="button" onClick={() => show(null)}>
            {t("cancel")}
          </button>
          <button
            type="button"
            className="button primary"
            disabled={!diff || busy || away || errors.length > 0}
            onClick={() => void deploy()}
          >
            {t("deploy")}
          </button>
        </>
      }
    >
      {!diff ? (
        <p className="muted">{t("loading")}</p>
      ) : (
        <>
          {away && (
            <p className="fault" role="alert">
              {t("deploy.unsent")}
            </p>
          )}
          {fileText !== null && (
            <div role="alert" className="stack">
              <p className="fault">{t("deploy.fileChanged")}</p>
              <details>
                <summary className="label">{t("deploy.fileDiff")}</summary>
                <DiffView from={diff.from} to={fileText} />
              </details>
              <div>
                <button type="button" className="button" onClick={() => void mergeFile()}>
                  {t("deploy.mergeFile")}
                </button>
              </div>
            </div>
          )}
          {errors.length > 0 && (
            <div role="alert">
              <p className="fault">{t("deploy.errors", { n: errors.length })}</p>
              <ul style={{ paddingLeft: 20 }}>
                {errors.slice(0, 10).map((item, i) => (
                  <li key={i} className="small">
                    {item.node && <strong>{item.node}: </strong>}
                    {reasonText(item.message)}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {author && <p className="muted">{t("flow.draft", { who: author })}</p>}
          <PlanView plan={diff.plan} />
          {same ? <p className="muted">{t("deploy.same")}</p> : <DiffView from={diff.from} to={diff.to} />}
          <div className="field">
            <label htmlFor="deploy-comment">{t("deploy.comment")}</label>
            <input
              id="deploy-comment"
              autoFocus
              className="input"
              maxLength={500}
              value={comment}
              onChange={(event) => setComment(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && diff && !busy && errors.length === 0 && void deploy()}
            />
          </div>
        </>
      )}
    </Dialog>
  );
}

/** Asks first; undo brings the draft back all the same. */
function Discard({ onDone }: { onDone: () => void }) {
  const [asked, setAsked] = useState(false);
  const discard = async () => {
    try {
      if (!(await editor.get().document!.discard())) return;
      tell(t("discard.done"));
      onDone();
    } catch (error) {
      tellError(error);
    }
  };
  if (!asked)
    return (
      <button type="button" className="button" onClick={() => setAsked(true)}>
        {t("discard")}
      </button>
    );
  return (
    <button type="button" className="button danger" onBlur={() => setAsked(false)} onClick={() => void discard()}>
      {t("discard.sure")}
    </button>
  );
}

export function PlanView({ plan }: { plan: Plan }) {
  const some = plan.add.length + plan.remove.length + plan.restart.length + plan.connections.length > 0;
  return (
    <div className="stack" style={{ gap: 4 }}>
      {plan.add.length > 0 && <Line word={t("plan.add")}>{plan.add.join(", ")}</Line>}
      {plan.remove.length > 0 && <Line word={t("plan.remove")}>{plan.remove.join(", ")}</Line>}
      {plan.restart.map((item) => (
        <Line key={item.node} word={t("plan.restart")}>
          <strong>{item.node}</strong> <span className="muted">{item.why}</span>{" "}
          {item.gives_up && <StateMark state={2} text={t("plan.givesUp", { what: item.gives_up })} />}
        </Line>
      ))}
      {plan.connections.length > 0 && <Line word={t("plan.connections")}>{plan.connections.join(", ")}</Line>}
      <p className="muted">{t(some ? "plan.keep" : "plan.none", { n: plan.keep })}</p>
    </div>
  );
}

function Line({ word, children }: { word: string; children: ReactNode }) {
  return (
    <div>
      <span className="label">{word}:</span> {children}
    </div>
  );
}
