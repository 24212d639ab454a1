// One request to the engine and its errors. Knows HTTP, not what the calls mean.
import { currentLanguage, type Key, t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { parseJson } from "../logic/digits";
import type { Problem } from "./types";

/** An answer that is not a success, as the RFC 9457 document the engine sent (status 0: no answer at all). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problemText(problem));
    this.name = "ApiError";
  }
  get kind(): string {
    return kindOf(this.problem);
  }
  /** The engine cannot be reached or is not ready: the same call may succeed later. */
  get isAway(): boolean {
    return (
      this.problem.status === 0 ||
      this.problem.status === 502 ||
      this.problem.status === 503 ||
      this.problem.status === 504
    );
  }
}

/** Whether this is an answer of that kind, such as `not-found`. */
export const isKind = (error: unknown, kind: string): error is ApiError =>
  error instanceof ApiError && error.kind === kind;

const kindOf = ({ type }: Problem) => type.replace("urn:flowengine:", "");

/** What a person reads: the engine explains in English; in another language the kind of problem stands before that. */
export function problemText(problem: Problem): string {
  if (currentLanguage() === "en") return problem.detail ?? problem.title;
  const key = `fault.${kindOf(problem)}` as Key;
  const kind = t(key) === key ? problem.title : t(key);
  return problem.detail ? `${kind} (${reasonText(problem.detail)})` : kind;
}

const TIME_OUT_MS = 15_000;
let onLoggedOut: () => void = () => undefined;

/** Names what to do when a session has ended (401 on any call but the log-in itself). */
export function whenLoggedOut(action: () => void): void {
  onLoggedOut = action;
}

export type Options = { body?: unknown; ifMatch?: string; create?: boolean; signal?: AbortSignal };

/** The decoded body (undefined for 204); throws ApiError for everything else. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "X-Requested-With": "flowengine" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.ifMatch) headers["If-Match"] = options.ifMatch;
  if (options.create) headers["If-None-Match"] = "*";
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      credentials: "same-origin",
      signal: options.signal ?? AbortSignal.timeout(TIME_OUT_MS),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError({ type: "urn:flowengine:no-answer", title: "The engine does not answer.", status: 0 });
  }
  if (response.status === 204) return undefined as T;
  const body = await decode(response, options.signal);
  if (response.ok) return body as T;
  const problem = asProblem(body, response);
  if (response.status === 401 && problem.type.endsWith("not-logged-in")) onLoggedOut();
  throw new ApiError(problem);
}

async function decode(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return parseJson(await response.text());
  } catch (cause) {
    // given up between the head and the body: that is no answer of null
    if (signal?.aborted) throw cause;
    return null;
  }
}

function asProblem(body: unknown, response: Response): Problem {
  if (typeof body === "object" && body !== null && "type" in body && "title" in body) return body as Problem;
  return {
    type: "urn:flowengine:http",
    title: `${response.status} ${response.statusText}`.trim(),
    status: response.status,
  };
}
