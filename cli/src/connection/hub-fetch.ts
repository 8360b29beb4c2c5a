import { Agent, fetch as undiciFetch } from "undici";

/** A `fetch` that trusts the given CA (PEM) for the hub; the system's CAs when null. */
export function createHubFetch(ca: string | null): typeof fetch {
  // Streams and uploads may be silent for long; each call brings its own limit.
  const agent = new Agent({
    connect: { timeout: 10_000, ...(ca === null ? {} : { ca }) },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const hubFetch = (input: Parameters<typeof undiciFetch>[0], init?: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(input, { ...init, dispatcher: agent, redirect: "error" });
  // undici's own types differ from the global ones in name only.
  return hubFetch as unknown as typeof fetch;
}
