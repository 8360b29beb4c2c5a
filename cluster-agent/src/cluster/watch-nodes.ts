import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { judgeNode, readyOf } from "../judge/judge-node.ts";
import type { ExitDraft } from "../judge/pod-view.ts";
import type { PodFeed } from "../pods/pod-feed.ts";

export type WatchNodesDeps = {
  kube: Pick<KubeClient, "get">;
  feed: PodFeed;
  clock: Clock;
  logger: Logger;
  everyMilliseconds: number;
  /** On top of the control plane's own grace (40 s by default) before a silent node counts as lost. */
  graceSeconds: number;
};

export type NodeWatch = {
  lostNode: (pod: Pod) => ExitDraft | null;
  run: (signal: AbortSignal) => Promise<void>;
};

/** Looks at the nodes that have our pods, one by one: their objects are large, and there are few of ours. */
export function createNodeWatch(deps: WatchNodesDeps): NodeWatch {
  let nodes = new Map<string, Node | null>();
  let silentSince = new Map<string, number>();

  /** By this process's own clock: since when it sees a node silent. */
  function countSilence(): void {
    const before = silentSince;
    silentSince = new Map();
    for (const [name, node] of nodes)
      if (node && readyOf(node)?.status === "Unknown")
        silentSince.set(name, before.get(name) ?? deps.clock.elapsed());
  }

  async function look(name: string): Promise<Node | null | undefined> {
    try {
      const { metadata, status } = await deps.kube.get<Node>(`/api/v1/nodes/${name}`);
      const conditions = status?.conditions ?? [];
      return { metadata: { name: metadata.name }, status: { conditions } };
    } catch (error) {
      if (hasStatus(error, 404)) return null;
      deps.logger.debug({ node: name, error: String(error) }, "a node could not be looked at");
      return nodes.get(name);
    }
  }

  return {
    lostNode(pod) {
      const name = pod.spec.nodeName;
      const node = name === undefined ? undefined : nodes.get(name);
      if (name === undefined || node === undefined) return null;
      const now = deps.clock.elapsed();
      return judgeNode(pod, node, now - (silentSince.get(name) ?? now), deps.graceSeconds);
    },
    async run(signal) {
      while (!signal.aborted) {
        const names = new Set(deps.feed.all().flatMap((pod) => pod.spec.nodeName ?? []));
        const seen = new Map<string, Node | null>();
        for (const name of names) {
          const node = await look(name);
          if (node !== undefined) seen.set(name, node);
        }
        nodes = seen;
        countSilence();
        await deps.clock.sleep(deps.everyMilliseconds, signal);
      }
    },
  };
}
