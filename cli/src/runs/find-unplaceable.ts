import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { describeLabels } from "../clusters/list-clusters.ts";

/** For each suite that no ready cluster can take by its labels: a line that says so. They wait; they are not refused. */
export async function findUnplaceable(hub: HubClient, suites: readonly SuiteSpec[]): Promise<string[]> {
  const clusters = await Array.fromAsync(readPages((page) => hub.listClusters(page)));
  const ready = clusters.filter((cluster) => cluster.state === "ready");
  if (ready.length === 0) return ["no cluster is ready, so it waits: seatrial cluster join <name>"];
  const known = ready.map((cluster) => `${cluster.name} (${describeLabels(cluster.labels) || "no labels"})`);
  return suites
    .filter(({ clusters: { labels } }) => !ready.some((cluster) => hasLabels(cluster.labels, labels)))
    .map(({ name, clusters: { labels } }) => {
      const wanted = describeLabels(labels);
      return `${name} waits: no ready cluster has ${wanted}; there are ${known.join(", ")}`;
    });
}

function hasLabels(own: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => own[name] === value);
}
