import { EventEmitter, once } from "node:events";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Pod, WatchEvent } from "@seatrial/kube-link/kube-types.ts";
import { readLines } from "@seatrial/kube-link/read-lines.ts";

type Moment = "added" | "started" | "ended";
const maxEventBytes = 4 * 1_048_576;

function momentsOf(pod: Pod): Moment[] {
  const state = pod.status?.containerStatuses?.[0]?.state;
  if (state?.terminated) return ["added", "started", "ended"];
  return state?.running ? ["added", "started"] : ["added"];
}

/** When a benchmark's own watch first showed a pod's main container started and ended, in `Date.now()` milliseconds. */
export type PodMoments = {
  /** The moment for the pod that `matches`; resolves at once when it was seen already. */
  seen: (moment: Moment, matches: (pod: Pod) => boolean) => Promise<number>;
  /** The pod that `matches`, as the watch last showed it. */
  pod: (matches: (pod: Pod) => boolean) => Pod | undefined;
  close: () => void;
};

/** Watches all pods of a namespace from now on. Raw pods and Seatrial's are measured by the same watch. */
export async function watchPodMoments(kube: KubeClient, namespace: string): Promise<PodMoments> {
  const stopping = new AbortController();
  const changes = new EventEmitter().setMaxListeners(0);
  const pods = new Map<string, { pod: Pod; at: Partial<Record<Moment, number>> }>();
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const list = await kube.get<{ metadata: { resourceVersion: string } }>(path);
  const query = { watch: true, resourceVersion: list.metadata.resourceVersion };
  const stream = await kube.stream(path, { query, signal: stopping.signal });
  const follow = async () => {
    for await (const line of readLines(stream, maxEventBytes)) {
      const now = Date.now();
      const { object: pod } = JSON.parse(line) as WatchEvent;
      const entry = pods.get(pod.metadata.name) ?? { pod, at: {} };
      for (const moment of momentsOf(pod)) entry.at[moment] ??= now;
      pods.set(pod.metadata.name, { pod, at: entry.at });
      changes.emit("change");
    }
  };
  void follow().catch((error: unknown) => {
    if (!stopping.signal.aborted) changes.emit("error", error);
  });
  return {
    async seen(moment, matches) {
      for (;;) {
        for (const { pod, at } of pods.values()) {
          const found = at[moment];
          if (found !== undefined && matches(pod)) return found;
        }
        await once(changes, "change");
      }
    },
    pod: (matches) => [...pods.values()].find(({ pod }) => matches(pod))?.pod,
    close: () => stopping.abort(),
  };
}
