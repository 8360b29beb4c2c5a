import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { PodApi } from "./pod-api.ts";
import type { PodFeed } from "./pod-feed.ts";
import { watchPods } from "./watch-pods.ts";

export type SyncPodsDeps = {
  pods: PodApi;
  feed: PodFeed;
  clock: Clock;
  logger: Logger;
  idleMilliseconds: number;
  resyncMilliseconds: number;
};

export type SyncPods = {
  /** Lists once, so that the feed is complete when this resolves, and then keeps it so. Throws when that list fails. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
};

/** Keeps the feed true: one watch for speed, a full list every `resyncMilliseconds` for truth. */
export function createSyncPods(deps: SyncPodsDeps): SyncPods {
  const stopping = new AbortController();
  const { signal } = stopping;
  let loops: Promise<unknown> = Promise.resolve();

  async function resync(): Promise<string> {
    const list = await deps.pods.list();
    deps.feed.reconcile(list);
    return list.metadata.resourceVersion;
  }

  async function watchLoop(from: string): Promise<void> {
    const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 10_000, random: Math.random });
    let version: string | null = from;
    while (!signal.aborted) {
      try {
        version = await watchPods(deps, version ?? (await resync()), signal);
        backoff.reset();
      } catch (error) {
        deps.logger.warn({ error: String(error) }, "the watch on pods broke, starting it again");
        version = null;
        await deps.clock.sleep(backoff.next(), signal);
      }
    }
  }

  async function resyncLoop(): Promise<void> {
    while (!signal.aborted) {
      await deps.clock.sleep(deps.resyncMilliseconds, signal);
      if (signal.aborted) return;
      await resync().catch((error) => deps.logger.warn({ error: String(error) }, "listing pods failed"));
    }
  }

  return {
    async start() {
      const version = await resync();
      loops = Promise.all([watchLoop(version), resyncLoop()]);
    },
    async stop() {
      stopping.abort();
      await loops;
    },
  };
}
