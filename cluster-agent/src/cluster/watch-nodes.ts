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

/** What a look at a node showed, on this process's own clock. `node` null: it is gone. */
type Sight = { node: Node | null; at: number; silentSince: number | null };

/** Looks at the nodes that have our pods, one by one: their objects are large, and there are few of ours. */
export function createNodeWatch(deps: WatchNodesDeps): NodeWatch {
  let sights = new Map<string, Sight>();

  async function look(name: string): Promise<Sight | null> {
    try {
      const { metadata, status } = await deps.kube.get<Node>(`/api/v1/nodes/${name}`);
      const node = { metadata: { name: metadata.name }, status: { conditions: status?.conditions ?? [] } };
      const at = deps.clock.elapsed();
      const isSilent = readyOf(node)?.status === "Unknown";
      return { node, at, silentSince: isSilent ? (sights.get(name)?.silentSince ?? at) : null };
    } catch (error) {
      if (hasStatus(error, 404)) return { node: null, at: deps.clock.elapsed(), silentSince: null };
      deps.logger.debug({ node: name, error: String(error) }, "a node could not be looked at");
      // Unknown is not silent: what was seen before says nothing of now, and counting starts anew.
      return null;
    }
  }

  return {
    lostNode(pod) {
      const sight = sights.get(pod.spec.nodeName ?? "");
      if (!sight) return null;
      // Up to the last sight and not up to now: a look may wait long for its answer.
      const silentMilliseconds = sight.at - (sight.silentSince ?? sight.at);
      return judgeNode(pod, sight.node, silentMilliseconds, deps.graceSeconds);
    },
    async run(signal) {
      while (!signal.aborted) {
        const names = new Set(deps.feed.all().flatMap((pod) => pod.spec.nodeName ?? []));
        const seen = new Map<string, Sight>();
        for (const name of names) {
          const sight = await look(name);
          if (sight) seen.set(name, sight);
        }
        sights = seen;
        await deps.clock.sleep(deps.everyMilliseconds, signal);
      }
    },
  };
}
