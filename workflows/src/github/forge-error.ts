import { RequestError } from "@octokit/request-error";

/**
 * Why the forge did not do as asked. `limited`: it said to come back later. `unavailable`: no answer, or it failed
 * inside. `denied`: the App may not, and somebody has to change that. `missing`: it has no such thing, or hides it.
 * `refused`: it does not take what was sent.
 */
export type ForgeErrorKind = "limited" | "unavailable" | "denied" | "missing" | "refused";

export class ForgeError extends Error {
  readonly kind: ForgeErrorKind;
  /** When to ask again; null: the forge did not say. */
  readonly retryInSeconds: number | null;
  /** `installation`: that of the App which was asked with is not there any more. `token`: its token is refused. */
  readonly stale: "installation" | "token" | null;

  constructor(
    kind: ForgeErrorKind,
    message: string,
    details: {
      retryInSeconds?: number | null;
      stale?: "installation" | "token" | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ForgeError";
    this.kind = kind;
    this.retryInSeconds = details.retryInSeconds ?? null;
    this.stale = details.stale ?? null;
  }
}

const longestWaitSeconds = 2 * 3_600;
/** What GitHub asks for when it names no time with a secondary limit. */
const usualWaitSeconds = 60;

/**
 * What a failed request means. Limits come as 403 or 429, see "Rate limits for the REST API" in GitHub's documentation:
 * `retry-after` counts, then `x-ratelimit-reset` when nothing remains, then a minute.
 */
export function toForgeError(error: unknown, now: number): ForgeError {
  if (error instanceof ForgeError) return error;
  if (!(error instanceof RequestError)) return new ForgeError("unavailable", textOf(error), { cause: error });
  const { status } = error;
  const message = `GitHub answered ${status}: ${textOf(error)}`;
  if (error.response === undefined || status >= 500)
    return new ForgeError("unavailable", error.response === undefined ? textOf(error) : message);
  if (status === 401) return new ForgeError("denied", message, { stale: "token" });
  if (status === 404 && /\/access_tokens$/.test(error.request.url))
    return new ForgeError("denied", message, { stale: "installation" });
  const retryInSeconds = limitSeconds(error, now);
  if (retryInSeconds !== null) return new ForgeError("limited", message, { retryInSeconds });
  if (status === 403) return new ForgeError("denied", message);
  return new ForgeError(status === 404 || status === 410 ? "missing" : "refused", message);
}

/** Null when it is no limit. */
function limitSeconds(error: RequestError, now: number): number | null {
  if (error.status !== 403 && error.status !== 429) return null;
  const headers = error.response?.headers ?? {};
  const after = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(after)) return bounded(after);
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  if (headers["x-ratelimit-remaining"] === "0" && Number.isFinite(reset))
    return bounded(reset - now / 1_000 + 1);
  const isLimit = error.status === 429 || /rate limit|abuse detection/i.test(error.message);
  return isLimit ? usualWaitSeconds : null;
}

function bounded(seconds: number): number {
  return Math.min(longestWaitSeconds, Math.max(1, Math.ceil(seconds)));
}

/** Only its text, cut: what a request carried stays out of logs. */
function textOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return text.startsWith("<") ? "a page instead of an answer" : text.slice(0, 300);
}
