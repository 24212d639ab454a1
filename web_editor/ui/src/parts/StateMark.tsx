// A state by shape, colour and word, so that none of the three is needed to read it.
import { t } from "../i18n";

export type State = 0 | 1 | 2 | 3 | 4;
/** What nothing is known of while the engine is away. */
export const UNKNOWN = 4;
export const SHAPES = ["○", "●", "▲", "◆", "?"] as const;
export const stateWord = (state: number) =>
  [t("state.off"), t("state.ok"), t("state.warn"), t("state.error"), t("state.unknown")][state] ?? "";

export function StateMark({ state, text }: { state: State; text?: string }) {
  return (
    <span className="state" data-state={state}>
      <span aria-hidden="true">{SHAPES[state]}</span>
      <span>{text ?? stateWord(state)}</span>
    </span>
  );
}

export const STATE_NUMBER = { off: 0, ok: 1, warn: 2, error: 3 } as const;
