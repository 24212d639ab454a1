// Whole numbers beyond 2^53, which JavaScript would round, kept as they are written. Pure.
type Raw = { readonly rawJSON: string };
type Parser = {
  parse(text: string, revive: (key: string, value: unknown, context?: { source?: string }) => unknown): unknown;
  rawJSON?: (text: string) => Raw;
  isRawJSON?: (value: unknown) => boolean;
};
const json = JSON as unknown as Parser;
const LARGE = /\d{16}/;
const WHOLE = /^-?\d+$/;

/** The values of a JSON text; a whole number that would be rounded is an object that stands for its digits, in browsers
 * that have such (others round it). */
export function parseJson(text: string): unknown {
  const { rawJSON } = json;
  if (!rawJSON || !LARGE.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && WHOLE.test(context?.source ?? "")
      ? rawJSON(context!.source!)
      : value,
  );
}

/** The digits of such a number; null for everything else. */
export const digitsOf = (value: unknown): string | null => (json.isRawJSON?.(value) ? (value as Raw).rawJSON : null);
