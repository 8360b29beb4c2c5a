import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { Client } from "pg";
import { atMost } from "./at-most.ts";

/** Between two tries to come back. What was told meanwhile is lost: whoever waits looks by itself now and then. */
const againMs = 1_000;

type Server = { readonly open: () => Client; readonly closeMs: number };

/**
 * Calls back with each payload of a channel, over a connection of its own that is renewed when it breaks. The answer ends
 * it, within `closeMs` also where the server does not answer. Rejects when the first connection cannot be made.
 */
export async function keepListening(
  { open, closeMs }: Server,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let client = await listen(open(), channel, onPayload, closeMs);

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      await client.over;
      await sleep(againMs, stop.signal);
      // One that could not be renewed is still over: the next turn tries again.
      if (!stop.signal.aborted)
        client = await listen(open(), channel, onPayload, closeMs).catch(() => client);
    }
    await client.end();
  }
  const kept = keep();
  return async () => {
    stop.abort();
    await client.end();
    // It may just try to connect to a server that is away.
    await atMost(closeMs, kept);
  };
}

type Listening = { over: Promise<void>; end: () => Promise<void> };

async function listen(
  client: Client,
  channel: string,
  onPayload: (payload: string) => void,
  closeMs: number,
): Promise<Listening> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  client.on("error", () => resolve());
  client.on("end", () => resolve());
  client.on("notification", ({ payload = "" }) => onPayload(payload));
  async function end(): Promise<void> {
    const late = setTimeout(() => client.connection.stream.destroy(), closeMs);
    await client.end().catch(() => undefined);
    clearTimeout(late);
  }
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await end();
    throw error;
  }
  return { over, end };
}
