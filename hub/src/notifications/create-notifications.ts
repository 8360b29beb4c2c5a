import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { OpenDatabase } from "../database/database.ts";
import { createSubscriptions } from "./create-subscriptions.ts";
import type { Notifications } from "./notifications.ts";

const postgresChannel = "seatrial";

/**
 * Notifications by LISTEN/NOTIFY. One listening connection per replica. Channels named while a NOTIFY is on its way
 * travel together in the next one, so a burst costs a few queries and an idle hub none.
 */
export async function createNotifications(
  open: OpenDatabase,
  options: { onError?: (error: unknown) => void } = {},
): Promise<Notifications> {
  const replica = randomUUID().slice(0, 8);
  const subscriptions = createSubscriptions();
  const pending = new Set<string>();
  let sending: Promise<void> | undefined;
  let closed = false;

  const unlisten = await open.listen(postgresChannel, (payload) => {
    const [sender, channel] = splitOnce(payload);
    // Our own waiters woke without the detour.
    if (sender !== replica) subscriptions.wake(channel);
  });

  async function sendPending(): Promise<void> {
    while (pending.size > 0 && !closed) {
      const payloads = Array.from(pending, (channel) => `${replica} ${channel}`);
      pending.clear();
      const list = JSON.stringify(payloads);
      try {
        await open.database.execute(
          sql`select pg_notify(${postgresChannel}, payload) from jsonb_array_elements_text(${list}::jsonb) as t(payload)`,
        );
      } catch (error) {
        // Only a hint is lost: waiters look again by themselves.
        options.onError?.(error);
      }
    }
    sending = undefined;
  }

  return {
    notify(...channels) {
      for (const channel of channels) {
        subscriptions.wake(channel);
        pending.add(channel);
      }
      if (pending.size > 0 && !closed) sending ??= sendPending();
    },
    subscribe: subscriptions.subscribe,
    async close() {
      closed = true;
      subscriptions.close();
      await sending;
      // A database that is away has forgotten the listener by itself.
      await unlisten().catch((error: unknown) => options.onError?.(error));
    },
  };
}

function splitOnce(payload: string): [string, string] {
  const space = payload.indexOf(" ");
  return [payload.slice(0, space), payload.slice(space + 1)];
}
