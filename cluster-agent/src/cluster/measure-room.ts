import type { ClaimRequest, LeaseGrant, NodeSize } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { isOver } from "../judge/node-use.ts";
import { buildPod, type PodSettings } from "../pods/build-pod.ts";
import type { PodFeed } from "../pods/pod-feed.ts";
import { labelValue, leaseLabel } from "../pods/pod-labels.ts";
import { listUsableNodes, type NodeRoom } from "./list-usable-nodes.ts";
import { podRequests, type Requests, sum } from "./pod-requests.ts";

export type RoomDeps = {
  kube: Pick<KubeClient, "get">;
  feed: Pick<PodFeed, "all">;
  settings: PodSettings;
  clock: Clock;
  logger: Logger;
  everyMilliseconds: number;
};
export type Allocatable = ClaimRequest["allocatable"];

export type RoomMeter = {
  /**
   * What the nodes have for pods of ours, less what ours there ask for, whether or not they are made yet; null: unknown.
   * Other people's pods are not counted. The largest node is told in full.
   */
  allocatable: () => Allocatable;
  /** What these nodes have in all; another text is another capacity. */
  capacity: () => string;
  /** Counts a lease until the returned function is called, also before it has a pod and when its pod is over. */
  expect: (grant: LeaseGrant) => () => void;
  /** Lists the nodes once. Never throws: what was known stays, but after a refusal nothing is known. */
  measure: (signal: AbortSignal) => Promise<void>;
  run: (signal: AbortSignal) => Promise<void>;
};

/** Null while there is no node: what comes back may be of any size. */
function largestOf(nodes: readonly NodeRoom[]): NodeSize | null {
  if (nodes.length === 0) return null;
  const most = (sizes: number[]) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(...sizes));
  return {
    cpuMillis: most(nodes.map(({ cpuMillis }) => cpuMillis)),
    memoryBytes: most(nodes.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** Measures how much work the cluster can still take. */
export function createRoomMeter(deps: RoomDeps): RoomMeter {
  let nodes: readonly NodeRoom[] | null = null;
  let wasRefused = false;
  const expected = new Map<string, Requests>();

  /**
   * One for each pod of ours that takes room, or will. A pod on a node that we may not use takes none of ours. One that
   * is over and still in hand counts: the hub gives its room on itself as soon as it hears of the end.
   */
  function taken(usable: readonly NodeRoom[]): Requests[] {
    const names = new Set(usable.map(({ name }) => name));
    const pods = deps.feed.all();
    const leaseOf = (pod: Pod) => pod.metadata.labels?.[leaseLabel] ?? "";
    const made = new Set(pods.map(leaseOf));
    const inPods = pods
      .filter((pod) => !isOver(pod) || expected.has(leaseOf(pod)))
      .filter((pod) => pod.spec.nodeName === undefined || names.has(pod.spec.nodeName))
      .map((pod) => podRequests(pod.spec));
    return [
      ...inPods,
      ...[...expected].filter(([lease]) => !made.has(lease)).map(([, requests]) => requests),
    ];
  }

  async function measure(signal: AbortSignal): Promise<void> {
    try {
      nodes = await listUsableNodes(deps.kube, deps.settings.nodes, signal);
      wasRefused = false;
    } catch (error) {
      if (!hasStatus(error, 401) && !hasStatus(error, 403)) {
        deps.logger.debug({ error: String(error) }, "nodes could not be listed");
        return;
      }
      nodes = null;
      if (!wasRefused)
        deps.logger.warn(
          { error: String(error) },
          "listing nodes is refused, so the hub is not told how much room there is: upgrade the chart",
        );
      wasRefused = true;
    }
  }

  return {
    measure,
    capacity: () =>
      JSON.stringify(nodes?.toSorted((left, right) => (left.name < right.name ? -1 : 1)) ?? null),
    allocatable() {
      if (nodes === null) return null;
      const ours = taken(nodes);
      const { cpuMillis, memoryBytes } = ours.reduce(sum, { cpuMillis: 0, memoryBytes: 0 });
      const left = (all: number, used: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, all - used));
      const total = nodes.reduce(
        (before, node) => ({ ...sum(before, node), pods: before.pods + node.pods }),
        { cpuMillis: 0, memoryBytes: 0, pods: 0 },
      );
      return {
        cpuMillis: left(total.cpuMillis, cpuMillis),
        memoryBytes: left(total.memoryBytes, memoryBytes),
        pods: left(total.pods, ours.length),
        largestNode: largestOf(nodes),
      };
    },
    expect(grant) {
      const lease = labelValue(grant.leaseId);
      expected.set(lease, podRequests(buildPod(grant, deps.settings).spec));
      return () => expected.delete(lease);
    },
    async run(signal) {
      while (!signal.aborted) {
        await deps.clock.sleep(deps.everyMilliseconds, signal);
        if (!signal.aborted) await measure(signal);
      }
    },
  };
}
