import type { Subscription } from "./notifications.ts";

type Waiter = { notified: boolean; wake: (() => void) | undefined };

/** Who waits in this process, by channel. */
export function createSubscriptions() {
  const waiters = new Map<string, Set<Waiter>>();
  const all = new Set<Waiter>();
  let closed = false;

  function subscribe(channels: readonly string[]): Subscription {
    const waiter: Waiter = { notified: closed, wake: undefined };
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
    for (const waiter of waiters.get(channel) ?? []) wakeOne(waiter);
  }

  function close(): void {
    closed = true;
    for (const waiter of all) wakeOne(waiter);
  }

  return { subscribe, wake, close };
}

function wakeOne(waiter: Waiter): void {
  waiter.notified = true;
  waiter.wake?.();
}

function removeFrom(waiters: Map<string, Set<Waiter>>, channel: string, waiter: Waiter): void {
  const set = waiters.get(channel);
  set?.delete(waiter);
  if (set?.size === 0) waiters.delete(channel);
}

async function waitFor(waiter: Waiter, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (!waiter.notified && !signal?.aborted) {
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
  waiter.notified = false;
}
