// Before an old revision runs again: what changes, which nodes restart, what is given up.
import { useState } from "react";
import type { Diff } from "../api/types";
import { t } from "../i18n";
import { FormDialog } from "../parts/FormDialog";
import { PlanView } from "./DeployDialog";
import { DiffView } from "./DiffView";

type Props = {
  revision: string;
  diff: Diff;
  draft: boolean; // there are changes that were never deployed
  onSend: (revision: string, comment: string) => Promise<void>;
  onClose: () => void;
};

export function RollBack({ revision, diff, draft, onSend, onClose }: Props) {
  const [comment, setComment] = useState("");
  const errors = diff.diagnostics.filter(({ severity }) => severity === "error");
  return (
    <FormDialog
      title={t("revisions.ask", { revision })}
      action={t("revisions.rollBack")}
      danger
      ready={errors.length === 0}
      onSubmit={() => onSend(revision, comment)}
      onClose={onClose}
    >
      {draft && (
        <p className="fault" role="alert">
          {t("revisions.dropsDraft")}
        </p>
      )}
      {errors.length > 0 && (
        <p className="fault" role="alert">
          {t("deploy.errors", { n: errors.length })} {errors[0]!.message}
        </p>
      )}
      <PlanView plan={diff.plan} />
      {diff.from === diff.to ? <p className="muted">{t("deploy.same")}</p> : <DiffView from={diff.from} to={diff.to} />}
      <div className="field">
        <label htmlFor="rollback-comment">{t("deploy.comment")}</label>
        <input
          id="rollback-comment"
          className="input"
          maxLength={500}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
      </div>
    </FormDialog>
  );
}
