import type { Notifications } from "./notifications.ts";

/** A lost hint costs this much: the wait before looking again grows from the first to the last. */
const recheckMs = { first: 1_000, most: 5_000 };

/**
 * Looks again and again: at once, whenever a channel is notified, and now and then in case a hint was lost. Yields
 * what each look finds, and null after a look that found nothing. Ends when `signal` is aborted; the caller may stop
 * taking at any time.
 */
export async function* follow<Found>(
  notifications: Notifications,
  channels: readonly string[],
  signal: AbortSignal,
  look: () => Promise<readonly Found[]>,
): AsyncGenerator<Found | null> {
  const subscription = notifications.subscribe(channels);
  let delayMs = recheckMs.first;
  try {
    while (!signal.aborted) {
      const found = await look();
      yield* found;
      if (found.length > 0) {
        delayMs = recheckMs.first;
        continue;
      }
      yield null;
      await subscription.wait(delayMs, signal);
      delayMs = Math.min(delayMs * 2, recheckMs.most);
    }
  } finally {
    subscription.close();
  }
}
