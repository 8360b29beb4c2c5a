import type { Subscription } from "./notifications.ts";

type Waiter = { notified: Set<string>; isWoken: boolean; wake: (() => void) | undefined };

/** Who waits in this process, by channel. */
export function createSubscriptions() {
  const waiters = new Map<string, Set<Waiter>>();
  const all = new Set<Waiter>();
  let closed = false;

  function subscribe(channels: readonly string[]): Subscription {
    const waiter: Waiter = { notified: new Set(), isWoken: closed, wake: undefined };
    all.add(waiter);
    for (const channel of channels) {
      const set = waiters.get(channel) ?? new Set();
      waiters.set(channel, set.add(waiter));
    }
    return {
      wait: (timeoutMs, signal) => waitFor(waiter, timeoutMs, signal),
      close() {
        all.delete(waiter);
        for (const channel of channels) removeFrom(waiters, channel, waiter);
      },
    };
  }

  function wake(channel: string): void {
    for (const waiter of waiters.get(channel) ?? []) {
      waiter.notified.add(channel);
      waiter.wake?.();
    }
  }

  function close(): void {
    closed = true;
    for (const waiter of all) {
      waiter.isWoken = true;
      waiter.wake?.();
    }
  }

  return { subscribe, wake, close };
}

function removeFrom(waiters: Map<string, Set<Waiter>>, channel: string, waiter: Waiter): void {
  const set = waiters.get(channel);
  set?.delete(waiter);
  if (set?.size === 0) waiters.delete(channel);
}

async function waitFor(
  waiter: Waiter,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  if (waiter.notified.size === 0 && !waiter.isWoken && !signal?.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, timeoutMs);
      function end(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        waiter.wake = undefined;
        resolve();
      }
      waiter.wake = end;
      signal?.addEventListener("abort", end);
    });
  }
  const { notified } = waiter;
  waiter.notified = new Set();
  waiter.isWoken = false;
  return notified;
}
