import type { z } from "zod";
import { SeatrialError } from "../errors.ts";
import { errorOfProblem, problemSchema } from "../http/problem.ts";

export type ClientOptions = {
  /** The hub's address, such as `https://hub.example.com`. */
  hubUrl: string;
  /** A bearer token; null for routes that need none. */
  token: string | null;
  /** The only way out: the platform's `fetch`, one with its own CA, or an app's own `request`. */
  fetch: typeof fetch;
  /** How long a request may take; 30 by default. Uploads, downloads and streams are not limited. */
  requestSeconds?: number;
};

/** What `fetch` takes as a body. */
export type RequestBody = NonNullable<RequestInit["body"]>;

export type RequestParts = {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  body?: RequestBody;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Null: no limit. */
  seconds?: number | null;
};

/**
 * Sends one request. Throws SeatrialError: the hub's own code, or `unavailable` when no hub answered (the message
 * names the address and the cause).
 */
export async function sendRequest(
  options: ClientOptions,
  path: string,
  parts: RequestParts = {},
): Promise<Response> {
  const url = new URL(path, options.hubUrl);
  for (const [name, value] of Object.entries(parts.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const seconds = parts.seconds === undefined ? (options.requestSeconds ?? 30) : parts.seconds;
  const signals = [
    ...(seconds === null ? [] : [AbortSignal.timeout(seconds * 1_000)]),
    ...(parts.signal ? [parts.signal] : []),
  ];
  const body = parts.json === undefined ? parts.body : JSON.stringify(parts.json);
  const response = await options
    .fetch(url, {
      method: parts.method ?? "GET",
      headers: {
        accept: "application/json",
        ...(options.token === null ? {} : { authorization: `Bearer ${options.token}` }),
        ...(parts.json === undefined ? {} : { "content-type": "application/json" }),
        ...parts.headers,
      },
      ...(body === undefined ? {} : { body, duplex: "half" }),
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    } as RequestInit)
    .catch((error: unknown) => {
      if (parts.signal?.aborted) throw error;
      throw new SeatrialError(
        "unavailable",
        `no answer from ${url.origin}: ${causeOf(error)}`,
        {},
        { cause: error },
      );
    });
  if (!response.ok) throw await errorOf(response, url, parts.method ?? "GET");
  return response;
}

/** Sends a request and reads its JSON answer. Throws `internal` when the answer has another shape than the schema. */
export async function sendForJson<Answer>(
  options: ClientOptions,
  path: string,
  schema: z.ZodType<Answer>,
  parts: RequestParts = {},
): Promise<Answer> {
  const response = await sendRequest(options, path, parts);
  const answer = schema.safeParse(await response.json().catch(() => undefined));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw new SeatrialError(
    "internal",
    `the hub answered ${path} in a shape this version does not know (${issue?.path.join(".")}: ${issue?.message}): use the same version of both`,
  );
}

async function errorOf(response: Response, url: URL, method: string): Promise<SeatrialError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => null));
  if (problem.success) return errorOfProblem(problem.data);
  // An answer to HEAD has no body, so only its status speaks.
  if (response.status === 404) return new SeatrialError("not_found", `${url.pathname} was not found`);
  if (response.status === 401) return new SeatrialError("unauthenticated", "the token was not accepted");
  if (response.status === 403) return new SeatrialError("forbidden", "the token may not do this");
  return new SeatrialError(
    "unavailable",
    `${method} ${url.origin}${url.pathname} answered ${response.status}, not like a Seatrial hub: check the address`,
  );
}

/** The innermost reason of a failed fetch: "fetch failed" alone helps nobody. */
function causeOf(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  if (at.name === "TimeoutError") return "it took too long";
  const code = "code" in at && typeof at.code === "string" ? at.code : "";
  return at.message === "" ? code : at.message;
}
