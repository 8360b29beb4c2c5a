import type { Command } from "commander";
import { registerChangeCluster } from "./change-cluster.ts";
import { registerClusterDuty } from "./drain-cluster.ts";
import { registerJoinCluster } from "./join-cluster.ts";
import { registerListClusters } from "./list-clusters.ts";
import { registerRevokeCluster } from "./revoke-cluster.ts";
import { registerShowCluster } from "./show-cluster.ts";

/** Adds `seatrial cluster …`. */
export function registerCluster(program: Command): void {
  const cluster = program.command("cluster").description("clusters that run tests");
  registerJoinCluster(cluster);
  registerListClusters(cluster);
  registerShowCluster(cluster);
  registerChangeCluster(cluster);
  registerClusterDuty(cluster);
  registerRevokeCluster(cluster);
}
