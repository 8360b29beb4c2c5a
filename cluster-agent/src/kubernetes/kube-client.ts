import { Agent, type Dispatcher, request } from "undici";
import type { KubeAccess } from "./kube-access.ts";
import { KubeError } from "./kube-error.ts";

type Query = Record<string, string | number | boolean>;
type CallOptions = { query?: Query; signal?: AbortSignal; contentType?: string };

/**
 * The few REST calls the agent makes. It is small because the general client library alone is larger in memory than
 * the whole agent may be. Answers are trusted to have the shape that the API documents. Every failure is a `KubeError`.
 */
export type KubeClient = {
  get: <Answer>(path: string, options?: CallOptions) => Promise<Answer>;
  post: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>;
  patch: <Answer>(path: string, body: unknown, options?: CallOptions) => Promise<Answer>;
  remove: (path: string, body: unknown, options?: CallOptions) => Promise<void>;
  /** A body as it comes, with back-pressure; ends when the server ends it or the signal aborts. */
  stream: (path: string, options: CallOptions) => Promise<AsyncIterable<Uint8Array>>;
  close: () => Promise<void>;
};

const callSeconds = 30;

/** A client for one API server. */
export function createKubeClient(access: KubeAccess): KubeClient {
  const agent = new Agent({
    connect: {
      timeout: 10_000,
      ...(access.caPem === null ? {} : { ca: access.caPem }),
      ...(access.clientCertificatePem === null ? {} : { cert: access.clientCertificatePem }),
      ...(access.clientKeyPem === null ? {} : { key: access.clientKeyPem }),
    },
    // Streams are silent for as long as a test prints nothing.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function call(method: Dispatcher.HttpMethod, path: string, body: unknown, options: CallOptions) {
    const token = await access.token();
    const headers = {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
    };
    const url = `${access.server}${path}`;
    try {
      return await request(url, {
        method,
        headers,
        dispatcher: agent,
        ...(options.query ? { query: options.query } : {}),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (error) {
      throw new KubeError(0, "Unreachable", `${method} ${url}: ${messageOf(error)}`, { cause: error });
    }
  }

  async function whole(
    method: Dispatcher.HttpMethod,
    path: string,
    body: unknown,
    options: CallOptions = {},
  ) {
    const timeout = AbortSignal.timeout(callSeconds * 1_000);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const response = await call(method, path, body, { ...options, signal });
    if (response.statusCode >= 300) throw await refusal(response, `${method} ${path}`);
    try {
      return await response.body.json();
    } catch (error) {
      throw new KubeError(0, "Unreachable", `${method} ${path}: ${messageOf(error)}`, { cause: error });
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
    async remove(path, body, options) {
      await whole("DELETE", path, body, options);
    },
    async stream(path, options) {
      const response = await call("GET", path, undefined, options);
      if (response.statusCode >= 300) throw await refusal(response, `GET ${path}`);
      return response.body;
    },
    close: () => agent.destroy(),
  };
}

async function refusal(response: Dispatcher.ResponseData, what: string): Promise<KubeError> {
  const text = await response.body.text().catch(() => "");
  const status = parseStatus(text);
  return new KubeError(
    response.statusCode,
    status.reason ?? "Unknown",
    `${what}: ${status.message ?? text.slice(0, 500)}`,
  );
}

function parseStatus(text: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
