// A button that asks the engine something, and below it the last answer.
import { type ReactNode, useState } from "react";
import { tellError } from "../state/notices";

type Props<Answer> = {
  label: string;
  /** What the button says while the question is on its way. */
  underWay: string;
  disabled: boolean;
  question: () => Promise<Answer>;
  /** How an answer looks. */
  children: (answer: Answer) => ReactNode;
  /** Other buttons in the row. */
  beside?: ReactNode;
};

export function Asked<Answer>({ label, underWay, disabled, question, children, beside }: Props<Answer>) {
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const ask = async () => {
    setBusy(true);
    setAnswer(null);
    try {
      setAnswer(await question());
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="stack tight">
      <div className="row wrap">
        <button type="button" className="button" disabled={busy || disabled} onClick={() => void ask()}>
          {busy ? underWay : label}
        </button>
        {beside}
      </div>
      <div role="status">{answer !== null && children(answer)}</div>
    </div>
  );
}
