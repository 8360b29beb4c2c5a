import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { createSecureContext } from "node:tls";

export type HttpRequest = {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  /** Ends the request, and the reading of its answer. */
  signal?: AbortSignal | undefined;
};
/** `body` is read as it comes, with back-pressure. */
export type HttpResponse = { status: number; headers: IncomingMessage["headers"]; body: IncomingMessage };
export type HttpClient = {
  /** Rejects with `StaleConnectionError` when a kept connection turned out to be closed, else with Node's error. */
  send: (url: string, request: HttpRequest) => Promise<HttpResponse>;
  /** Ends every connection, also those in use. */
  close: () => void;
};
export type HttpClientOptions = {
  /** The only CA that is trusted; null: the system's. */
  caPem: string | null;
  clientCertificatePem?: string | null;
  clientKeyPem?: string | null;
};

const keepAliveMilliseconds = 10_000;

/** A kept connection was closed by the other side while this request went out: it may be sent again. */
export class StaleConnectionError extends Error {
  constructor(options: ErrorOptions) {
    super("the connection was closed while the request was sent", options);
    this.name = "StaleConnectionError";
  }
}

/**
 * HTTP with its own trust and connections; nothing in the process changes for others. It is made of Node's own client
 * because a client library would cost the agent a fifth of its memory.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  // As many as a busy agent uses at a time: a new connection costs both sides more than the request that it is for.
  const common = { keepAlive: true, keepAliveMsecs: keepAliveMilliseconds, maxFreeSockets: 64 };
  const plain = new PlainAgent(common);
  let secure: SecureAgent | null = null;
  const openSecure = () => {
    secure ??= new SecureAgent({ ...common, secureContext: contextOf(options) });
    return secure;
  };

  return {
    send(url, { method, headers, body, signal }) {
      const isSecure = url.startsWith("https:");
      // Without its length Node frames no body of a DELETE, and the next request of the connection becomes garbage.
      const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const shared = { method, headers: { ...headers, ...length }, ...(signal ? { signal } : {}) };
      return new Promise((resolve, reject) => {
        const outgoing = isSecure
          ? secureRequest(url, { ...shared, agent: openSecure() })
          : plainRequest(url, { ...shared, agent: plain });
        // A peer that vanished without a word ends a watch, a log or a held claim within half a minute.
        outgoing.on("socket", (socket) => socket.setKeepAlive(true, keepAliveMilliseconds));
        outgoing.on("response", (answer) =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }),
        );
        outgoing.on("error", (error: NodeJS.ErrnoException) => {
          const isStale = outgoing.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
          reject(isStale ? new StaleConnectionError({ cause: error }) : error);
        });
        outgoing.end(body ?? undefined);
      });
    },
    close() {
      plain.destroy();
      secure?.destroy();
    },
  };
}

/** Made once for all connections: Node would read CA and key anew for each of them. */
function contextOf(options: HttpClientOptions) {
  return createSecureContext({
    ...(options.caPem === null ? {} : { ca: options.caPem }),
    ...(options.clientCertificatePem ? { cert: options.clientCertificatePem } : {}),
    ...(options.clientKeyPem ? { key: options.clientKeyPem } : {}),
  });
}

/** The whole body. Rejects when the connection ends before the body does. */
export async function readBytes(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The whole body as text. Rejects as `readBytes`. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.from(await readBytes(body)).toString("utf8");
}
