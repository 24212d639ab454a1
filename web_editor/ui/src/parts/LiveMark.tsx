// The state of something in the engine: nothing is known of it while the engine is away, whatever was known before.
import { useAway } from "../state/away";
import { type State, StateMark, UNKNOWN } from "./StateMark";

export function LiveMark({ state, text }: { state: State; text?: string }) {
  return useAway() ? (
    <StateMark state={UNKNOWN} />
  ) : (
    <StateMark state={state} {...(text === undefined ? {} : { text })} />
  );
}
