import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** True when a draining cluster holds nothing any more. */
export function isEmpty({ drain }: Cluster): boolean {
  return drain !== null && drain.left.shards === 0 && drain.left.environmentCount === 0;
}

/** What keeps a draining cluster from being empty, in a line. */
export function describeLeft({ drain }: Cluster): string {
  if (drain === null) return "it is not drained any more";
  const { shards, environmentCount, environments } = drain.left;
  const named = environments.map(({ project, name, state, ownedByRun }) => {
    const owner =
      ownedByRun === null ? "delete it, or drain with --delete-environments" : "goes with its run";
    return `${safeLine(project, 40)}/${safeLine(name, 60)} (${state}; ${owner})`;
  });
  const parts = [
    shards === 0 ? [] : [`${shards} ${shards === 1 ? "shard" : "shards"} until ${drain.until}`],
    environmentCount === 0
      ? []
      : [
          `${environmentCount} ${environmentCount === 1 ? "environment" : "environments"}: ${named.join(", ")}`,
        ],
  ].flat();
  return parts.length === 0 ? "nothing is left" : `left: ${parts.join("; ")}`;
}

/** Why a drain ended, or was not waited for, before the cluster was empty; goes on from the cluster's name. */
export function describeUndrained(cluster: Cluster): string {
  const { state, drain } = cluster;
  if (state !== "revoked" || drain === null) return `is ${state}: ${describeLeft(cluster)}`;
  const { shards, environmentCount } = drain.left;
  const stay =
    environmentCount === 1
      ? "1 environment stays as it is"
      : `${environmentCount} environments stay as they are`;
  const parts = [...(shards === 0 ? [] : [describeLost(shards)]), ...(environmentCount === 0 ? [] : [stay])];
  return `was revoked before it was empty: ${parts.join("; ")}`;
}

/** What becomes of so many shards of a cluster that is revoked. */
export function describeLost(shards: number): string {
  return shards === 1
    ? "1 shard is lost when its lease ends and tried again elsewhere"
    : `${shards} shards are lost when their leases end and tried again elsewhere`;
}

/** Since when and why a cluster is out of service, and what is left of a drain, as rows of a table. */
export function dutyRows(cluster: Cluster): string[][] {
  const { cordon, drain } = cluster;
  if (cordon === null) return [];
  const why = cordon.reason === null ? "" : `: ${safeLine(cordon.reason, 500)}`;
  const rows = [["cordoned", `since ${cordon.since}${why}`]];
  if (drain !== null)
    rows.push(["draining", `since ${drain.since} until ${drain.until}`], ["", describeLeft(cluster)]);
  return rows;
}

/** The protocol that the agent speaks, and what waits on its disk, in a line. */
export function describeProtocol({ protocol, spool }: Cluster): string {
  if (protocol === null) return "none";
  const dropped = spool !== null && spool.dropped > 0 ? `, ${spool.dropped} dropped` : "";
  const waits =
    spool === null ? "" : `; ${spool.bytes} of ${spool.capBytes} bytes wait on its disk${dropped}`;
  return `version ${protocol}${waits}`;
}

/** Why leases of a silent cluster are kept, or null. */
export function describeKept(clusters: readonly Cluster[]): string | null {
  const since = clusters.find(({ leasesKeptSince }) => leasesKeptSince !== null)?.leasesKeptSince;
  if (since === undefined || since === null) return null;
  return `most clusters fell silent together at ${since}: their leases are kept for at most 10 minutes`;
}
