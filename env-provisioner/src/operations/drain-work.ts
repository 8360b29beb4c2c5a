import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type DrainDeps = {
  clock: Pick<Clock, "sleep">;
  claims: { stop: () => Promise<void> };
  table: { settled: () => Promise<void> };
  /** Aborts when what is in hand is to be put down. */
  draining: AbortController;
};

/**
 * Claims nothing more; what is in hand comes to its end by itself, then is put down. Resolves as soon as there is
 * nothing, at the latest after both times: a claim that is still being acknowledged to a hub that is away counts as
 * in hand, or it would use up the time that operations have.
 */
export async function drainWork(
  { clock, claims, table, draining }: DrainDeps,
  seconds: { byThemselves: number; putDown: number },
): Promise<void> {
  const claimed = claims.stop();
  const settledWithin = async (most: number) => {
    const over = new AbortController();
    await Promise.race([claimed.then(() => table.settled()), clock.sleep(most * 1_000, over.signal)]);
    over.abort();
  };
  await settledWithin(seconds.byThemselves);
  draining.abort();
  await settledWithin(seconds.putDown);
}
