import type { Clock } from "@seatrial/contracts/time/clock.ts";

type Bytes = AsyncIterable<Uint8Array>;

/**
 * A stream that is given up (its signal aborts, so that it rejects) when it opens, or goes on, no sooner than
 * `silentMilliseconds` after it was asked to. The time its reader takes does not count.
 */
export async function* endIfSilent(
  open: (signal: AbortSignal) => Promise<Bytes>,
  clock: Clock,
  silentMilliseconds: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const silent = new AbortController();
  async function inTime<Result>(step: () => Promise<Result>): Promise<Result> {
    const over = new AbortController();
    void clock.sleep(silentMilliseconds, over.signal).then(() => {
      if (!over.signal.aborted) silent.abort(new Error("the stream fell silent"));
    });
    return step().finally(() => over.abort("over"));
  }
  const stream = await inTime(() => open(AbortSignal.any([signal, silent.signal])));
  const parts = stream[Symbol.asyncIterator]();
  try {
    for (let part = await inTime(() => parts.next()); !part.done; part = await inTime(() => parts.next()))
      yield part.value;
  } finally {
    await parts.return?.();
  }
}
