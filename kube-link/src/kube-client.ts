import {
  createHttpClient,
  type HttpResponse,
  readText,
  StaleConnectionError,
} from "@seatrial/hub-link/http/create-http-client.ts";
import type { KubeAccess } from "./kube-access.ts";
import { type KubeCause, KubeError } from "./kube-error.ts";

type Query = Record<string, string | number | boolean>;
type CallOptions = { query?: Query; signal?: AbortSignal; contentType?: string; accept?: string };

/**
 * The few REST calls the agent makes. It is small because the general client library alone is larger in memory than
 * the whole agent may be. Answers are trusted to have the shape that the API documents. Every failure is a `KubeError`.
 */
export type KubeClient = {
  get: <Answer>(path: string, options?: CallOptions) => Promise<Answer>;
  post: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>;
  patch: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>;
  /** Replaces an object; a `resourceVersion` in it makes the API server refuse (409) when it is not the newest. */
  put: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>;
  remove: (path: string, body: unknown, options?: CallOptions) => Promise<void>;
  /** A body as it comes, with back-pressure; ends when the server ends it or the signal aborts. */
  stream: (path: string, options: CallOptions) => Promise<AsyncIterable<Uint8Array>>;
  close: () => Promise<void>;
};

const callSeconds = 30;

/** A client for one API server. The user agent is who writes, in the server's audit log. */
export function createKubeClient(access: KubeAccess, { userAgent = "seatrial" } = {}): KubeClient {
  const http = createHttpClient(access);

  async function call(
    method: string,
    path: string,
    body: unknown,
    options: CallOptions,
  ): Promise<HttpResponse> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) query.set(name, String(value));
    const url = `${access.server}${path}${query.size > 0 ? `?${query}` : ""}`;
    const text = body === undefined ? null : JSON.stringify(body);
    const send = (token: string | null) => {
      const headers = {
        accept: options.accept ?? "application/json",
        "user-agent": userAgent,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
      };
      const once = () => http.send(url, { method, headers, body: text, signal: options.signal });
      // A create that arrived after all is found by its name.
      return once().catch((error) =>
        error instanceof StaleConnectionError ? once() : Promise.reject(error),
      );
    };
    const token = await access.token();
    try {
      const response = await send(token);
      if (response.status !== 401 || token === null) return response;
      const newer = await access.token(token);
      if (newer === token) return response;
      await readText(response.body).catch(() => "");
      return await send(newer);
    } catch (error) {
      throw unreachable(`${method} ${url}`, error);
    }
  }

  async function whole(
    method: string,
    path: string,
    body: unknown,
    options: CallOptions = {},
  ): Promise<unknown> {
    const timeout = AbortSignal.timeout(callSeconds * 1_000);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const response = await call(method, path, body, { ...options, signal });
    if (response.status >= 300) throw await refusal(response, `${method} ${path}`);
    try {
      return JSON.parse(await readText(response.body));
    } catch (error) {
      throw unreachable(`${method} ${path}`, error);
    }
  }

  return {
    get: async <Answer>(path: string, options?: CallOptions) =>
      (await whole("GET", path, undefined, options)) as Answer,
    post: async <Answer>(path: string, body: unknown, options?: CallOptions) =>
      (await whole("POST", path, body, options)) as Answer,
    patch: async <Answer>(path: string, body: unknown, options?: CallOptions) =>
      (await whole("PATCH", path, body, {
        contentType: "application/merge-patch+json",
        ...options,
      })) as Answer,
    put: async <Answer>(path: string, body: unknown, options?: CallOptions) =>
      (await whole("PUT", path, body, options)) as Answer,
    async remove(path, body, options) {
      await whole("DELETE", path, body, options);
    },
    async stream(path, options) {
      const response = await call("GET", path, undefined, options);
      if (response.status >= 300) throw await refusal(response, `GET ${path}`);
      return response.body;
    },
    close: async () => http.close(),
  };
}

async function refusal(response: HttpResponse, what: string): Promise<KubeError> {
  const text = await readText(response.body).catch(() => "");
  const { reason = "Unknown", message = text.slice(0, 500), details } = parseStatus(text);
  return new KubeError(response.status, reason, `${what}: ${message}`, { causes: details?.causes ?? [] });
}

type Status = { reason?: string; message?: string; details?: { causes?: KubeCause[] } };

function parseStatus(text: string): Status {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function unreachable(what: string, error: unknown): KubeError {
  const why = error instanceof Error ? error.message : String(error);
  return new KubeError(0, "Unreachable", `${what}: ${why}`, { cause: error });
}
