import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { WatchEvent } from "@seatrial/kube-link/kube-types.ts";
import { readLines } from "@seatrial/kube-link/read-lines.ts";
import type { PodApi } from "./pod-api.ts";
import type { PodFeed } from "./pod-feed.ts";

/** A pod is at most 1.5 MiB in etcd; more than that is no watch event. */
const maxEventBytes = 4 * 1_048_576;
const watchSeconds = 300;

export type WatchPodsDeps = {
  pods: PodApi;
  feed: PodFeed;
  clock: Clock;
  /** Without any event or bookmark for this long (the server sends one about each minute) the watch is given up. */
  idleMilliseconds: number;
};

/**
 * Feeds the changes after `resourceVersion` until the server ends the watch, the signal aborts or nothing comes any
 * more. Answers with the version to go on from, or null when only a new list helps. A watch is a hint: it may miss
 * events without an error, so lists come on top.
 */
export async function watchPods(
  deps: WatchPodsDeps,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<string | null> {
  const watchdog = createWatchdog(deps.clock, deps.idleMilliseconds);
  const ending = AbortSignal.any([signal, watchdog.signal]);
  let version = resourceVersion;
  try {
    for await (const line of readLines(await deps.pods.watch(version, watchSeconds, ending), maxEventBytes)) {
      watchdog.feed();
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === "ERROR") return null;
      version = event.object.metadata.resourceVersion ?? version;
      if (event.type === "DELETED") deps.feed.forget(event.object);
      else if (event.type !== "BOOKMARK") deps.feed.observe(event.object);
    }
    return version;
  } catch (error) {
    if (signal.aborted) return version;
    if (watchdog.signal.aborted) return null;
    throw error;
  } finally {
    watchdog.stop();
  }
}

function createWatchdog(clock: Clock, idleMilliseconds: number) {
  const barking = new AbortController();
  const stopping = new AbortController();
  let fedAt = clock.elapsed();
  const guard = async () => {
    while (!stopping.signal.aborted && !barking.signal.aborted) {
      const left = fedAt + idleMilliseconds - clock.elapsed();
      if (left <= 0) barking.abort();
      else await clock.sleep(left, stopping.signal);
    }
  };
  void guard();
  return {
    signal: barking.signal,
    feed: () => {
      fedAt = clock.elapsed();
    },
    stop: () => stopping.abort(),
  };
}
