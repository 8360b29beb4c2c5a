import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { Client } from "pg";

/** Between two tries to come back. What was told meanwhile is lost: whoever waits looks by itself now and then. */
const againMs = 1_000;

/**
 * Calls back with each payload of a channel, over a connection of its own that is renewed when it breaks. The answer ends
 * it. Rejects when the first connection cannot be made.
 */
export async function keepListening(
  open: () => Client,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let client = await listen(open(), channel, onPayload);

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      await client.over;
      await sleep(againMs, stop.signal);
      // One that could not be renewed is still over: the next turn tries again.
      if (!stop.signal.aborted) client = await listen(open(), channel, onPayload).catch(() => client);
    }
    await client.end();
  }
  const kept = keep();
  return async () => {
    stop.abort();
    await client.end();
    await kept;
  };
}

type Listening = { over: Promise<void>; end: () => Promise<void> };

async function listen(
  client: Client,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<Listening> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  client.on("error", () => resolve());
  client.on("end", () => resolve());
  client.on("notification", ({ payload = "" }) => onPayload(payload));
  const end = () => client.end().catch(() => undefined);
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await end();
    throw error;
  }
  return { over, end };
}
