import type { Notifications } from "../notifications/notifications.ts";
import type { Database, Transaction } from "./database.ts";

/** Names channels to wake once the transaction is committed. */
export type Wake = (...channels: string[]) => void;

/**
 * Runs `work` in one transaction, and after its commit wakes who waits on the channels it named. Nothing is woken
 * when it throws. Use only `tx` inside. Keep it short: PGlite runs one transaction at a time.
 */
export async function transact<Answer>(
  deps: { readonly database: Database; readonly notifications: Notifications },
  work: (tx: Transaction, wake: Wake) => Promise<Answer>,
): Promise<Answer> {
  const channels = new Set<string>();
  const answer = await deps.database.transaction((tx) =>
    work(tx as Transaction, (...names) => {
      for (const name of names) channels.add(name);
    }),
  );
  deps.notifications.notify(...channels);
  return answer;
}
