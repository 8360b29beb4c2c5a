import type { Wake } from "../database/transact.ts";
import { clusterChannel } from "./channels.ts";

/** Lets the agent or provisioner of a cluster hear at once that a lease is no longer its own. */
export function wakeHolder(wake: Wake, { clusterId }: { readonly clusterId: string | null }): void {
  if (clusterId !== null) wake(clusterChannel(clusterId));
}
