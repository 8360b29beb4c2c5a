import type { NodeSize } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import type { Spread, Toleration } from "@seatrial/contracts/suites/suite-spec.ts";

/** What is free: `slots` by number of leases, the rest as the agent says, less what it does not know of yet. */
export type Room = { slots: number; cpuMillis: number; memoryBytes: number; pods: number };

/** All of a cluster that placement looks at. */
export type ClusterFacts = {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly ClusterTaint[];
  /** Ids of the projects whose work it may run; null: all. */
  readonly projectIds: readonly string[] | null;
  readonly isRevoked: boolean;
  readonly isCordoned: boolean;
  readonly isDraining: boolean;
  /** Its newest agent that is not revoked; null: none has joined. `slots`: null until its first claim. */
  readonly agent: { readonly isSilent: boolean; readonly slots: number | null; readonly held: number } | null;
  readonly room: Room;
  /** As its agent last said it; null: it does not say, and nothing is too large for it. */
  readonly largestNode: NodeSize | null;
};

/** What makes an item fit one cluster alone: it is of a copy for that cluster, or only from there these endpoints are reached. */
export type Binding =
  | { readonly by: "copy" }
  | { readonly by: "environment"; readonly environment: string; readonly endpoints: readonly string[] };

/** All of a waiting shard that placement looks at. */
export type ItemFacts = {
  readonly id: string;
  readonly projectId: string;
  readonly suiteId: string | null;
  /** The one cluster it may go to; null: any that fits. */
  readonly onlyClusterId: string | null;
  /** For the words alone; left out where nobody reads them. */
  readonly binding?: Binding | null;
  readonly clusterLabels: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly spread: Spread | null;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly priority: number;
};

/** What it asks for on one node. */
export type ItemSize = Pick<ItemFacts, "cpuMillis" | "memoryBytes">;

/** What a cluster must have, whatever runs there at the moment. */
export type Wishes = Pick<
  ItemFacts,
  "projectId" | "onlyClusterId" | "binding" | "clusterLabels" | "tolerations"
>;
