import { Agent, type Dispatcher, request as send } from "undici";

export type HubRequest = {
  method: string;
  headers: Record<string, string>;
  body: string | null;
  signal: AbortSignal;
};
export type HubResponse = {
  status: number;
  headers: { get: (name: string) => string | null };
  text: () => Promise<string>;
};
/** The one thing the link needs from HTTP. Tests answer from the hub's app without a socket. */
export type HubFetch = (url: string, request: HubRequest) => Promise<HubResponse>;

/**
 * HTTPS to the hub alone: trusts the given CA (PEM) and no other, or the system's where it is null. Nothing in the
 * process changes for other connections.
 */
export function createHubFetch(caPem: string | null): { fetch: HubFetch; close: () => Promise<void> } {
  const agent = new Agent({
    connect: { timeout: 10_000, ...(caPem === null ? {} : { ca: caPem }) },
    // The link ends requests itself, and a held claim is silent for up to 25 s.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  });
  return {
    async fetch(url, { method, ...request }) {
      const verb = method as Dispatcher.HttpMethod;
      const { statusCode, headers, body } = await send(url, { ...request, method: verb, dispatcher: agent });
      const header = (name: string) => [headers[name.toLowerCase()]].flat()[0] ?? null;
      return { status: statusCode, headers: { get: header }, text: () => body.text() };
    },
    close: () => agent.destroy(),
  };
}
