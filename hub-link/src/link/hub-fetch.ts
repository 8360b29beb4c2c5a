import { createHttpClient, readText } from "../http/create-http-client.ts";

export type HubRequest = {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  signal: AbortSignal;
};
export type HubResponse = {
  status: number;
  headers: { get: (name: string) => string | null };
  /** The bytes as they come, to be read once. */
  body: AsyncIterable<Uint8Array>;
  text: () => Promise<string>;
};
/** The one thing the link needs from HTTP. Tests answer from the hub's app without a socket. */
export type HubFetch = (url: string, request: HubRequest) => Promise<HubResponse>;

/** HTTPS to the hub alone: trusts the given CA (PEM) and no other, or the system's where it is null. */
export function createHubFetch(caPem: string | null): { fetch: HubFetch; close: () => Promise<void> } {
  const client = createHttpClient({ caPem });
  return {
    async fetch(url, request) {
      const { status, headers, body } = await client.send(url, request);
      const header = (name: string) => [headers[name.toLowerCase()]].flat()[0] ?? null;
      return { status, headers: { get: header }, body, text: () => readText(body) };
    },
    close: async () => client.close(),
  };
}
