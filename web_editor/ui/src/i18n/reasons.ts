// Why nodes refuse messages, in the reader's language. The engine says it in English, by few patterns.
export type Reasons = readonly (readonly [pattern: RegExp, said: string])[];

let known: Reasons = [];

export function setReasons(reasons: Reasons): void {
  known = reasons;
}

/** Between two reasons; what follows a bound belongs to its own. */
const BETWEEN = /; (?!at least|at most|more than|less than|known are)/;

/** The reason in the reader's language; as it is where no pattern fits. */
export const reasonText = (reason: string): string =>
  reason
    .split(BETWEEN)
    .map((part) => said(part) ?? part)
    .join("; ");

function said(reason: string): string | null {
  for (const [pattern, words] of known) {
    const found = pattern.exec(reason);
    if (found)
      return words.replace(
        /\$(\d)/g,
        (_, number: string) => said(found[Number(number)] ?? "") ?? found[Number(number)] ?? "",
      );
  }
  return null;
}
